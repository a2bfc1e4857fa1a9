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

#[cfg(test)]
mod tests {
    use kv_protocol::Protocol;

    use crate::Registry;
    use crate::commands::testing::check_events;
    use crate::testing::{Stage, check};

    #[test]
    fn ranges_of_small_and_large_sets() {
        for count in [100, 1000] {
            let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
            for n in 0..count {
                stage.run(&format!("ZADD z {n} m{n} 0 l{n:04}"));
                stage.run(&format!("ZADD l 0 l{n:04}"));
            }
            let (most, rest) = (count - 20, count - 10);
            stage.play(&format!(
                "> ZREMRANGEBYRANK z 0 -1{count}\n(integer) 0\n> ZREMRANGEBYSCORE z 10 ({rest}\n(integer) {most}
                 > ZREMRANGEBYRANK z -10 -1\n(integer) 10\n> ZCARD z\n(integer) {rest_and_few}
                 > ZREMRANGEBYLEX l [l0010 (l{rest:04}\n(integer) {most}\n> ZCARD l\n(integer) 20
                 > ZREMRANGEBYLEX l - +\n(integer) 20\n> EXISTS l\n(integer) 0",
                rest_and_few = count + 10,
            ));
        }
    }

    #[test]
    fn events_and_the_last_element() {
        check_events(&[
            ("ZADD z 1 a 2 b 3 c", "0 z zadd"),
            ("ZREMRANGEBYRANK z 5 6", ""),
            ("ZREMRANGEBYRANK z 0 0", "0 z zremrangebyrank"),
            ("ZREMRANGEBYSCORE z 2 2", "0 z zremrangebyscore"),
            ("ZREMRANGEBYLEX z - +", "0 z zremrangebylex, 0 z del"),
        ]);
    }

    #[test]
    fn errors_in_redis_order() {
        check(
            "> SET k v\nOK\n> ZREMRANGEBYRANK k x 1\n(error) ERR value is not an integer or out of range
             > ZREMRANGEBYSCORE k x 1\n(error) ERR min or max is not a float
             > ZREMRANGEBYLEX k x 1\n(error) ERR min or max not valid string range item
             > ZREMRANGEBYRANK k 0 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > ZREMRANGEBYRANK missing 0 1\n(integer) 0",
        );
    }
}
