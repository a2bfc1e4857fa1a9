//! GETRANGE and its older name SUBSTR

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
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
    // Two offsets from the end in the wrong order are nothing, even where clamping makes them one.
    if start < 0 && end < 0 && start > end {
        return &[];
    }
    let offset = |at: i64| match usize::try_from(at) {
        Ok(at) => at,
        Err(_) => {
            text.len().saturating_sub(usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX))
        }
    };
    let end = offset(end).saturating_add(1).min(text.len());
    text.get(offset(start)..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use super::part;
    use crate::testing::check;

    #[test]
    fn offsets_are_clamped() {
        let parts = [
            (0, -1, "abc"),
            (1, 1, "b"),
            (-2, 100, "bc"),
            (-100, 0, "a"),
            (-100, -3, "a"),
            (-5, -5, "a"),
            (3, 2, ""),
            (2, 1, ""),
            (5, 10, ""),
            (-1, -5, ""),
            (-4, -5, ""),
            (i64::MIN, i64::MAX, "abc"),
            (i64::MAX, i64::MIN, ""),
            (i64::MIN, i64::MIN, "a"),
        ];
        for (start, end, expected) in parts {
            assert_eq!(part(b"abc", start, end), expected.as_bytes(), "{start} {end}");
            assert_eq!(part(b"", start, end), b"", "{start} {end}");
        }
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
