//! BITPOS

use kv_protocol::ReplyWriter;
use kv_types::bits;

use super::range;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::span::span;
use crate::{Args, Ctx, Error};

pub(crate) static BITPOS: Command = Command {
    name: "BITPOS",
    group: Group::Bitmap,
    since: "0.1.0",
    complexity: "O(N) for a range of N bytes",
    summary: "Finds the first bit that is 1, or 0, in the string at a key or in a range of it; -1 if there is none.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Int("bit"), range::ARG],
    reply: Shape::Int,
    examples: "> SET k \"\\xff\\xf0\\x00\"\nOK\n> BITPOS k 0\n(integer) 12\n> BITPOS k 1 2\n(integer) -1\n> BITPOS k 0 7 15 BIT\n(integer) 12",
    handler: Handler::Fn(bitpos),
};

fn bitpos(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let bit = match args.int()? {
        0 => false,
        1 => true,
        _ => return Err(Error::new("The bit argument must be 1 or 0.")),
    };
    let asked = range::Asked::take(args)?;
    let found = match ctx.string(key)? {
        // Zeros without end.
        None => (!bit).then_some(0),
        Some(string) => {
            let range = asked.of(string.len(), span);
            let end = range.end;
            // Behind a string of ones there are zeros, unless the range ends before them.
            let behind = !bit && asked.is_open() && !range.is_empty();
            bits::find(string, bit, range).or(behind.then_some(end))
        }
    };
    out.int(found.map_or(-1, |at| at as i64));
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use crate::commands::testing::native;
    use crate::testing::check;

    #[test]
    fn zeros_go_on_behind_a_string_without_an_end() {
        check(
            "> BITPOS k 0\n(integer) 0\n> BITPOS k 1\n(integer) -1\n> BITPOS k 0 5 9\n(integer) 0
             > SET k \"\\xff\\xff\\xff\"\nOK\n> BITPOS k 0\n(integer) 24\n> BITPOS k 0 2\n(integer) 24
             > BITPOS k 0 3\n(integer) -1\n> BITPOS k 0 0 -1\n(integer) -1\n> BITPOS k 0 0 5 BIT\n(integer) -1
             > BITPOS k 1 -1\n(integer) 16\n> BITPOS k 1 100\n(integer) -1
             > BITPOS k 1 -7 -8\n(integer) 0\n> BITPOS k 1 2 1\n(integer) -1
             > SET k \"\"\nOK\n> BITPOS k 0\n(integer) -1\n> BITPOS k 1\n(integer) -1\n> BITPOS k 0 0\n(integer) -1",
        );
    }

    #[test]
    fn errors_in_their_order() {
        check(
            "> BITPOS k x 0 0 BIT z\n(error) ERR value is not an integer or out of range
             > BITPOS k 2 0 0 x\n(error) ERR The bit argument must be 1 or 0.
             > BITPOS k 1 x 1 x\n(error) ERR value is not an integer or out of range
             > BITPOS k 1 1 x x\n(error) ERR syntax error
             > BITPOS k 1 x x BIT z\n(error) ERR syntax error
             > BITPOS k 1 0 BIT\n(error) ERR value is not an integer or out of range",
        );
    }

    #[test]
    fn a_stored_number_has_the_bits_of_its_digits() {
        let replies = native([
            vec!["MSET".into(), "n".into(), 1.into(), "l".into(), Frame::Array(vec![])],
            vec!["BITPOS".into(), "n".into(), 1.into()],
            vec!["BITPOS".into(), "l".into(), 1.into()],
        ]);
        assert_eq!(replies[1], 2.into());
        assert!(replies[2].as_error().unwrap().starts_with(b"WRONGTYPE"));
    }
}
