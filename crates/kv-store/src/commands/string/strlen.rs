//! STRLEN

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static STRLEN: Command = Command {
    name: "STRLEN",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns the length of the string at a key in bytes, 0 if it is missing.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Int,
    examples: "> SET k hello\nOK\n> STRLEN k\n(integer) 5\n> STRLEN missing\n(integer) 0",
    handler: Handler::Fn(strlen),
};

fn strlen(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let len = ctx.string(key)?.map_or(0, <[u8]>::len);
    out.int(len as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use crate::testing::check;

    #[test]
    fn bytes_not_characters_and_none_when_expired() {
        check(
            "> SET k \"\\xc3\\xa4\" PX 5\nOK\n> STRLEN k\n(integer) 2\n~ 6\n> STRLEN k\n(integer) 0",
        );
    }

    #[test]
    fn a_stored_number_has_its_digits() {
        let replies = native([
            vec!["MSET".into(), "n".into(), (-12).into(), "l".into(), Frame::Array(vec![])],
            vec!["STRLEN".into(), "n".into()],
            vec!["STRLEN".into(), "l".into()],
        ]);
        assert_eq!(replies[1], 3.into());
        assert!(replies[2].as_error().unwrap().starts_with(b"WRONGTYPE"));
    }
}
