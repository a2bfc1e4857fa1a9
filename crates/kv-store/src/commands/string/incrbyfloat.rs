//! INCRBYFLOAT

use kv_protocol::{Arg as Sent, ReplyWriter};
use kv_types::Kind;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::text_of;
use crate::{Args, Ctx, Deadline, Error, Event, Key, float};

pub(crate) static INCRBYFLOAT: Command = Command {
    name: "INCRBYFLOAT",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Adds a number to the floating-point number at a key, which counts as 0 if it is missing, and returns the sum.",
    arity: Arity::Exactly(3),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Effect, // arithmetic is not done twice
    args: &[Arg::Key("key"), Arg::Float("increment")],
    reply: Shape::Bulk,
    examples: "> SET k 10.50\nOK\n> INCRBYFLOAT k 0.1\n\"10.6\"\n> INCRBYFLOAT k -5\n\"5.6\"",
    handler: Handler::Fn(incrbyfloat),
};

fn incrbyfloat(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let (key, increment) = (args.key()?, args.bytes()?);
    let value = ctx.peek(key).map(text_of).transpose()?.unwrap_or(b"0");
    let sum = float::add(value, increment)?;
    put(ctx, key, &sum)?;
    out.bulk(sum.as_bytes());
    Ok(())
}

/// Sets the sum at a key. What a native client stored as a number stays one.
pub(super) fn put(ctx: &mut Ctx<'_>, key: Key<'_>, sum: &str) -> Result<(), Error> {
    let is_frame = ctx.peek(key).is_some_and(|record| record.kind() == Kind::Frame);
    let frame = is_frame.then(|| format!(",{sum}\r\n"));
    let value = match &frame {
        Some(frame) => Sent::Frame(frame.as_bytes()),
        None => Sent::Bytes(sum.as_bytes()),
    };
    ctx.put(key, value, Deadline::Keep, Event::INCRBYFLOAT)
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use crate::testing::check;

    #[test]
    fn the_time_to_live_stays() {
        check(
            "> SET k 5 PX 5\nOK\n> INCRBYFLOAT k 0.50\n\"5.5\"\n> GET k\n\"5.5\"\n~ 6
             > INCRBYFLOAT k 3.0e3\n\"3000\"\n~ 1000\n> GET k\n\"3000\"",
        );
    }

    #[test]
    fn what_is_no_number() {
        check(
            "> SET k abc\nOK\n> INCRBYFLOAT k 1\n(error) ERR value is not a valid float
             > SET k 1.5\nOK\n> INCRBYFLOAT k x\n(error) ERR value is not a valid float
             > INCRBYFLOAT k \"\"\n(error) ERR value is not a valid float
             > INCRBYFLOAT k \" 1\"\n(error) ERR value is not a valid float
             > INCRBYFLOAT k nan\n(error) ERR value is not a valid float
             > INCRBYFLOAT k -inf\n(error) ERR increment would produce NaN or Infinity
             > GET k\n\"1.5\"",
        );
    }

    #[test]
    fn a_stored_number_stays_a_number() {
        let increment = |key: &str, by: &str| vec!["INCRBYFLOAT".into(), key.into(), by.into()];
        let replies = native([
            vec!["MSET".into(), "n".into(), 5.into(), "l".into(), Frame::Array(vec![])],
            increment("n", "0.25"),
            vec!["GET".into(), "n".into()],
            increment("n", "0.75"),
            vec!["INCR".into(), "n".into()],
            increment("l", "x"),
        ]);
        assert_eq!(replies[1..5], ["5.25".into(), 5.25.into(), "6".into(), 7.into()]);
        assert!(replies[5].as_error().unwrap().starts_with(b"WRONGTYPE"));
    }
}
