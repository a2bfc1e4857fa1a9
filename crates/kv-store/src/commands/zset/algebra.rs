//! What `ZUNION`, `ZINTER`, `ZDIFF`, their `STORE` forms and `ZINTERCARD` have in common.

use std::collections::HashMap;
use std::ops::ControlFlow;

use kv_protocol::ReplyWriter;
use kv_types::integer;
use kv_types::listpack::{Digits, Value};
use kv_types::set::SetRef;
use kv_types::zset::{Element, ZsetRef, made_of, order};
use kv_types::{Kind, Record};
use smallvec::SmallVec;

use super::listing::Scores;
use crate::command::{Access, Arg, Keys};
use crate::{Args, Ctx, Error, Event, Key};

/// Keys of the commands that only read.
pub(super) const READ: Keys =
    Keys::Counted { destination: None, count: 1, step: 1, access: Access::Read };
/// Keys of the commands that store.
pub(super) const STORE: Keys =
    Keys::Counted { destination: Some(1), count: 2, step: 1, access: Access::Read };

/// `WEIGHTS weight …`, as an argument of a declaration.
pub(super) const WEIGHTS: Arg =
    Arg::Optional(&Arg::Option("WEIGHTS", &Arg::Multiple(&Arg::Int("weight"))));
/// `AGGREGATE SUM|MIN|MAX`.
pub(super) const AGGREGATE: Arg = Arg::Optional(&Arg::Option(
    "AGGREGATE",
    &Arg::OneOf("aggregate", &[Arg::Token("SUM"), Arg::Token("MIN"), Arg::Token("MAX")]),
));

/// A sorted set to be combined with others, or a set, whose members all have score 1.
#[derive(Clone, Copy)]
enum Source<'s> {
    Zset(ZsetRef<'s>),
    Set(SetRef<'s>),
}

impl<'s> Source<'s> {
    fn len(self) -> usize {
        match self {
            Source::Zset(zset) => zset.len(),
            Source::Set(set) => set.len(),
        }
    }

    /// The score of a member of another one.
    fn score(self, member: Value<'_>) -> Option<f64> {
        match self {
            Source::Zset(zset) => zset.score(member.text(&mut Digits::new())),
            Source::Set(set) => set.has(member).then_some(1.0),
        }
    }

    /// Shows all elements, as long as `show` wants more.
    fn try_for_each(self, mut show: impl FnMut(Element<'s>) -> ControlFlow<()>) {
        // Who breaks off knows that it did.
        let _ = match self {
            Source::Zset(zset) => zset.iter().try_for_each(show),
            Source::Set(set) => set.iter().try_for_each(|member| show((member, 1.0))),
        };
    }

    fn for_each(self, mut show: impl FnMut(Element<'s>)) {
        self.try_for_each(|element| {
            show(element);
            ControlFlow::Continue(())
        });
    }
}

/// What becomes of the scores that a member has in several sets.
#[derive(Clone, Copy)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Aggregate::Sum => number(a + b),
            Aggregate::Min if b < a => b,
            Aggregate::Max if b > a => b,
            Aggregate::Min | Aggregate::Max => a,
        }
    }
}

/// Infinity less itself, or nothing of it, counts as 0.
fn number(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// How sets are combined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// Members of any set.
    Union,
    /// Members of all sets.
    Intersection,
    /// Members of the first set and of no other.
    Difference,
}

/// Sets, and how they are to be combined.
struct Request<'s> {
    operation: Operation,
    /// The sets with their weights.
    sources: SmallVec<[(Source<'s>, f64); 4]>,
    aggregate: Aggregate,
    scores: Scores,
    /// Counting ends here, unless it is 0.
    limit: i64,
}

/// What the result is for: on that, too, it depends what options there are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Answer,
    Store,
    Count,
}

/// Takes the number of keys and the keys. `name` is the command's, for errors.
fn keys<'a>(args: &mut Args<'a>, name: &str) -> Result<SmallVec<[Key<'a>; 4]>, Error> {
    let count = args.int()?;
    if count < 1 {
        return Err(Error::new(format!("at least 1 input key is needed for '{name}' command")));
    }
    if count > args.remaining() as i64 {
        return Err(Error::Syntax);
    }
    (0..count).map(|_| args.key()).collect()
}

impl<'c> Request<'c> {
    /// Takes keys and options. As in Redis, the sets are looked at before the options.
    fn take(
        ctx: &'c mut Ctx<'_>,
        args: &mut Args<'_>,
        name: &str,
        operation: Operation,
        purpose: Purpose,
    ) -> Result<Request<'c>, Error> {
        let keys = keys(args, name)?;
        for key in &keys {
            let found = ctx.read(*key).map(Record::kind);
            if !matches!(found, None | Some(Kind::Zset | Kind::Set)) {
                return Err(Error::WrongType);
            }
        }
        let ctx: &'c Ctx<'_> = ctx;
        let source = |key: &Key<'_>| {
            let Some(record) = ctx.peek(*key) else { return Source::Zset(ZsetRef::EMPTY) };
            match SetRef::new(record, ctx.now()) {
                Some(set) if record.kind() == Kind::Set => Source::Set(set),
                _ => Source::Zset(ZsetRef::new(record).unwrap_or(ZsetRef::EMPTY)),
            }
        };
        let sources = keys.iter().map(|key| (source(key), 1.0)).collect();
        let mut request = Request {
            operation,
            sources,
            aggregate: Aggregate::Sum,
            scores: Scores::Left,
            limit: 0,
        };
        request.options(args, purpose)?;
        Ok(request)
    }

    fn options(&mut self, args: &mut Args<'_>, purpose: Purpose) -> Result<(), Error> {
        let scored = self.operation != Operation::Difference && purpose != Purpose::Count;
        while !args.is_empty() {
            if scored && args.remaining() > self.sources.len() && args.token("WEIGHTS") {
                for (_, weight) in &mut self.sources {
                    *weight =
                        args.float().map_err(|_| Error::new("weight value is not a float"))?;
                }
            } else if scored && args.remaining() > 1 && args.token("AGGREGATE") {
                self.aggregate = match args.one_of(&["SUM", "MIN", "MAX"]) {
                    Some("SUM") => Aggregate::Sum,
                    Some("MIN") => Aggregate::Min,
                    Some(_) => Aggregate::Max,
                    None => return Err(Error::Syntax),
                };
            } else if purpose == Purpose::Answer && args.token("WITHSCORES") {
                self.scores = Scores::Paired;
            } else if purpose == Purpose::Count && args.remaining() > 1 && args.token("LIMIT") {
                let limit = integer::parse(args.bytes()?).filter(|limit| *limit >= 0);
                self.limit = limit.ok_or_else(|| Error::new("LIMIT can't be negative"))?;
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(())
    }

    /// The elements of the result in their order.
    fn result(mut self) -> Vec<Element<'c>> {
        let mut elements = match self.operation {
            Operation::Union => self.union(),
            Operation::Intersection => {
                let mut elements = Vec::new();
                self.intersect(|element| {
                    elements.push(element);
                    ControlFlow::Continue(())
                });
                elements
            }
            Operation::Difference => self.difference(),
        };
        elements.sort_unstable_by(|a, b| order(*a, *b));
        elements
    }

    /// The smallest set first: there is least to look up then, and in this order Redis adds up scores.
    fn smallest_first(&mut self) {
        self.sources.sort_by_key(|(source, _)| source.len());
    }

    fn union(&mut self) -> Vec<Element<'c>> {
        self.smallest_first();
        let largest = self.sources.last().map_or(0, |(source, _)| source.len());
        let hasher = ahash::RandomState::new();
        let mut scores: HashMap<Value<'c>, f64, _> =
            HashMap::with_capacity_and_hasher(largest, hasher);
        for &(source, weight) in &self.sources {
            source.for_each(|(member, score)| {
                let score = number(weight * score);
                scores
                    .entry(canonical(member))
                    .and_modify(|sum| *sum = self.aggregate.of(*sum, score))
                    .or_insert(score);
            });
        }
        scores.into_iter().collect()
    }

    /// Shows elements of the intersection, in no order, as long as `show` wants more.
    fn intersect(&mut self, mut show: impl FnMut(Element<'c>) -> ControlFlow<()>) {
        self.smallest_first();
        let Some((&(first, weight), others)) = self.sources.split_first() else { return };
        first.try_for_each(|(member, score)| {
            let score = others.iter().try_fold(number(weight * score), |sum, (other, weight)| {
                Some(self.aggregate.of(sum, other.score(member)? * weight))
            });
            score.map_or(ControlFlow::Continue(()), |score| show((member, score)))
        });
    }

    fn difference(&self) -> Vec<Element<'c>> {
        let mut elements = Vec::new();
        let Some((&(first, _), others)) = self.sources.split_first() else { return elements };
        first.for_each(|(member, score)| {
            if others.iter().all(|(other, _)| other.score(member).is_none()) {
                elements.push((member, score));
            }
        });
        elements
    }
}

/// The member, as an integer if it is one: tables hold these as text.
fn canonical(member: Value<'_>) -> Value<'_> {
    match member {
        Value::Bytes(text) => integer::parse(text).map_or(member, Value::Int),
        Value::Int(_) => member,
    }
}

/// Answers with the combination of the sets.
pub(super) fn answer(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    name: &str,
    operation: Operation,
) -> Result<(), Error> {
    let request = Request::take(ctx, args, name, operation, Purpose::Answer)?;
    let scores = request.scores;
    scores.answer(request.result().into_iter(), out);
    Ok(())
}

/// Puts the combination of the sets in place of whatever is at the first key, which goes if there is nothing
/// to put there, and answers how many elements it has.
pub(super) fn store(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    name: &str,
    operation: Operation,
    event: Event,
) -> Result<(), Error> {
    let (destination, limits) = (args.key()?, ctx.limits());
    let elements = Request::take(ctx, args, name, operation, Purpose::Store)?.result();
    let count = elements.len();
    let record = made_of(destination.bytes(), elements.iter().copied(), &limits);
    drop(elements);
    if count > 0 {
        ctx.put_record(destination, record, event)?;
    } else {
        ctx.remove(destination, Event::DEL)?;
    }
    out.int(count as i64);
    Ok(())
}

/// Answers how many members all sets have in common.
pub(super) fn count_common(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    name: &str,
) -> Result<(), Error> {
    let mut request = Request::take(ctx, args, name, Operation::Intersection, Purpose::Count)?;
    let (limit, mut count) = (request.limit, 0);
    request.intersect(|_| {
        count += 1;
        if count == limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    out.int(count);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn weights_and_aggregates() {
        check(
            "> ZADD a 1 x 2 y inf i\n(integer) 3\n> ZADD b 10 y 20 z -inf i\n(integer) 3
             > ZUNION 2 a b WITHSCORES\n1) \"i\"\n2) \"0\"\n3) \"x\"\n4) \"1\"\n5) \"y\"\n6) \"12\"\n7) \"z\"\n8) \"20\"
             > ZUNION 2 a b AGGREGATE MIN WITHSCORES\n1) \"i\"\n2) \"-inf\"\n3) \"x\"\n4) \"1\"\n5) \"y\"\n6) \"2\"\n7) \"z\"\n8) \"20\"
             > ZINTER 2 a b WEIGHTS 0 2 AGGREGATE MAX WITHSCORES\n1) \"i\"\n2) \"0\"\n3) \"y\"\n4) \"20\"
             > ZINTER 2 a a WITHSCORES\n1) \"x\"\n2) \"2\"\n3) \"y\"\n4) \"4\"\n5) \"i\"\n6) \"inf\"
             > ZDIFF 2 a b WITHSCORES\n1) \"x\"\n2) \"1\"\n> ZDIFF 2 a a\n(empty array)\n> ZDIFF 2 missing a\n(empty array)
             > ZINTERCARD 2 a b\n(integer) 2\n> ZINTERCARD 2 a b LIMIT 1\n(integer) 1\n> ZINTERCARD 2 a missing\n(integer) 0",
        );
    }

    #[test]
    fn members_of_sets_have_score_1() {
        check(
            "> SADD s 1 2 x\n(integer) 3\n> ZADD z 5 2 6 x 7 y\n(integer) 3\n> ZUNION 2 z s WITHSCORES\n1) \"1\"\n2) \"1\"\n3) \"2\"\n4) \"6\"\n5) \"x\"\n6) \"7\"\n7) \"y\"\n8) \"7\"
             > ZINTERSTORE d 2 s z WEIGHTS 3 1\n(integer) 2\n> ZRANGE d 0 -1 WITHSCORES\n1) \"2\"\n2) \"8\"\n3) \"x\"\n4) \"9\"
             > ZDIFF 2 s z WITHSCORES\n1) \"1\"\n2) \"1\"\n> ZUNION 1 s\n1) \"1\"\n2) \"2\"\n3) \"x\"
             > CONFIG SET set-max-listpack-entries 0\nOK\n> SADD s y\n(integer) 1\n> OBJECT ENCODING s\n\"hashtable\"
             > ZUNION 2 z s WITHSCORES\n1) \"1\"\n2) \"1\"\n3) \"2\"\n4) \"6\"\n5) \"x\"\n6) \"7\"\n7) \"y\"\n8) \"8\"",
        );
    }

    #[test]
    fn a_store_replaces_whatever_was_there() {
        check(
            "> ZADD a 1 x\n(integer) 1\n> SET d v EX 9\nOK\n> ZUNIONSTORE d 1 a\n(integer) 1\n> TTL d\n(integer) -1
             > ZDIFFSTORE d 2 a a\n(integer) 0\n> EXISTS d\n(integer) 0\n> ZUNIONSTORE a 2 a a\n(integer) 1\n> ZSCORE a x\n\"2\"",
        );
        check_events(&[
            ("ZADD a 1 x", "0 a zadd"),
            ("ZUNIONSTORE d 1 a", "0 d zunionstore"),
            ("ZINTERSTORE d 1 a", "0 d zinterstore"),
            ("ZDIFFSTORE d 1 a", "0 d zdiffstore"),
            ("ZINTERSTORE d 2 a missing", "0 d del"),
            ("ZINTERSTORE d 2 a missing", ""),
        ]);
    }

    #[test]
    fn errors_in_redis_order() {
        check(
            "> ZUNION 0 a\n(error) ERR at least 1 input key is needed for 'zunion' command
             > ZINTERSTORE d -1 a\n(error) ERR at least 1 input key is needed for 'zinterstore' command
             > ZDIFF x a\n(error) ERR value is not an integer or out of range\n> ZUNION 3 a b\n(error) ERR syntax error
             > SET k v\nOK\n> ZUNION 2 a k WEIGHTS 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > ZUNION 2 a b WEIGHTS 1\n(error) ERR syntax error\n> ZUNION 2 a b WEIGHTS 1 x\n(error) ERR weight value is not a float
             > ZUNION 1 a AGGREGATE COUNT\n(error) ERR syntax error\n> ZUNION 1 a AGGREGATE\n(error) ERR syntax error
             > ZUNIONSTORE d 1 a WITHSCORES\n(error) ERR syntax error\n> ZDIFF 1 a WEIGHTS 1\n(error) ERR syntax error
             > ZINTERCARD 1 a LIMIT -1\n(error) ERR LIMIT can't be negative\n> ZINTERCARD 1 a LIMIT x\n(error) ERR LIMIT can't be negative
             > ZINTERCARD 1 a LIMIT\n(error) ERR syntax error\n> ZINTER 1 a LIMIT 1\n(error) ERR syntax error",
        );
    }
}
