//! ZRANGESTORE

use kv_protocol::{ReplyWriter, Request};
use kv_types::zset::made_of;

use super::zrange::{Form, LIMIT, Query, REV, SORTBY};
use super::zset;
use crate::command::{
    Access, Arg, Arity, Command, Flags, Group, Handler, KeySink, Keys, Log, Shape,
};
use crate::{Args, Ctx, Error, Event};

pub(crate) static ZRANGESTORE: Command = Command {
    name: "ZRANGESTORE",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(log(N)+M) for the M elements stored of a sorted set of N",
    summary: "Puts the elements of the sorted set at a second key in a range of ranks, scores or members at the first, and returns their number.",
    arity: Arity::AtLeast(5),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::Custom { wire: (1, 2, 1), movable: false, find: destination_and_source },
    log: Log::Verbatim,
    args: &[
        Arg::Key("dst"),
        Arg::Key("src"),
        Arg::String("min"),
        Arg::String("max"),
        SORTBY,
        REV,
        LIMIT,
    ],
    reply: Shape::Int,
    examples: "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZRANGESTORE top z 0 1 REV\n(integer) 2\n> ZRANGE top 0 -1\n1) \"b\"\n2) \"c\"",
    handler: Handler::Fn(zrangestore),
};

/// The keys of a command that stores what it finds in one sorted set.
pub(crate) fn destination_and_source(
    _: Request<'_>,
    db: usize,
    sink: &mut KeySink,
) -> Result<(), Error> {
    sink.add(1, db, Access::Write);
    sink.add(2, db, Access::Read);
    Ok(())
}

fn zrangestore(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let (destination, source) = (args.key()?, args.key()?);
    let query = Query::take(args, Form::STORED)?;
    let limits = ctx.limits();
    let zset = zset(ctx, source)?;
    let ranks = query.ranks(zset);
    let count = ranks.len();
    let record = made_of(destination.bytes(), zset.range(ranks), &limits);
    if count > 0 {
        ctx.put_record(destination, record, Event::ZRANGESTORE)?;
    } else {
        ctx.remove(destination, Event::DEL)?;
    }
    out.int(count as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn whatever_was_there_goes() {
        check(
            "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> SET d v EX 10\nOK\n> ZRANGESTORE d z 0 1\n(integer) 2\n> TTL d\n(integer) -1
             > ZRANGE d 0 -1 WITHSCORES\n1) \"a\"\n2) \"1\"\n3) \"b\"\n4) \"2\"
             > ZRANGESTORE z z (1 inf BYSCORE LIMIT 1 1\n(integer) 1\n> ZRANGE z 0 -1\n1) \"c\"
             > ZRANGESTORE d missing 0 -1\n(integer) 0\n> EXISTS d\n(integer) 0",
        );
        check_events(&[
            ("ZADD z 1 a", "0 z zadd"),
            ("ZRANGESTORE d z 0 -1", "0 d zrangestore"),
            ("ZRANGESTORE d z 5 6", "0 d del"),
            ("ZRANGESTORE d z 5 6", ""),
        ]);
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> ZRANGESTORE d z 0 -1 WITHSCORES\n(error) ERR syntax error
             > ZRANGESTORE k missing x y\n(error) ERR value is not an integer or out of range
             > ZRANGESTORE d k 0 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > ZRANGESTORE d z 0\n(error) ERR wrong number of arguments for 'zrangestore' command",
        );
    }
}
