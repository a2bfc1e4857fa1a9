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
