//! GETSET

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Deadline, Error, Event};

pub(crate) static GETSET: Command = Command {
    name: "GETSET",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Sets the value at a key and returns the one that was there. SET with GET does the same.",
    arity: Arity::Exactly(3),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Value("value")],
    reply: Shape::OneOf(&[Shape::Value, Shape::Null]),
    examples: "> GETSET k 1\n(nil)\n> GETSET k 2\n\"1\"\n> GET k\n\"2\"",
    handler: Handler::Fn(getset),
};

fn getset(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, value) = (args.key()?, args.value()?);
    Ctx::reply_value(ctx.read(key), out)?;
    ctx.put(key, value, Deadline::Clear, Event::SET)
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use crate::testing::check;

    #[test]
    fn the_time_to_live_ends() {
        check("> SET k 1 PX 5\nOK\n> GETSET k 2\n\"1\"\n~ 6\n> GETSET k 3\n\"2\"");
    }

    #[test]
    fn an_expired_value_is_not_returned() {
        check("> SET k 1 PX 5\nOK\n~ 6\n> GETSET k 2\n(nil)\n> GET k\n\"2\"");
    }

    #[test]
    fn frames_go_in_and_come_out() {
        let pair = Frame::Map(vec![("a".into(), 1.into())]);
        let replies = native([
            vec!["GETSET".into(), "k".into(), pair.clone()],
            vec!["GETSET".into(), "k".into(), 5.into()],
            vec!["GET".into(), "k".into()],
        ]);
        assert_eq!(replies, [Frame::Null, pair, 5.into()]);
    }
}
