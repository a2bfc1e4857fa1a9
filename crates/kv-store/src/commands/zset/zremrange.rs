//! ZREMRANGEBYRANK, ZREMRANGEBYSCORE and ZREMRANGEBYLEX

use kv_protocol::ReplyWriter;
use kv_types::Kind;
use kv_types::zset::{self, ZsetRef};

use super::range::{Bounds, By};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

const COMPLEXITY: &str = "O(log(N)+M) for the M elements removed of a sorted set of N";

pub(crate) static ZREMRANGEBYRANK: Command = Command {
    name: "ZREMRANGEBYRANK",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Removes the elements between two ranks from the sorted set at a key, and returns their number; negative ranks count from the end.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("start"), Arg::Int("stop")],
    reply: Shape::Int,
    examples: "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZREMRANGEBYRANK z 0 -2\n(integer) 2\n> ZRANGE z 0 -1\n1) \"c\"",
    handler: Handler::Fn(|ctx, args, out| {
        remove(ctx, args, out, By::Rank, &[Event::ZREMRANGEBYRANK])
    }),
};

pub(crate) static ZREMRANGEBYSCORE: Command = Command {
    name: "ZREMRANGEBYSCORE",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Removes the elements with scores in a range from the sorted set at a key, and returns their number.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Float("min"), Arg::Float("max")],
    reply: Shape::Int,
    examples: "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZREMRANGEBYSCORE z -inf (3\n(integer) 2",
    handler: Handler::Fn(|ctx, args, out| {
        remove(ctx, args, out, By::Score, &[Event::ZREMRANGEBYSCORE])
    }),
};

pub(crate) static ZREMRANGEBYLEX: Command = Command {
    name: "ZREMRANGEBYLEX",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Removes the members in a range from the sorted set at a key, whose scores are all the same, and returns their number.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::String("min"), Arg::String("max")],
    reply: Shape::Int,
    examples: "> ZADD z 0 a 0 b 0 c\n(integer) 3\n> ZREMRANGEBYLEX z [b +\n(integer) 2",
    handler: Handler::Fn(|ctx, args, out| {
        remove(ctx, args, out, By::Lex, &[Event::ZREMRANGEBYLEX])
    }),
};

fn remove(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    by: By,
    event: &'static [Event],
) -> Result<(), Error> {
    let key = args.key()?;
    let bounds = Bounds::parse(by, args.bytes()?, args.bytes()?)?;
    let removed = ctx.update_collection(key, Kind::Zset, Missing::Leave, |record, _| {
        let ranks = ZsetRef::new(record).map_or(0..0, |zset| bounds.ranks(zset, false));
        let removed = ranks.len();
        zset::remove_range(record, ranks);
        Ok((removed, if removed > 0 { event } else { &[] }))
    })?;
    out.int(removed.unwrap_or(0) as i64);
    Ok(())
}
