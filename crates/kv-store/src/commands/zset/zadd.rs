//! ZADD and ZINCRBY

use kv_protocol::ReplyWriter;
use kv_types::{Kind, zset};
use smallvec::SmallVec;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event, Key};

pub(crate) static ZADD: Command = Command {
    name: "ZADD",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(log(N)) for each element given, in a sorted set of N",
    summary: "Adds members with scores to the sorted set at a key, or gives those that are there other scores.",
    arity: Arity::AtLeast(4),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Optional(&Arg::OneOf("condition", &[Arg::Token("NX"), Arg::Token("XX")])),
        Arg::Optional(&Arg::OneOf("comparison", &[Arg::Token("GT"), Arg::Token("LT")])),
        Arg::Optional(&Arg::Token("CH")),
        Arg::Optional(&Arg::Token("INCR")),
        Arg::Multiple(&Arg::Block("data", &[Arg::Float("score"), Arg::String("member")])),
    ],
    reply: Shape::OneOf(&[Shape::Int, Shape::Double, Shape::Null]),
    examples: "> ZADD z 1 a 2 b\n(integer) 2\n> ZADD z XX CH 3 a 4 c\n(integer) 1\n> ZADD z INCR 1.5 a\n\"4.5\"",
    handler: Handler::Fn(|ctx, args, out| add(ctx, args, out, false)),
};

pub(crate) static ZINCRBY: Command = Command {
    name: "ZINCRBY",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(log(N)) in a sorted set of N",
    summary: "Adds a number to the score of a member of the sorted set at a key, 0 if it is new, and returns the sum.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("increment"), Arg::String("member")],
    reply: Shape::Double,
    examples: "> ZINCRBY z 2 a\n\"2\"\n> ZINCRBY z 0.5 a\n\"2.5\"",
    handler: Handler::Fn(|ctx, args, out| add(ctx, args, out, true)),
};

/// What is done to a member, and in which cases.
#[derive(Clone, Copy, Default)]
pub(crate) struct Options {
    pub(crate) new_only: bool,
    pub(crate) old_only: bool,
    greater_only: bool,
    less_only: bool,
    pub(crate) count_changed: bool,
    /// The score given is added to the one that is there.
    increment: bool,
}

/// Scores and members.
pub(crate) type Elements<'a> = SmallVec<[(f64, &'a [u8]); 4]>;

/// What has become of the elements that were given.
#[derive(Default)]
struct Outcome {
    added: i64,
    changed: i64,
    /// The score of the last one, unless a condition has kept it from being set.
    score: Option<f64>,
}

fn add(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    increment: bool,
) -> Result<(), Error> {
    let key = args.key()?;
    let options = Options::take(args, increment)?;
    let elements = elements(args)?;
    add_all(ctx, key, options, &elements, out)
}

/// Adds elements to the sorted set at `key`, and answers what has become of them.
pub(crate) fn add_all(
    ctx: &mut Ctx<'_>,
    key: Key<'_>,
    options: Options,
    elements: &Elements<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let missing = if options.old_only { Missing::Leave } else { Missing::Create };
    let outcome = ctx.update_collection(key, Kind::Zset, missing, |record, limits| {
        let longest = elements.iter().map(|(_, member)| member.len()).max();
        zset::prepare(record, elements.len(), longest.unwrap_or(0), limits);
        let mut outcome = Outcome::default();
        for &(score, member) in elements {
            let mut result = Ok(());
            zset::update(record, member, limits, |old| {
                let score = options.decide(old, score).unwrap_or_else(|error| {
                    result = Err(error);
                    None
                });
                outcome.note(old, score);
                score
            });
            // There is but one element then.
            result?;
        }
        let is_changed = outcome.added + outcome.changed > 0;
        let event = if options.increment { &[Event::ZINCR] } else { &[Event::ZADD] };
        Ok((outcome, if is_changed { event } else { &[] }))
    })?;
    let outcome = outcome.unwrap_or_default();
    match (options.increment, outcome.score) {
        (true, Some(score)) => out.double(score),
        (true, None) => out.null(),
        (false, _) if options.count_changed => out.int(outcome.added + outcome.changed),
        (false, _) => out.int(outcome.added),
    }
    Ok(())
}

impl Options {
    /// Takes the options in front of the elements, of which there must be whole ones.
    fn take(args: &mut Args<'_>, increment: bool) -> Result<Options, Error> {
        let mut options = Options { increment, ..Options::default() };
        while let Some(option) = args.one_of(&["NX", "XX", "GT", "LT", "CH", "INCR"]) {
            match option {
                "NX" => options.new_only = true,
                "XX" => options.old_only = true,
                "GT" => options.greater_only = true,
                "LT" => options.less_only = true,
                "CH" => options.count_changed = true,
                _ => options.increment = true,
            }
        }
        let Options { new_only, old_only, greater_only, less_only, increment, .. } = options;
        if args.is_empty() || !args.remaining().is_multiple_of(2) {
            return Err(Error::Syntax);
        }
        if new_only && old_only {
            return Err(Error::new("XX and NX options at the same time are not compatible"));
        }
        if u8::from(new_only) + u8::from(greater_only) + u8::from(less_only) > 1 {
            let text = "GT, LT, and/or NX options at the same time are not compatible";
            return Err(Error::new(text));
        }
        if increment && args.remaining() > 2 {
            return Err(Error::new("INCR option supports a single increment-element pair"));
        }
        Ok(options)
    }

    /// The score for a member that has `old`, if it is to be set.
    fn decide(&self, old: Option<f64>, given: f64) -> Result<Option<f64>, Error> {
        let Some(old) = old else { return Ok((!self.old_only).then_some(given)) };
        if self.new_only {
            return Ok(None);
        }
        let score = if self.increment { old + given } else { given };
        if score.is_nan() {
            return Err(Error::new("resulting score is not a number (NaN)"));
        }
        let kept = self.greater_only && score <= old || self.less_only && score >= old;
        Ok((!kept).then_some(score))
    }
}

impl Outcome {
    fn note(&mut self, old: Option<f64>, score: Option<f64>) {
        self.score = score;
        match (old, score) {
            (None, Some(_)) => self.added += 1,
            (Some(old), Some(score)) if old != score => self.changed += 1,
            _ => {}
        }
    }
}

/// Takes all arguments that are left, as scores and members.
fn elements<'a>(args: &mut Args<'a>) -> Result<Elements<'a>, Error> {
    let mut elements = Elements::with_capacity(args.remaining() / 2);
    while !args.is_empty() {
        elements.push((args.float()?, args.bytes()?));
    }
    Ok(elements)
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::commands::testing::{check_events, native};
    use crate::testing::{Stage, check};

    #[test]
    fn new_and_changed_scores() {
        check(
            "> ZADD z 1 a 2 b 1 a\n(integer) 2\n> ZADD z CH 1 a 3 b 4 c\n(integer) 2\n> ZADD z 5 a\n(integer) 0
             > ZRANGE z 0 -1 WITHSCORES\n1) \"b\"\n2) \"3\"\n3) \"c\"\n4) \"4\"\n5) \"a\"\n6) \"5\"
             > ZADD z inf a -inf b 1e-7 c 3.0 d\n(integer) 1
             > ZMSCORE z a b c d\n1) \"inf\"\n2) \"-inf\"\n3) \"1e-7\"\n4) \"3\"",
        );
    }

    #[test]
    fn conditions() {
        check(
            "> ZADD z XX 1 a\n(integer) 0\n> EXISTS z\n(integer) 0\n> ZADD z NX 1 a\n(integer) 1
             > ZADD z NX CH 2 a 5 b\n(integer) 1\n> ZADD z XX CH 2 a 6 c\n(integer) 1
             > ZADD z GT CH 1 a 6 b 7 d\n(integer) 2\n> ZADD z LT CH 3 a 1 b\n(integer) 1
             > ZRANGE z 0 -1 WITHSCORES\n1) \"b\"\n2) \"1\"\n3) \"a\"\n4) \"2\"\n5) \"d\"\n6) \"7\"
             > ZADD z XX GT INCR 1 a\n\"3\"\n> ZADD z GT INCR 0 a\n(nil)\n> ZADD z LT INCR 1 a\n(nil)
             > ZADD z NX INCR 1 a\n(nil)\n> ZADD z XX INCR 1 new\n(nil)\n> ZADD z INCR 0 a\n\"3\"
             > ZADD missing XX INCR 1 a\n(nil)",
        );
    }

    #[test]
    fn increments() {
        check(
            "> ZINCRBY z 1.5 a\n\"1.5\"\n> ZINCRBY z -2 a\n\"-0.5\"\n> ZADD z inf b\n(integer) 1
             > ZINCRBY z -inf b\n(error) ERR resulting score is not a number (NaN)\n> ZSCORE z b\n\"inf\"
             > ZINCRBY z x b\n(error) ERR value is not a valid float\n> ZINCRBY z NX b\n(error) ERR syntax error",
        );
    }

    #[test]
    fn the_time_to_live_stays() {
        check(
            "> ZADD z 1 a\n(integer) 1\n> EXPIRE z 10\n(integer) 1\n> ZADD z 2 a 3 b\n(integer) 1\n> TTL z\n(integer) 10",
        );
    }

    #[test]
    fn how_a_sorted_set_is_held() {
        let many = |count: u32| -> String { (0..count).map(|n| format!(" {n} m{n}")).collect() };
        let again = " 1 a".repeat(129);
        let long = format!(" 1 {}", "x".repeat(65));
        for (elements, encoding) in [
            (many(128), "listpack"),
            (many(129), "skiplist"),
            // What might be too many is so, even if it is the same member again and again.
            (again, "skiplist"),
            (long, "skiplist"),
        ] {
            let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
            stage.run(&format!("ZADD z{elements}"));
            stage.play(&format!("> OBJECT ENCODING z\n\"{encoding}\""));
        }
        check(
            "> CONFIG SET zset-max-listpack-entries 1\nOK\n> ZADD z 1 a\n(integer) 1\n> OBJECT ENCODING z\n\"listpack\"
             > ZADD z 2 a\n(integer) 0\n> OBJECT ENCODING z\n\"listpack\"\n> ZADD z 1 b\n(integer) 1
             > OBJECT ENCODING z\n\"skiplist\"\n> ZREM z b\n(integer) 1\n> OBJECT ENCODING z\n\"skiplist\"",
        );
    }

    #[test]
    fn events_tell_what_has_changed() {
        check_events(&[
            ("ZADD z 1 a", "0 z zadd"),
            ("ZADD z 1 a", ""),
            ("ZADD z XX 2 b", ""),
            ("ZADD z 2 a", "0 z zadd"),
            ("ZINCRBY z 1 a", "0 z zincr"),
            ("ZADD z INCR 1 a", "0 z zincr"),
            ("ZINCRBY z 0 a", ""),
        ]);
    }

    #[test]
    fn errors_in_redis_order() {
        check(
            "> ZADD z NX XX 1 a\n(error) ERR XX and NX options at the same time are not compatible
             > ZADD z GT LT 1 a\n(error) ERR GT, LT, and/or NX options at the same time are not compatible
             > ZADD z NX GT 1 a\n(error) ERR GT, LT, and/or NX options at the same time are not compatible
             > ZADD z INCR 1 a 2 b\n(error) ERR INCR option supports a single increment-element pair
             > ZADD z NX XX 1\n(error) ERR syntax error\n> ZADD z NX XX CH\n(error) ERR syntax error
             > ZADD z 1 a x b\n(error) ERR value is not a valid float\n> ZADD z nan a\n(error) ERR value is not a valid float
             > EXISTS z\n(integer) 0\n> ZADD z 1\n(error) ERR wrong number of arguments for 'zadd' command
             > SET k v\nOK\n> ZADD k x a\n(error) ERR value is not a valid float
             > ZADD k 1 a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > ZINCRBY k 1 a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn resp3_has_doubles() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        assert_eq!(stage.run("ZADD z INCR 1.5 a"), Some(Frame::Double(1.5)));
        assert_eq!(stage.run("ZINCRBY z 1 a"), Some(Frame::Double(2.5)));
        assert_eq!(stage.run("ZADD z NX INCR 1 a"), Some(Frame::Null));
    }

    #[test]
    fn numbers_of_native_clients() {
        let replies = native([
            vec!["ZADD".into(), "z".into(), 1.into(), 7.into()],
            vec!["ZSCORE".into(), "z".into(), "7".into()],
        ]);
        assert_eq!(replies, [1.into(), "1".into()]);
    }
}
