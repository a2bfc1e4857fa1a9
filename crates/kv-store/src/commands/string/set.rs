//! SET

use kv_protocol::{Arg as Sent, ReplyWriter};

use super::comparison;
use super::options::{Condition, Options};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry;
use crate::ctx::text_of;
use crate::{Args, Ctx, Deadline, Error, Event, Key};

pub(crate) static SET: Command = Command {
    name: "SET",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Sets the value at a key, whatever was there, under a condition if one is given.",
    arity: Arity::AtLeast(3),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Value("value"),
        Arg::Optional(&Arg::OneOf(
            "condition",
            &[
                Arg::Token("NX"),
                Arg::Token("XX"),
                comparison::IFEQ,
                comparison::IFNE,
                comparison::IFDEQ,
                comparison::IFDNE,
            ],
        )),
        Arg::Optional(&Arg::Token("GET")),
        Arg::Optional(&Arg::OneOf(
            "expiration",
            &[expiry::EX, expiry::PX, expiry::EXAT, expiry::PXAT, Arg::Token("KEEPTTL")],
        )),
    ],
    reply: Shape::OneOf(&[Shape::Ok, Shape::Int, Shape::Null, Shape::Value]),
    examples: "> SET k v EX 60\nOK\n> SET k w NX\n(nil)\n> SET k w GET\n\"v\"\n> TTL k\n(integer) -1",
    handler: Handler::Fn(set),
};

fn set(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, value) = (args.key()?, args.value()?);
    if args.is_empty() {
        ctx.put(key, value, Deadline::Clear, Event::SET)?;
        ctx.acknowledge(1, out);
        return Ok(());
    }
    let options = Options::take(args, ctx.now(), "set", true)?;
    if options.get {
        Ctx::reply_value(ctx.read(key), out)?;
    }
    let met = is_met(options.condition, ctx, key)?;
    if met {
        write(ctx, key, value, options.deadline)?;
    }
    match (options.get, met) {
        (true, _) => {}
        (false, true) => ctx.acknowledge(1, out),
        (false, false) => out.null(),
    }
    Ok(())
}

fn is_met(condition: Condition<'_>, ctx: &Ctx<'_>, key: Key<'_>) -> Result<bool, Error> {
    Ok(match condition {
        Condition::Always => true,
        Condition::IfMissing => !ctx.exists(key),
        Condition::IfPresent => ctx.exists(key),
        Condition::IfCompared(comparison) => match ctx.peek(key) {
            Some(record) => comparison.is_met(text_of(record)?)?,
            None => comparison.is_met_by_nothing(),
        },
    })
}

/// A key whose end has passed already is removed: that is what setting it comes to.
fn write(
    ctx: &mut Ctx<'_>,
    key: Key<'_>,
    value: Sent<'_>,
    deadline: Deadline,
) -> Result<(), Error> {
    match deadline {
        Deadline::At(at) if at <= ctx.now() => ctx.remove(key, Event::DEL).map(drop),
        _ => ctx.put(key, value, deadline, Event::SET),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, check_native};

    #[test]
    fn conditions() {
        check(
            "> SET k 1 XX\n(nil)\n> SET k 1 NX\nOK\n> SET k 2 NX\n(nil)\n> SET k 2 XX\nOK
             > SET k 3 IFEQ 1\n(nil)\n> SET k 3 IFEQ 2\nOK\n> GET k\n\"3\"
             > SET missing 1 IFEQ 1\n(nil)\n> SET k 4 NX GET\n\"3\"\n> GET k\n\"3\"",
        );
    }

    #[test]
    fn comparisons() {
        check(
            "> SET k 1 IFDEQ 0000000000000000\n(nil)\n> EXISTS k\n(integer) 0\n> SET k hello IFNE x\nOK
             > SET k a IFNE hello\n(nil)\n> SET k a IFDNE 9555E8555C62DCFD\n(nil)\n> GET k\n\"hello\"
             > SET k a IFDEQ 9555e8555c62dcfd EX 10 GET\n\"hello\"\n> TTL k\n(integer) 10
             > SET k b IFDNE 9555e8555c62dcfd KEEPTTL\nOK\n> TTL k\n(integer) 10\n> SET k c IFNE b GET\n\"b\"
             > SET l 1 IFDNE 0000000000000000 GET\n(nil)\n> GET l\n\"1\"
             > SET k v IFDEQ 0\n(error) ERR must be exactly 16 hexadecimal characters
             > SET missing v IFDEQ 0\n(nil)\n> SET k v IFEQ b IFEQ b\n(error) ERR syntax error
             > SET k v IFNE b XX\n(error) ERR syntax error\n> SET k v IFNE\n(error) ERR syntax error
             > SADD s a\n(integer) 1\n> SET s v IFNE a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn options_in_any_order_and_repeated_unless_they_conflict() {
        check(
            "> SET k v nx NX ex 10 EX 20\nOK\n> TTL k\n(integer) 20
             > SET k v KEEPTTL GET XX\n\"v\"\n> TTL k\n(integer) 20
             > SET k v NX XX\n(error) ERR syntax error\n> SET k v EX 1 PX 1\n(error) ERR syntax error
             > SET k v EX 1 KEEPTTL\n(error) ERR syntax error\n> SET k v EX\n(error) ERR syntax error
             > SET k v IFEQ v NX\n(error) ERR syntax error",
        );
    }

    #[test]
    fn times_to_live() {
        check(
            "> SET k v EX 0\n(error) ERR invalid expire time in 'set' command
             > SET k v PX 9223372036854775807\n(error) ERR invalid expire time in 'set' command
             > SET k v EX x\n(error) ERR value is not an integer or out of range
             > SET k v PX 1500\nOK\n> PTTL k\n(integer) 1500\n> SET k v\nOK\n> TTL k\n(integer) -1
             > SET k v PXAT 1\nOK\n> EXISTS k\n(integer) 0",
        );
    }

    #[test]
    fn the_native_dialect_counts() {
        check_native("> SET k v\n(integer) 1\n> SET k w NX\n(nil)\n> GET k\n\"v\"");
    }
}
