//! SETBIT

use kv_protocol::ReplyWriter;
use kv_types::bits;

use super::offset;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error, Event};

pub(crate) static SETBIT: Command = Command {
    name: "SETBIT",
    group: Group::Bitmap,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Sets or clears a bit of the string at a key, filled up with zeros if it is shorter, and returns what it was.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("offset"), Arg::Int("value")],
    reply: Shape::Int,
    examples: "> SETBIT k 7 1\n(integer) 0\n> SETBIT k 7 0\n(integer) 1\n> GET k\n\"\\x00\"",
    handler: Handler::Fn(setbit),
};

fn setbit(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let at = offset(args.bytes()?, 1, ctx.max_string())?;
    let bit = match args.bytes()? {
        b"0" => false,
        b"1" => true,
        _ => return Err(Error::new("bit is not an integer or out of range")),
    };
    let len = at as usize / 8 + 1;
    let before = ctx.edit_filled(key, len, Event::SETBIT, |string| {
        let before = bits::set(string, at, bit);
        (before, before != bit)
    })?;
    out.int(i64::from(before));
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use crate::commands::testing::{check_events, native};
    use crate::testing::check;

    #[test]
    fn the_string_grows_by_zeros_and_keeps_its_time_to_live() {
        check(
            "> SETBIT k 0 0\n(integer) 0\n> GET k\n\"\\x00\"\n> PEXPIRE k 5\n(integer) 1
             > SETBIT k 20 1\n(integer) 0\n> SETBIT k 20 1\n(integer) 1\n> GET k\n\"\\x00\\x00\\b\"
             > SETBIT k 100000 1\n(integer) 0\n> SETBIT k 20 0\n(integer) 1\n> STRLEN k\n(integer) 12501
             ~ 6\n> SETBIT k 8 1\n(integer) 0\n> STRLEN k\n(integer) 2\n~ 1000\n> STRLEN k\n(integer) 2",
        );
    }

    #[test]
    fn what_is_refused() {
        check(
            "> SETBIT k -1 1\n(error) ERR bit offset is not an integer or out of range
             > SETBIT k 4294967296 2\n(error) ERR bit offset is not an integer or out of range
             > SETBIT k x x\n(error) ERR bit offset is not an integer or out of range
             > SETBIT k 1 2\n(error) ERR bit is not an integer or out of range
             > SETBIT k 1 01\n(error) ERR bit is not an integer or out of range
             > EXISTS k\n(integer) 0",
        );
    }

    #[test]
    fn only_a_bit_that_was_another_is_an_event() {
        check_events(&[
            ("SETBIT k 3 0", "0 k setbit"),
            ("SETBIT k 3 0", ""),
            ("SETBIT k 3 1", "0 k setbit"),
            ("SETBIT k 3 1", ""),
            ("SETBIT k 8 0", "0 k setbit"),
        ]);
    }

    #[test]
    fn a_number_becomes_a_text_even_if_no_bit_changes() {
        check("> SET k 1\nOK\n> SETBIT k 7 1\n(integer) 1\n> OBJECT ENCODING k\n\"raw\"");
        let replies = native([
            vec!["MSET".into(), "n".into(), 1.into(), "l".into(), Frame::Array(vec![])],
            vec!["SETBIT".into(), "n".into(), 7.into(), 1.into()],
            vec!["GET".into(), "n".into()],
            vec!["SETBIT".into(), "l".into(), 7.into(), 1.into()],
        ]);
        assert_eq!(replies[1..3], [1.into(), "1".into()]);
        assert!(replies[3].as_error().unwrap().starts_with(b"WRONGTYPE"));
    }

    #[test]
    fn a_copy_of_a_long_string_stays_as_it_was() {
        check(
            "> SETBIT a 100000 1\n(integer) 0\n> COPY a b\n(integer) 1\n> SETBIT a 100000 0\n(integer) 1
             > GETBIT b 100000\n(integer) 1",
        );
    }
}
