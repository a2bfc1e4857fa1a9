//! INCR, INCRBY, DECR and DECRBY

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error, Key};

const FLAGS: Flags = Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST);

pub(crate) static INCR: Command = Command {
    name: "INCR",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Adds 1 to the integer at a key, which counts as 0 if it is missing, and returns the sum.",
    arity: Arity::Exactly(2),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key")],
    reply: Shape::Int,
    examples: "> SET k 10\nOK\n> INCR k\n(integer) 11\n> INCR missing\n(integer) 1",
    handler: Handler::Fn(|ctx, args, out| add(ctx, args.key()?, 1, out)),
};

pub(crate) static INCRBY: Command = Command {
    name: "INCRBY",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Adds a number to the integer at a key, which counts as 0 if it is missing, and returns the sum.",
    arity: Arity::Exactly(3),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("increment")],
    reply: Shape::Int,
    examples: "> SET k 10\nOK\n> INCRBY k 5\n(integer) 15\n> INCRBY k -20\n(integer) -5",
    handler: Handler::Fn(|ctx, args, out| add(ctx, args.key()?, args.int()?, out)),
};

pub(crate) static DECR: Command = Command {
    name: "DECR",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Subtracts 1 from the integer at a key, which counts as 0 if it is missing, and returns the rest.",
    arity: Arity::Exactly(2),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key")],
    reply: Shape::Int,
    examples: "> SET k 10\nOK\n> DECR k\n(integer) 9\n> DECR missing\n(integer) -1",
    handler: Handler::Fn(|ctx, args, out| add(ctx, args.key()?, -1, out)),
};

pub(crate) static DECRBY: Command = Command {
    name: "DECRBY",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Subtracts a number from the integer at a key, which counts as 0 if it is missing, and returns the rest.",
    arity: Arity::Exactly(3),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("decrement")],
    reply: Shape::Int,
    examples: "> SET k 10\nOK\n> DECRBY k 3\n(integer) 7",
    handler: Handler::Fn(decrby),
};

fn decrby(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, by) = (args.key()?, args.int()?);
    let by = by.checked_neg().ok_or_else(|| Error::new("decrement would overflow"))?;
    add(ctx, key, by, out)
}

fn add(ctx: &mut Ctx<'_>, key: Key<'_>, by: i64, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let next = |now: Option<i64>| now.unwrap_or(0).checked_add(by).ok_or(Error::Overflow);
    out.int(ctx.try_update_int(key, next)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use crate::testing::check;

    #[test]
    fn the_time_to_live_stays() {
        check(
            "> SET k 5 PX 5\nOK\n> INCR k\n(integer) 6\n> DECRBY k 4\n(integer) 2\n~ 5\n> DECR k\n(integer) 1
             ~ 1\n> INCR k\n(integer) 1\n~ 1000\n> GET k\n\"1\"",
        );
    }

    #[test]
    fn overflow_changes_nothing() {
        check(
            "> SET k 9223372036854775807\nOK\n> INCR k\n(error) ERR increment or decrement would overflow
             > DECRBY k -1\n(error) ERR increment or decrement would overflow
             > GET k\n\"9223372036854775807\"\n> INCRBY k -9223372036854775807\n(integer) 0
             > INCRBY k -9223372036854775808\n(integer) -9223372036854775808
             > DECR k\n(error) ERR increment or decrement would overflow
             > DECRBY k -9223372036854775808\n(error) ERR decrement would overflow
             > GET k\n\"-9223372036854775808\"",
        );
    }

    #[test]
    fn only_canonical_integers() {
        for text in ["abc", "\"\"", "\" 1\"", "01", "+1", "1.0", "-0", "9223372036854775808"] {
            check(&format!(
                "> SET k {text}\nOK\n> INCR k\n(error) ERR value is not an integer or out of range
                 > INCRBY missing {text}\n(error) ERR value is not an integer or out of range
                 > DECRBY missing {text}\n(error) ERR value is not an integer or out of range
                 > GET missing\n(nil)"
            ));
        }
    }

    #[test]
    fn a_stored_number_stays_a_number() {
        let replies = native([
            vec!["MSET".into(), "n".into(), 41.into(), "l".into(), Frame::Array(vec![])],
            vec!["INCR".into(), "n".into()],
            vec!["DECRBY".into(), "n".into(), 50.into()],
            vec!["GET".into(), "n".into()],
            vec!["INCR".into(), "l".into()],
            vec!["INCR".into(), "fresh".into()],
            vec!["GET".into(), "fresh".into()],
        ]);
        assert_eq!(replies[1..4], [42.into(), (-8).into(), (-8).into()]);
        assert!(replies[4].as_error().unwrap().starts_with(b"WRONGTYPE"));
        assert_eq!(replies[5..], [1.into(), "1".into()]);
    }
}
