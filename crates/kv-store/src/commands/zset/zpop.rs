//! ZPOPMIN and ZPOPMAX

use kv_protocol::ReplyWriter;
use kv_types::zset::{self, ZsetRef};
use kv_types::{Kind, Record};

use super::listing::{ELEMENTS, Scores};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

const COMPLEXITY: &str = "O(log(N)) for each element popped of a sorted set of N";
const FLAGS: Flags = Flags::WRITE.and(Flags::FAST);
const ARGS: &[Arg] = &[Arg::Key("key"), Arg::Optional(&Arg::Int("count"))];

pub(crate) static ZPOPMIN: Command = Command {
    name: "ZPOPMIN",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Removes the elements with the lowest scores, or the one, from the sorted set at a key and returns them; an empty set goes.",
    arity: Arity::AtLeast(2),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: ARGS,
    reply: ELEMENTS,
    examples: "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZPOPMIN z\n1) \"a\"\n2) \"1\"\n> ZPOPMIN z 5\n1) \"b\"\n2) \"2\"\n3) \"c\"\n4) \"3\"",
    handler: Handler::Fn(|ctx, args, out| answer(ctx, args, out, End::Min)),
};

pub(crate) static ZPOPMAX: Command = Command {
    name: "ZPOPMAX",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Removes the elements with the highest scores, or the one, from the sorted set at a key and returns them; an empty set goes.",
    arity: Arity::AtLeast(2),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: ARGS,
    reply: ELEMENTS,
    examples: "> ZADD z 1 a 2 b\n(integer) 2\n> ZPOPMAX z\n1) \"b\"\n2) \"2\"\n> ZPOPMAX missing\n(empty array)",
    handler: Handler::Fn(|ctx, args, out| answer(ctx, args, out, End::Max)),
};

/// The end that elements are popped from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Min,
    Max,
}

impl End {
    /// Removes `count` elements from this end, or as many as there are, and answers them. Returns the events
    /// that this is.
    pub(super) fn pop(
        self,
        record: &mut Record,
        count: usize,
        scores: Scores,
        out: &mut ReplyWriter<'_>,
    ) -> &'static [Event] {
        let zset = ZsetRef::new(record).unwrap_or(ZsetRef::EMPTY);
        let count = count.min(zset.len());
        let ranks = match self {
            End::Min => 0..count,
            End::Max => zset.len() - count..zset.len(),
        };
        let walk = zset.range(ranks.clone());
        match self {
            End::Min => scores.answer(walk, out),
            End::Max => scores.answer(walk.rev(), out),
        }
        zset::remove_range(record, ranks);
        match self {
            _ if count == 0 => &[],
            End::Min => &[Event::ZPOPMIN],
            End::Max => &[Event::ZPOPMAX],
        }
    }
}

fn answer(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    end: End,
) -> Result<(), Error> {
    let key = args.key()?;
    let (count, scores) = match args.last_count()? {
        // One alone is no pair in RESP3, either.
        None => (1, Scores::Flat),
        Some(count) => (count, Scores::Paired),
    };
    let popped = ctx.update_collection(key, Kind::Zset, Missing::Leave, |record, _| {
        Ok(((), end.pop(record, count, scores, out)))
    })?;
    if popped.is_none() {
        out.array(0);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::commands::testing::check_events;
    use crate::testing::{Stage, check};

    #[test]
    fn counts() {
        check(
            "> ZADD z 1 a 2 b 3 c 4 d\n(integer) 4\n> ZPOPMAX z 2\n1) \"d\"\n2) \"4\"\n3) \"c\"\n4) \"3\"
             > ZPOPMIN z 0\n(empty array)\n> ZPOPMIN z 9\n1) \"a\"\n2) \"1\"\n3) \"b\"\n4) \"2\"\n> EXISTS z\n(integer) 0
             > ZPOPMIN missing\n(empty array)\n> ZPOPMAX missing 1\n(empty array)",
        );
        check_events(&[
            ("ZADD z 1 a 2 b", "0 z zadd"),
            ("ZPOPMIN z 0", ""),
            ("ZPOPMIN z", "0 z zpopmin"),
            ("ZPOPMAX z", "0 z zpopmax, 0 z del"),
        ]);
    }

    #[test]
    fn resp3_nests_pairs_if_there_is_a_count() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        stage.run("ZADD z 1 a 2 b");
        let pair = |member: &str, score| Frame::Array(vec![member.into(), Frame::Double(score)]);
        assert_eq!(stage.run("ZPOPMIN z"), Some(pair("a", 1.0)));
        assert_eq!(stage.run("ZPOPMIN z 1"), Some(Frame::Array(vec![pair("b", 2.0)])));
        assert_eq!(stage.run("ZPOPMIN z"), Some(Frame::Array(vec![])));
    }

    #[test]
    fn errors_in_redis_order() {
        check(
            "> SET k v\nOK\n> ZPOPMIN k x\n(error) ERR value is out of range, must be positive
             > ZPOPMIN k -1\n(error) ERR value is out of range, must be positive\n> ZPOPMAX k 1 2\n(error) ERR syntax error
             > ZPOPMIN k 0\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > ZPOPMAX k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
