//! ZRANGE and its older forms

use std::ops::Range;

use kv_protocol::ReplyWriter;
use kv_types::zset::ZsetRef;

use super::listing::{ELEMENTS, Listing, Scores};
use super::range::{Bounds, By};
use super::zset;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log};
use crate::{Args, Ctx, Error};

const COMPLEXITY: &str = "O(log(N)+M) for the M elements returned of a sorted set of N";
const WITHSCORES: Arg = Arg::Optional(&Arg::Token("WITHSCORES"));
pub(super) const LIMIT: Arg = Arg::Optional(&Arg::Option(
    "LIMIT",
    &Arg::Block("limit", &[Arg::Int("offset"), Arg::Int("count")]),
));
pub(super) const SORTBY: Arg =
    Arg::Optional(&Arg::OneOf("sortby", &[Arg::Token("BYSCORE"), Arg::Token("BYLEX")]));
pub(super) const REV: Arg = Arg::Optional(&Arg::Token("REV"));

pub(crate) static ZRANGE: Command = Command {
    name: "ZRANGE",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns the elements of the sorted set at a key in a range of ranks, scores or members, from either end.",
    arity: Arity::AtLeast(4),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[
        Arg::Key("key"),
        Arg::String("start"),
        Arg::String("stop"),
        SORTBY,
        REV,
        LIMIT,
        WITHSCORES,
    ],
    reply: ELEMENTS,
    examples: "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZRANGE z 0 -2\n1) \"a\"\n2) \"b\"\n> ZRANGE z (3 -inf BYSCORE REV LIMIT 0 1 WITHSCORES\n1) \"b\"\n2) \"2\"",
    handler: Handler::Fn(|ctx, args, out| answer(ctx, args, out, Form::default())),
};

pub(crate) static ZREVRANGE: Command = Command {
    name: "ZREVRANGE",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns the elements of the sorted set at a key between two ranks that count from the last element on.",
    arity: Arity::AtLeast(4),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Int("start"), Arg::Int("stop"), WITHSCORES],
    reply: ELEMENTS,
    examples: "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZREVRANGE z 0 1\n1) \"c\"\n2) \"b\"",
    handler: Handler::Fn(|ctx, args, out| answer(ctx, args, out, Form::fixed(By::Rank, true))),
};

pub(crate) static ZRANGEBYSCORE: Command = Command {
    name: "ZRANGEBYSCORE",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns the elements of the sorted set at a key with scores in a range.",
    arity: Arity::AtLeast(4),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Float("min"), Arg::Float("max"), WITHSCORES, LIMIT],
    reply: ELEMENTS,
    examples: "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZRANGEBYSCORE z (1 3\n1) \"b\"\n2) \"c\"",
    handler: Handler::Fn(|ctx, args, out| answer(ctx, args, out, Form::fixed(By::Score, false))),
};

pub(crate) static ZREVRANGEBYSCORE: Command = Command {
    name: "ZREVRANGEBYSCORE",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns the elements of the sorted set at a key with scores in a range, the highest first.",
    arity: Arity::AtLeast(4),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Float("max"), Arg::Float("min"), WITHSCORES, LIMIT],
    reply: ELEMENTS,
    examples: "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZREVRANGEBYSCORE z 3 (1\n1) \"c\"\n2) \"b\"",
    handler: Handler::Fn(|ctx, args, out| answer(ctx, args, out, Form::fixed(By::Score, true))),
};

pub(crate) static ZRANGEBYLEX: Command = Command {
    name: "ZRANGEBYLEX",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns the members in a range of the sorted set at a key, whose scores are all the same.",
    arity: Arity::AtLeast(4),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::String("min"), Arg::String("max"), LIMIT],
    reply: ELEMENTS,
    examples: "> ZADD z 0 a 0 b 0 c\n(integer) 3\n> ZRANGEBYLEX z - (c\n1) \"a\"\n2) \"b\"",
    handler: Handler::Fn(|ctx, args, out| answer(ctx, args, out, Form::fixed(By::Lex, false))),
};

pub(crate) static ZREVRANGEBYLEX: Command = Command {
    name: "ZREVRANGEBYLEX",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns the members in a range of the sorted set at a key, whose scores are all the same, the greatest first.",
    arity: Arity::AtLeast(4),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::String("max"), Arg::String("min"), LIMIT],
    reply: ELEMENTS,
    examples: "> ZADD z 0 a 0 b 0 c\n(integer) 3\n> ZREVRANGEBYLEX z (c -\n1) \"b\"\n2) \"a\"",
    handler: Handler::Fn(|ctx, args, out| answer(ctx, args, out, Form::fixed(By::Lex, true))),
};

/// What a command's name says of its ranges: its options may say the rest.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Form {
    by: Option<By>,
    reverse: Option<bool>,
    /// The elements are stored, so scores are not asked for.
    stores: bool,
}

impl Form {
    /// Options say everything, and the elements are stored.
    pub(super) const STORED: Form = Form { by: None, reverse: None, stores: true };

    fn fixed(by: By, reverse: bool) -> Form {
        Form { by: Some(by), reverse: Some(reverse), stores: false }
    }
}

/// A range of elements that is asked for.
#[derive(Debug)]
pub(super) struct Query<'a> {
    bounds: Bounds<'a>,
    /// How many elements are passed over, and how many are taken; all that are left if negative.
    limit: (i64, i64),
    listing: Listing,
}

impl<'a> Query<'a> {
    /// Takes two bounds and all options, which are looked at first.
    pub(super) fn take(args: &mut Args<'a>, form: Form) -> Result<Query<'a>, Error> {
        let (first, second) = (args.bytes()?, args.bytes()?);
        let Form { mut by, mut reverse, stores } = form;
        let (mut limit, mut scores) = ((0, -1), Scores::Left);
        while !args.is_empty() {
            if !stores && args.token("WITHSCORES") {
                scores = Scores::Paired;
            } else if args.remaining() > 2 && args.token("LIMIT") {
                limit = (args.int()?, args.int()?);
            } else if reverse.is_none() && args.token("REV") {
                reverse = Some(true);
            } else if by.is_none() && args.token("BYLEX") {
                by = Some(By::Lex);
            } else if by.is_none() && args.token("BYSCORE") {
                by = Some(By::Score);
            } else {
                return Err(Error::Syntax);
            }
        }
        let (by, reverse) = (by.unwrap_or(By::Rank), reverse.unwrap_or(false));
        if by == By::Rank && limit.1 != -1 {
            return Err(Error::new(
                "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
            ));
        }
        if by == By::Lex && scores != Scores::Left {
            return Err(Error::new(
                "syntax error, WITHSCORES not supported in combination with BYLEX",
            ));
        }
        let swapped = reverse && by != By::Rank;
        let (min, max) = if swapped { (second, first) } else { (first, second) };
        let bounds = Bounds::parse(by, min, max)?;
        Ok(Query { bounds, limit, listing: Listing { reverse, scores } })
    }

    /// The ranks of the elements asked for.
    pub(super) fn ranks(&self, zset: ZsetRef<'_>) -> Range<usize> {
        let Range { mut start, mut end } = self.bounds.ranks(zset, self.listing.reverse);
        let Bounds::Places(..) = self.bounds else { return start..end };
        let len = end - start;
        let skipped = match (usize::try_from(self.limit.0), zset) {
            (Ok(offset), _) => offset.min(len),
            // Redis counts back from the end of the range in a large set, and finds nothing in a small one.
            (Err(_), ZsetRef::Tree(_)) => {
                len.checked_sub(self.limit.0.unsigned_abs() as usize).unwrap_or(len)
            }
            (Err(_), ZsetRef::Packed(_)) => len,
        };
        let taken = usize::try_from(self.limit.1).unwrap_or(len).min(len - skipped);
        if self.listing.reverse {
            end -= skipped;
            start = end - taken;
        } else {
            start += skipped;
            end = start + taken;
        }
        start..end
    }
}

fn answer(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    form: Form,
) -> Result<(), Error> {
    let key = args.key()?;
    let query = Query::take(args, form)?;
    let zset = zset(ctx, key)?;
    let ranks = query.ranks(zset);
    if let Some(rest) = query.listing.answer(zset, ranks, out) {
        rest.later(ctx);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn ranks() {
        check(
            "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZRANGE z 0 -1\n1) \"a\"\n2) \"b\"\n3) \"c\"
             > ZRANGE z -2 5\n1) \"b\"\n2) \"c\"\n> ZRANGE z 2 1\n(empty array)\n> ZRANGE z -9 -9\n(empty array)
             > ZRANGE z 0 0 REV WITHSCORES\n1) \"c\"\n2) \"3\"\n> ZREVRANGE z 1 1\n1) \"b\"
             > ZRANGE z 0 -1 LIMIT 5 -1\n1) \"a\"\n2) \"b\"\n3) \"c\"\n> ZRANGE missing 0 -1\n(empty array)",
        );
    }

    #[test]
    fn scores() {
        check(
            "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZRANGEBYSCORE z (1 inf WITHSCORES LIMIT 1 5\n1) \"c\"\n2) \"3\"
             > ZRANGE z -inf (3 BYSCORE\n1) \"a\"\n2) \"b\"\n> ZRANGE z 3 (1 BYSCORE REV LIMIT 0 1\n1) \"c\"
             > ZREVRANGEBYSCORE z +inf 2\n1) \"c\"\n2) \"b\"\n> ZRANGEBYSCORE z 0 9 LIMIT 0 0\n(empty array)
             > ZRANGEBYSCORE z 0 9 LIMIT 2 -7\n1) \"c\"\n> ZRANGEBYSCORE z 0 9 LIMIT -1 5\n(empty array)
             > ZRANGEBYSCORE z 0 9 LIMIT 9 5\n(empty array)",
        );
    }

    #[test]
    fn members() {
        check(
            "> ZADD z 0 a 0 b 0 c 0 d\n(integer) 4\n> ZRANGEBYLEX z [b (d\n1) \"b\"\n2) \"c\"
             > ZREVRANGEBYLEX z + [c LIMIT 1 1\n1) \"c\"\n> ZRANGE z (d - BYLEX REV LIMIT 1 2\n1) \"b\"\n2) \"a\"
             > ZRANGE z - + BYLEX LIMIT 3 9\n1) \"d\"\n> ZRANGE z + - BYLEX\n(empty array)",
        );
    }

    #[test]
    fn large_sets_give_the_same() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        for n in 0..300 {
            stage.run(&format!("ZADD z {} m{n:03}", n / 10));
        }
        stage.play(
            "> ZRANGE z 100 101 WITHSCORES\n1) \"m100\"\n2) \"10\"\n3) \"m101\"\n4) \"10\"
             > ZRANGE z (10 11 BYSCORE LIMIT 9 2\n1) \"m119\"\n> ZRANGE z 11 (10 BYSCORE REV LIMIT 9 2\n1) \"m110\"
             > ZREVRANGE z 299 500\n1) \"m000\"\n> ZRANGEBYSCORE z 10 11 LIMIT -2 5\n1) \"m118\"\n2) \"m119\"
             > ZREVRANGEBYSCORE z 11 10 LIMIT -2 5\n1) \"m101\"\n2) \"m100\"\n> ZRANGEBYSCORE z 10 11 LIMIT -21 5\n(empty array)",
        );
    }

    #[test]
    fn a_long_reply_is_of_one_moment_and_comes_in_slices() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        for n in 0..3000 {
            stage.run(&format!("ZADD z {n} m{n}"));
        }
        for (command, reverse) in
            [("ZRANGE z 0 -1 WITHSCORES", false), ("ZRANGE z 0 -1 REV WITHSCORES", true)]
        {
            let Some(Frame::Array(elements)) = stage.run(command) else { panic!("{command}") };
            assert_eq!(elements.len(), 3000);
            for (at, element) in elements.iter().enumerate() {
                let rank = if reverse { 2999 - at } else { at };
                let expected = [format!("m{rank}").as_str().into(), Frame::Double(rank as f64)];
                assert_eq!(element, &Frame::Array(expected.to_vec()));
            }
        }
    }

    #[test]
    fn resp3_nests_pairs() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        stage.run("ZADD z 1.5 a");
        let pair = Frame::Array(vec!["a".into(), Frame::Double(1.5)]);
        for command in ["ZRANGE z 0 -1 WITHSCORES", "ZRANGEBYSCORE z 1 2 WITHSCORES"] {
            assert_eq!(stage.run(command), Some(Frame::Array(vec![pair.clone()])));
        }
        assert_eq!(stage.run("ZRANGE z 0 -1"), Some(Frame::Array(vec!["a".into()])));
    }

    #[test]
    fn errors_in_redis_order() {
        check(
            "> ZRANGE z x y LIMIT 0 1\n(error) ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX
             > ZRANGE z x y BYLEX WITHSCORES\n(error) ERR syntax error, WITHSCORES not supported in combination with BYLEX
             > ZRANGE z x y LIMIT 0\n(error) ERR syntax error\n> ZRANGE z x y LIMIT x 1\n(error) ERR value is not an integer or out of range
             > ZRANGE z 0 1 BYSCORE BYLEX\n(error) ERR syntax error\n> ZRANGE z 0 1 REV REV\n(error) ERR syntax error
             > ZRANGE z x y\n(error) ERR value is not an integer or out of range
             > ZRANGE z x y BYSCORE\n(error) ERR min or max is not a float
             > ZRANGE z x y BYLEX\n(error) ERR min or max not valid string range item
             > ZREVRANGE z 0 1 REV\n(error) ERR syntax error\n> ZREVRANGE z 0 1 BYSCORE\n(error) ERR syntax error
             > ZRANGEBYLEX z - + WITHSCORES\n(error) ERR syntax error, WITHSCORES not supported in combination with BYLEX
             > SET k v\nOK\n> ZRANGE k x 1\n(error) ERR value is not an integer or out of range
             > ZRANGE k 0 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
