//! MGET

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static MGET: Command = Command {
    name: "MGET",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(N) for N keys",
    summary: "Returns the values at several keys, read at one instant.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::Range { first: 1, last: -1, step: 1, access: Access::Read },
    log: Log::Nothing,
    args: &[Arg::Multiple(&Arg::Key("key"))],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Value, Shape::Null])),
    examples: "> MSET a 1 b 2\nOK\n> MGET a missing b\n1) \"1\"\n2) (nil)\n3) \"2\"",
    handler: Handler::Fn(mget),
};

fn mget(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    out.array(args.remaining());
    while !args.is_empty() {
        let key = args.key()?;
        // What is no string reads as a missing key here.
        if Ctx::reply_value(ctx.read(key), out).is_err() {
            out.null();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use crate::testing::check;

    #[test]
    fn keys_may_repeat_and_expire() {
        check(
            "> MSET a 1 b 2\nOK\n> SET b 3 PX 5\nOK\n~ 6
             > MGET a a b\n1) \"1\"\n2) \"1\"\n3) (nil)
             > MGET\n(error) ERR wrong number of arguments for 'mget' command",
        );
    }

    #[test]
    fn frames_come_back_as_they_were_sent() {
        let list = Frame::Array(vec![1.into(), Frame::Null, "x".into()]);
        let replies = native([
            vec!["MSET".into(), "a".into(), list.clone(), "b".into(), 7.into()],
            vec!["MGET".into(), "a".into(), "b".into(), "c".into()],
        ]);
        assert_eq!(replies, [2.into(), Frame::Array(vec![list, 7.into(), Frame::Null])]);
    }
}
