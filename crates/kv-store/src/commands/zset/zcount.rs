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
