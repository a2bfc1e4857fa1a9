//! PFCOUNT

use kv_protocol::ReplyWriter;
use kv_types::hll::{self, Hll, Registers};

use super::refused;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error, Event, Key};

/// A read, though it keeps the count of a single HyperLogLog in the value: that means the same before
/// and after, so nobody is told and nothing is logged. The keys are locked as for a write, for that.
pub(crate) static PFCOUNT: Command = Command {
    name: "PFCOUNT",
    group: Group::HyperLogLog,
    since: "0.1.0",
    complexity: "O(1) for one key whose count is known, else O(N) for N keys, with a large constant",
    summary: "Returns about how many distinct elements were added to a HyperLogLog, or to any of several.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY,
    keys: Keys::Range { first: 1, last: -1, step: 1, access: Access::Write },
    log: Log::Nothing,
    args: &[Arg::Multiple(&Arg::Key("key"))],
    reply: Shape::Int,
    examples: "> PFADD a x y\n(integer) 1\n> PFADD b y z\n(integer) 1\n> PFCOUNT a\n(integer) 2\n> PFCOUNT a b missing\n(integer) 3",
    handler: Handler::Fn(pfcount),
};

fn pfcount(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let first = args.key()?;
    let count = match args.is_empty() {
        true => count_one(ctx, first)?,
        false => count_all(ctx, first, args)?,
    };
    out.int(count as i64);
    Ok(())
}

fn count_one(ctx: &mut Ctx<'_>, key: Key<'_>) -> Result<u64, Error> {
    let Some(string) = ctx.string(key)? else { return Ok(0) };
    let hll = Hll::parse(string).map_err(refused)?;
    if let Some(count) = hll.known_count() {
        return Ok(count);
    }
    let count = hll.count().map_err(refused)?;
    ctx.edit_filled(key, 0, Event::PFADD, |bytes| (hll::set_count(bytes, count), false))?;
    Ok(count)
}

fn count_all(ctx: &mut Ctx<'_>, first: Key<'_>, args: &mut Args<'_>) -> Result<u64, Error> {
    let mut registers = Registers::new();
    let mut next = Some(first);
    while let Some(key) = next {
        if let Some(string) = ctx.string(key)? {
            registers.merge(Hll::parse(string).map_err(refused)?).map_err(refused)?;
        }
        next = if args.is_empty() { None } else { Some(args.key()?) };
    }
    Ok(registers.count())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn the_count_is_kept_in_the_value() {
        check(
            "> PFADD k a b c\n(integer) 1\n> GETRANGE k 8 15\n\"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\"
             > PFCOUNT k\n(integer) 3\n> GETRANGE k 8 15\n\"\\x03\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"
             > PFADD k a\n(integer) 0\n> GETRANGE k 8 15\n\"\\x03\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"
             > PFADD k d\n(integer) 1\n> GETRANGE k 8 15\n\"\\x03\\x00\\x00\\x00\\x00\\x00\\x00\\x80\"
             > PFCOUNT k k missing\n(integer) 4\n> GETRANGE k 15 15\n\"\\x80\"",
        );
    }

    #[test]
    fn dense_registers_and_copies() {
        check(
            "> PFADD k a b c\n(integer) 1\n> PFDEBUG TODENSE k\n(integer) 1\n> COPY k l\n(integer) 1
             > PFCOUNT k\n(integer) 3\n> GETRANGE k 8 15\n\"\\x03\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"
             > GETRANGE l 15 15\n\"\\x80\"\n> PFADD l d\n(integer) 1\n> PFCOUNT k l\n(integer) 4\n> PFCOUNT k\n(integer) 3",
        );
    }

    #[test]
    fn what_is_missing_or_over_counts_nothing() {
        check(
            "> PFCOUNT missing\n(integer) 0\n> EXISTS missing\n(integer) 0\n> PFADD k a\n(integer) 1
             > PEXPIRE k 5\n(integer) 1\n> PFCOUNT k\n(integer) 1\n> PTTL k\n(integer) 5\n~ 6\n> PFCOUNT k\n(integer) 0",
        );
    }

    #[test]
    fn nobody_is_told() {
        check_events(&[("PFADD k a", "0 k pfadd"), ("PFCOUNT k", ""), ("PFCOUNT k missing", "")]);
    }
}
