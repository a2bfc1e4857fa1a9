//! GETEX

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry::{self, Ends};
use crate::{Args, Ctx, Deadline, Error, Event, Key};

pub(crate) static GETEX: Command = Command {
    name: "GETEX",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns the value at a key and sets its time to live, takes it away or lets it be.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Optional(&Arg::OneOf(
            "expiration",
            &[expiry::EX, expiry::PX, expiry::EXAT, expiry::PXAT, Arg::Token("PERSIST")],
        )),
    ],
    reply: Shape::OneOf(&[Shape::Value, Shape::Null]),
    examples: "> SET k v EX 60\nOK\n> GETEX k PERSIST\n\"v\"\n> GETEX k PXAT 1\n\"v\"\n> GET k\n(nil)",
    handler: Handler::Fn(getex),
};

fn getex(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let mut ends = Ends::default();
    while !args.is_empty() {
        ends.take(args, "PERSIST")?;
    }
    let now = ctx.now();
    let deadline =
        ends.deadline(Deadline::Clear, Deadline::Keep, |asked| asked.deadline(now, "getex"))?;
    let record = ctx.read(key);
    let found = record.is_some();
    Ctx::reply_value(record, out)?;
    if found { apply(ctx, key, deadline) } else { Ok(()) }
}

/// A key whose end has passed already is removed, and one that has no end does not lose it.
fn apply(ctx: &mut Ctx<'_>, key: Key<'_>, deadline: Deadline) -> Result<(), Error> {
    match deadline {
        Deadline::Keep => {}
        Deadline::Clear if ctx.deadline(key).flatten().is_none() => {}
        Deadline::Clear => drop(ctx.set_deadline(key, None, Event::PERSIST)?),
        Deadline::At(at) if at <= ctx.now() => drop(ctx.remove(key, Event::DEL)?),
        Deadline::At(at) => drop(ctx.set_deadline(key, Some(at), Event::EXPIRE)?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn every_unit() {
        check(
            "> SET k v\nOK\n> GETEX k EX 2\n\"v\"\n~ 2000\n> GETEX k PX 500\n\"v\"\n~ 500
             > GETEX k EXAT 1700000005\n\"v\"\n~ 2500\n> GETEX k PXAT 1700000005500\n\"v\"\n~ 500
             > GETEX k\n\"v\"\n~ 1\n> GETEX k\n(nil)",
        );
    }

    #[test]
    fn persist_and_nothing() {
        check(
            "> SET k v PX 5\nOK\n> GETEX k persist PERSIST\n\"v\"\n~ 6\n> GETEX k PERSIST\n\"v\"
             > GETEX k PX 5\n\"v\"\n> GETEX k\n\"v\"\n~ 6\n> GET k\n(nil)
             > GETEX missing EX 1\n(nil)\n> GETEX missing PXAT 1\n(nil)",
        );
    }

    #[test]
    fn an_end_that_has_come_removes_the_key() {
        for end in ["EXAT 1700000000", "PXAT 1700000000000", "EXAT 1", "PXAT 1"] {
            check(&format!("> SET k v\nOK\n> GETEX k {end}\n\"v\"\n> DBSIZE\n(integer) 0"));
        }
    }

    #[test]
    fn options_that_are_refused() {
        check(
            "> SET k v\nOK\n> GETEX k EX 10 PERSIST\n(error) ERR syntax error
             > GETEX k PERSIST PX 10\n(error) ERR syntax error
             > GETEX k EX 10 PX 20\n(error) ERR syntax error\n> GETEX k EX\n(error) ERR syntax error
             > GETEX k KEEPTTL\n(error) ERR syntax error\n> GETEX k EX 0 NX\n(error) ERR syntax error
             > GETEX k EX x\n(error) ERR value is not an integer or out of range
             > GETEX k PX -1\n(error) ERR invalid expire time in 'getex' command
             > GETEX missing EX 0\n(error) ERR invalid expire time in 'getex' command
             > GETEX k EX 9223372036854775807\n(error) ERR invalid expire time in 'getex' command
             > GETEX k EX 10 EX 20\n\"v\"\n~ 15000\n> GET k\n\"v\"",
        );
    }
}
