//! SETEX and PSETEX

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry::{Requested, Unit};
use crate::{Args, Ctx, Deadline, Error, Event};

pub(crate) static SETEX: Command = Command {
    name: "SETEX",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Sets the value at a key, to live for some seconds. SET with EX does the same.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("seconds"), Arg::Value("value")],
    reply: Shape::Ok,
    examples: "> SETEX k 60 v\nOK\n~ 60001\n> GET k\n(nil)",
    handler: Handler::Fn(|ctx, args, out| set_for(Unit::Seconds, "setex", ctx, args, out)),
};

pub(crate) static PSETEX: Command = Command {
    name: "PSETEX",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Sets the value at a key, to live for some milliseconds. SET with PX does the same.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("milliseconds"), Arg::Value("value")],
    reply: Shape::Ok,
    examples: "> PSETEX k 1500 v\nOK\n~ 1501\n> GET k\n(nil)",
    handler: Handler::Fn(|ctx, args, out| set_for(Unit::Millis, "psetex", ctx, args, out)),
};

/// Sets a value for a time that is counted in `unit`; errors name `command`.
fn set_for(
    unit: Unit,
    command: &'static str,
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let key = args.key()?;
    let ttl = Requested { unit, number: args.bytes()? };
    let value = args.value()?;
    let deadline = Deadline::At(ttl.deadline(ctx.now(), command)?);
    ctx.put(key, value, deadline, Event::SET)?;
    out.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use crate::testing::check;

    #[test]
    fn a_new_value_has_a_new_time() {
        check(
            "> SETEX k 1 a\nOK\n> SETEX k 2 b\nOK\n~ 2000\n> GET k\n\"b\"\n~ 1\n> GET k\n(nil)
             > PSETEX k 2 c\nOK\n~ 2\n> GET k\n\"c\"\n~ 1\n> GET k\n(nil)",
        );
    }

    #[test]
    fn times_that_are_refused() {
        check(
            "> SETEX k 0 v\n(error) ERR invalid expire time in 'setex' command
             > SETEX k -1 v\n(error) ERR invalid expire time in 'setex' command
             > SETEX k x v\n(error) ERR value is not an integer or out of range
             > SETEX k 9223372036854775807 v\n(error) ERR invalid expire time in 'setex' command
             > PSETEX k 0 v\n(error) ERR invalid expire time in 'psetex' command
             > PSETEX k 9223372036854775807 v\n(error) ERR invalid expire time in 'psetex' command
             > GET k\n(nil)",
        );
    }

    #[test]
    fn the_native_dialect_takes_frames() {
        let set = vec!["SETEX".into(), "k".into(), 60.into(), Frame::Null];
        let replies = native([set, vec!["GET".into(), "k".into()]]);
        assert_eq!(replies, [Frame::Simple("OK".into()), Frame::Null]);
    }
}
