//! SET

use kv_protocol::{Arg as Sent, ReplyWriter};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry::{self, Requested};
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
    log: Log::Effect, // a relative time to live is logged as an absolute deadline
    args: &[
        Arg::Key("key"),
        Arg::Value("value"),
        Arg::Optional(&Arg::OneOf(
            "condition",
            &[
                Arg::Token("NX"),
                Arg::Token("XX"),
                Arg::Option("IFEQ", &Arg::String("comparison-value")),
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

#[derive(Clone, Copy)]
enum Condition<'a> {
    Always,
    IfMissing,
    IfPresent,
    IfEqual(&'a [u8]),
}

struct Options<'a> {
    condition: Condition<'a>,
    get: bool,
    deadline: Deadline,
}

fn set(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, value) = (args.key()?, args.value()?);
    if args.is_empty() {
        ctx.put(key, value, Deadline::Clear, Event::SET)?;
        ctx.acknowledge(1, out);
        return Ok(());
    }
    let options = options(args, ctx.now())?;
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

fn options<'a>(args: &mut Args<'a>, now: u64) -> Result<Options<'a>, Error> {
    let mut condition = Condition::Always;
    let (mut get, mut keep) = (false, false);
    let mut ttl: Option<Requested<'a>> = None;
    while !args.is_empty() {
        if let Some(asked) = Requested::take(args)? {
            if keep || ttl.is_some_and(|before| before.unit != asked.unit) {
                return Err(Error::Syntax);
            }
            ttl = Some(asked);
            continue;
        }
        match (args.one_of(&["NX", "XX", "IFEQ", "GET", "KEEPTTL"]), condition) {
            (Some("NX"), Condition::Always | Condition::IfMissing) => {
                condition = Condition::IfMissing;
            }
            (Some("XX"), Condition::Always | Condition::IfPresent) => {
                condition = Condition::IfPresent;
            }
            (Some("IFEQ"), Condition::Always) => condition = Condition::IfEqual(args.bytes()?),
            (Some("GET"), _) => get = true,
            (Some("KEEPTTL"), _) if ttl.is_none() => keep = true,
            _ => return Err(Error::Syntax),
        }
    }
    let deadline = match ttl {
        Some(asked) => Deadline::At(asked.deadline(now, "set")?),
        None if keep => Deadline::Keep,
        None => Deadline::Clear,
    };
    Ok(Options { condition, get, deadline })
}

fn is_met(condition: Condition<'_>, ctx: &Ctx<'_>, key: Key<'_>) -> Result<bool, Error> {
    Ok(match condition {
        Condition::Always => true,
        Condition::IfMissing => !ctx.exists(key),
        Condition::IfPresent => ctx.exists(key),
        Condition::IfEqual(expected) => match ctx.peek(key) {
            Some(record) => text_of(record)? == expected,
            None => false,
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
