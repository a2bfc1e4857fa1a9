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
