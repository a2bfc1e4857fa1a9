//! ZCOUNT and ZLEXCOUNT

use kv_protocol::ReplyWriter;

use super::range::{Bounds, By};
use super::zset;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static ZCOUNT: Command = Command {
    name: "ZCOUNT",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(log(N)) in a sorted set of N",
    summary: "Returns how many elements of the sorted set at a key have scores in a range.",
    arity: Arity::Exactly(4),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Float("min"), Arg::Float("max")],
    reply: Shape::Int,
    examples: "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZCOUNT z (1 +inf\n(integer) 2",
    handler: Handler::Fn(|ctx, args, out| count(ctx, args, out, By::Score)),
};

pub(crate) static ZLEXCOUNT: Command = Command {
    name: "ZLEXCOUNT",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(log(N)) in a sorted set of N",
    summary: "Returns how many members of the sorted set at a key, whose scores are all the same, are in a range.",
    arity: Arity::Exactly(4),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::String("min"), Arg::String("max")],
    reply: Shape::Int,
    examples: "> ZADD z 0 a 0 b 0 c\n(integer) 3\n> ZLEXCOUNT z (a +\n(integer) 2",
    handler: Handler::Fn(|ctx, args, out| count(ctx, args, out, By::Lex)),
};

fn count(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    by: By,
) -> Result<(), Error> {
    let key = args.key()?;
    let bounds = Bounds::parse(by, args.bytes()?, args.bytes()?)?;
    out.int(bounds.ranks(zset(ctx, key)?, false).len() as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn bounds() {
        check(
            "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZCOUNT z 1 3\n(integer) 3\n> ZCOUNT z (1 (3\n(integer) 1
             > ZCOUNT z 3 1\n(integer) 0\n> ZCOUNT z (2 2\n(integer) 0\n> ZCOUNT z -inf +INF\n(integer) 3
             > ZCOUNT z \"\" 1e400\n(integer) 3\n> ZCOUNT missing 1 2\n(integer) 0
             > ZADD l 0 a 0 b 0 c 0 5\n(integer) 4\n> ZLEXCOUNT l - +\n(integer) 4\n> ZLEXCOUNT l [5 (b\n(integer) 2
             > ZLEXCOUNT l (a [b\n(integer) 1\n> ZLEXCOUNT l + -\n(integer) 0\n> ZLEXCOUNT l [c [a\n(integer) 0",
        );
    }

    #[test]
    fn errors() {
        for bound in ["x", "\" 1\"", "nan", "((1", "0x1"] {
            check(&format!(
                "> ZCOUNT z {bound} 1\n(error) ERR min or max is not a float\n> ZCOUNT z 1 {bound}\n(error) ERR min or max is not a float"
            ));
        }
        for bound in ["a", "\"\"", "-a", "1"] {
            check(&format!(
                "> ZLEXCOUNT z {bound} +\n(error) ERR min or max not valid string range item"
            ));
        }
        check(
            "> SET k v\nOK\n> ZCOUNT k x 1\n(error) ERR min or max is not a float
             > ZCOUNT k 1 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > ZLEXCOUNT k - +\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
