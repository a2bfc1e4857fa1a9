//! GETDEL

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error, Event};

pub(crate) static GETDEL: Command = Command {
    name: "GETDEL",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Removes a key and returns the value that was there.",
    arity: Arity::Exactly(2),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key")],
    reply: Shape::OneOf(&[Shape::Value, Shape::Null]),
    examples: "> SET k v\nOK\n> GETDEL k\n\"v\"\n> GETDEL k\n(nil)",
    handler: Handler::Fn(getdel),
};

fn getdel(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    Ctx::reply_value(ctx.read(key), out)?;
    ctx.remove(key, Event::DEL)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use crate::testing::check;

    #[test]
    fn an_expired_key_is_missing() {
        check("> SET k v PX 5\nOK\n~ 6\n> GETDEL k\n(nil)\n> SET k w\nOK\n> GETDEL k\n\"w\"");
    }

    #[test]
    fn a_frame_comes_back_as_it_was_sent() {
        let list = Frame::Array(vec![1.into(), "x".into()]);
        let replies = native([
            vec!["SET".into(), "k".into(), list.clone()],
            vec!["GETDEL".into(), "k".into()],
            vec!["GETDEL".into(), "k".into()],
        ]);
        assert_eq!(replies, [1.into(), list, Frame::Null]);
    }
}
