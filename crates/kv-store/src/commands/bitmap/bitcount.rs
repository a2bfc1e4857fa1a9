//! BITCOUNT

use kv_protocol::ReplyWriter;
use kv_types::bits;

use super::range;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::span::span_in_order;
use crate::{Args, Ctx, Error};

pub(crate) static BITCOUNT: Command = Command {
    name: "BITCOUNT",
    group: Group::Bitmap,
    since: "0.1.0",
    complexity: "O(N) for a range of N bytes",
    summary: "Counts the bits that are set in the string at a key, or in a range of its bytes or bits.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), range::ARG],
    reply: Shape::Int,
    examples: "> SET k foobar\nOK\n> BITCOUNT k\n(integer) 26\n> BITCOUNT k 1 1\n(integer) 6\n> BITCOUNT k 5 30 BIT\n(integer) 17",
    handler: Handler::Fn(bitcount),
};

fn bitcount(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let key = args.key()?;
    let range = range::Asked::take(args)?;
    let string = ctx.string(key)?.unwrap_or_default();
    out.int(bits::count_in(string, range.of(string.len(), span_in_order)) as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use crate::commands::testing::native;
    use crate::testing::check;

    #[test]
    fn ranges_of_bytes_and_bits() {
        check(
            "> SET k foobar\nOK\n> BITCOUNT k 0\n(integer) 26\n> BITCOUNT k -2\n(integer) 7
             > BITCOUNT k 0 0 byte\n(integer) 4\n> BITCOUNT k 0 0 bit\n(integer) 0
             > BITCOUNT k -100 -2\n(integer) 22\n> BITCOUNT k -100 -200\n(integer) 0
             > BITCOUNT k -2 -100\n(integer) 0\n> BITCOUNT k 3 1\n(integer) 0
             > BITCOUNT k 9223372036854775807 9223372036854775807\n(integer) 0
             > BITCOUNT k -9223372036854775808 9223372036854775807 BIT\n(integer) 26
             > BITCOUNT missing\n(integer) 0\n> BITCOUNT missing 1 2 BIT\n(integer) 0",
        );
    }

    #[test]
    fn errors_in_their_order() {
        check(
            "> BITCOUNT k x 1 BIT z\n(error) ERR syntax error
             > BITCOUNT k x 1 z\n(error) ERR value is not an integer or out of range
             > BITCOUNT k 1 x z\n(error) ERR syntax error
             > BITCOUNT k 1 x BIT\n(error) ERR value is not an integer or out of range
             > BITCOUNT k 0 BIT\n(error) ERR value is not an integer or out of range
             > BITCOUNT k x\n(error) ERR value is not an integer or out of range",
        );
    }

    #[test]
    fn a_stored_number_has_the_bits_of_its_digits() {
        let replies = native([
            vec!["MSET".into(), "n".into(), 12345.into(), "l".into(), Frame::Array(vec![])],
            vec!["BITCOUNT".into(), "n".into()],
            vec!["BITCOUNT".into(), "l".into()],
            vec!["BITCOUNT".into(), "l".into(), 0.into(), "x".into()],
        ]);
        assert_eq!(replies[1], 17.into());
        assert!(replies[2].as_error().unwrap().starts_with(b"WRONGTYPE"));
        assert!(replies[3].as_error().unwrap().starts_with(b"ERR value is not an integer"));
    }
}
