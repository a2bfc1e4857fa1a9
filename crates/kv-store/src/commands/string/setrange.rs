//! SETRANGE

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::text_of;
use crate::{Args, Ctx, Error, Event};

pub(crate) static SETRANGE: Command = Command {
    name: "SETRANGE",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(N) for N bytes written or filled in",
    summary: "Overwrites the string at a key from an offset on, filled up with zero bytes if it is shorter, and returns its length.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("offset"), Arg::String("value")],
    reply: Shape::Int,
    examples: "> SET k \"Hello World\"\nOK\n> SETRANGE k 6 Redis\n(integer) 11\n> GET k\n\"Hello Redis\"",
    handler: Handler::Fn(setrange),
};

fn setrange(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let (key, offset, patch) = (args.key()?, args.int()?, args.bytes()?);
    let offset = usize::try_from(offset).map_err(|_| Error::OffsetOutOfRange)?;
    let len = ctx.peek(key).map(text_of).transpose()?.map_or(0, <[u8]>::len);
    if patch.is_empty() {
        out.int(len as i64);
        return Ok(());
    }
    let end = offset.saturating_add(patch.len());
    if end > ctx.max_string() {
        return Err(Error::StringTooLong);
    }
    ctx.edit(key, Event::SETRANGE, |value| {
        value.resize(len.max(end), 0);
        value[offset..end].copy_from_slice(patch);
    })?;
    out.int(len.max(end) as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use crate::testing::check;

    #[test]
    fn gaps_are_filled_with_zeros() {
        check(
            "> SETRANGE k 2 ab\n(integer) 4\n> GET k\n\"\\x00\\x00ab\"\n> SETRANGE k 1 x\n(integer) 4
             > SETRANGE k 5 y\n(integer) 6\n> GET k\n\"\\x00xab\\x00y\"
             > SETRANGE k 0 5000bytes\n(integer) 9\n> SETRANGE k 5000 z\n(integer) 5001
             > GETRANGE k 0 9\n\"5000bytes\\x00\"\n> GETRANGE k 4999 -1\n\"\\x00z\"",
        );
    }

    #[test]
    fn nothing_to_write_changes_nothing() {
        check(
            "> SETRANGE k 9223372036854775807 \"\"\n(integer) 0\n> GET k\n(nil)
             > SET k abc PX 5\nOK\n> SETRANGE k 100 \"\"\n(integer) 3\n> SETRANGE k 1 x\n(integer) 3
             > GET k\n\"axc\"\n~ 6\n> SETRANGE k 1 y\n(integer) 2\n~ 1000\n> GET k\n\"\\x00y\"",
        );
    }

    #[test]
    fn offsets_that_are_refused() {
        check(
            "> SETRANGE k -1 \"\"\n(error) ERR offset is out of range
             > SETRANGE k -9223372036854775808 x\n(error) ERR offset is out of range
             > SETRANGE k x y\n(error) ERR value is not an integer or out of range
             > SETRANGE k 536870912 x\n(error) ERR string exceeds maximum allowed size (proto-max-bulk-len)
             > SETRANGE k 9223372036854775807 x\n(error) ERR string exceeds maximum allowed size (proto-max-bulk-len)
             > GET k\n(nil)",
        );
    }

    #[test]
    fn a_stored_number_becomes_a_string_and_a_list_is_refused() {
        let set = |key: &str| vec!["SETRANGE".into(), key.into(), 1.into(), "".into()];
        let replies = native([
            vec!["MSET".into(), "n".into(), 123.into(), "l".into(), Frame::Array(vec![])],
            vec!["SETRANGE".into(), "n".into(), 1.into(), "x".into()],
            vec!["GET".into(), "n".into()],
            set("n"),
            set("l"),
        ]);
        assert_eq!(replies[1..4], [3.into(), "1x3".into(), 3.into()]);
        assert!(replies[4].as_error().unwrap().starts_with(b"WRONGTYPE"));
    }
}
