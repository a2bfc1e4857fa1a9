//! GETRANGE and its older name SUBSTR

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::span::span_in_order;
use crate::ctx::text_of;
use crate::{Args, Ctx, Error};

pub(crate) static GETRANGE: Command = Command {
    name: "GETRANGE",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(N) for N bytes returned",
    summary: "Returns the part of the string at a key between two offsets, both included; negative ones count from the end.",
    arity: Arity::Exactly(4),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Int("start"), Arg::Int("end")],
    reply: Shape::Bulk,
    examples: "> SET k \"This is a string\"\nOK\n> GETRANGE k 0 3\n\"This\"\n> GETRANGE k -6 -1\n\"string\"",
    handler: Handler::Fn(getrange),
};

pub(crate) static SUBSTR: Command = Command {
    name: "SUBSTR",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(N) for N bytes returned",
    summary: "Returns a part of the string at a key: the older name of GETRANGE.",
    arity: Arity::Exactly(4),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Int("start"), Arg::Int("end")],
    reply: Shape::Bulk,
    examples: "> SET k abcdef\nOK\n> SUBSTR k 1 -2\n\"bcde\"",
    handler: Handler::Fn(getrange),
};

fn getrange(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let (key, start, end) = (args.key()?, args.int()?, args.int()?);
    match ctx.read(key) {
        Some(record) => Ctx::reply_part(record, part(text_of(record)?, start, end), out),
        None => out.bulk(b""),
    }
    Ok(())
}

/// The bytes of `text` from `start` to `end`, as far as they are there.
fn part(text: &[u8], start: i64, end: i64) -> &[u8] {
    let part = span_in_order(start, end, text.len() as u64);
    &text[part.start as usize..part.end as usize]
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use crate::testing::check;

    #[test]
    fn offsets_are_clamped() {
        check(
            "> SET k abc\nOK\n> GETRANGE k -2 100\n\"bc\"\n> GETRANGE k -100 -3\n\"a\"
             > GETRANGE k 3 2\n\"\"\n> GETRANGE k -4 -5\n\"\"\n> GETRANGE k 0 -1\n\"abc\"",
        );
    }

    #[test]
    fn errors_and_missing_keys() {
        check(
            "> GETRANGE missing 0 -1\n\"\"\n> GETRANGE missing 0 x\n(error) ERR value is not an integer or out of range
             > SUBSTR missing 9223372036854775808 0\n(error) ERR value is not an integer or out of range
             > SET k abc PX 5\nOK\n> SUBSTR k 1 1\n\"b\"\n~ 6\n> SUBSTR k 1 1\n\"\"",
        );
    }

    #[test]
    fn a_stored_number_has_its_digits() {
        let range = |key: &str| vec!["GETRANGE".into(), key.into(), 1.into(), (-1).into()];
        let replies = native([
            vec!["MSET".into(), "n".into(), 1234.into(), "l".into(), Frame::Array(vec![])],
            range("n"),
            range("l"),
        ]);
        assert_eq!(replies[1], "234".into());
        assert!(replies[2].as_error().unwrap().starts_with(b"WRONGTYPE"));
    }
}
