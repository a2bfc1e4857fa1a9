//! GETBIT

use kv_protocol::ReplyWriter;
use kv_types::bits;

use super::offset;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static GETBIT: Command = Command {
    name: "GETBIT",
    group: Group::Bitmap,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns a bit of the string at a key, 0 behind its end.",
    arity: Arity::Exactly(3),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Int("offset")],
    reply: Shape::Int,
    examples: "> SETBIT k 7 1\n(integer) 0\n> GETBIT k 7\n(integer) 1\n> GETBIT k 100\n(integer) 0",
    handler: Handler::Fn(getbit),
};

fn getbit(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let at = offset(args.bytes()?, 1, ctx.max_string())?;
    let bit = ctx.string(key)?.is_some_and(|string| bits::get(string, at));
    out.int(i64::from(bit));
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use crate::commands::testing::native;
    use crate::testing::check;

    #[test]
    fn bits_are_numbered_from_the_highest_of_the_first_byte() {
        check(
            "> SET k \"\\x40\\x01\" PX 5\nOK\n> GETBIT k 1\n(integer) 1\n> GETBIT k 0\n(integer) 0
             > GETBIT k 15\n(integer) 1\n> GETBIT k 4294967295\n(integer) 0\n~ 6\n> GETBIT k 1\n(integer) 0",
        );
    }

    #[test]
    fn offsets_that_are_refused() {
        for offset in ["-1", "4294967296", "x", "01", "9223372036854775808"] {
            check(&format!(
                "> GETBIT k {offset}\n(error) ERR bit offset is not an integer or out of range"
            ));
        }
        check(
            "> CONFIG SET proto-max-bulk-len 1mb\nOK\n> GETBIT k 8388607\n(integer) 0
             > GETBIT k 8388608\n(error) ERR bit offset is not an integer or out of range",
        );
    }

    #[test]
    fn a_stored_number_has_the_bits_of_its_digits() {
        let replies = native([
            vec!["MSET".into(), "n".into(), 1.into(), "l".into(), Frame::Array(vec![])],
            vec!["GETBIT".into(), "n".into(), 7.into()],
            vec!["GETBIT".into(), "l".into(), 7.into()],
        ]);
        assert_eq!(replies[1], 1.into());
        assert!(replies[2].as_error().unwrap().starts_with(b"WRONGTYPE"));
    }
}
