//! What `SINTER`, `SUNION`, `SDIFF` and their `STORE` forms have in common.

use kv_protocol::{ReplyWriter, Request};
use kv_types::listpack::Value;
use kv_types::set::{self, SetRef};
use kv_types::{Kind, Record};
use smallvec::SmallVec;

use crate::command::{Access, KeySink, Keys};
use crate::commands::element::reply_element;
use crate::{Args, Ctx, Error, Event, Key};

/// The sets of one command in their order.
pub(super) type Sets<'s> = SmallVec<[SetRef<'s>; 4]>;

/// Shows the members of a combination of sets to a closure.
pub(super) type Combine = for<'s> fn(&[SetRef<'s>], &mut dyn FnMut(Value<'s>));

/// Keys of the commands that only read.
pub(super) const READ: Keys = Keys::Range { first: 1, last: -1, step: 1, access: Access::Read };

/// Keys of the commands that store: the destination, and what is read.
pub(super) const STORE: Keys = Keys::Custom { wire: (1, -1, 1), find: stored };

fn stored(request: Request<'_>, db: usize, sink: &mut KeySink) -> Result<(), Error> {
    sink.add(1, db, Access::Write);
    (2..request.len()).for_each(|at| sink.add(at, db, Access::Read));
    Ok(())
}

/// Takes `count` keys and returns the sets at them, without members where a key is missing.
pub(super) fn sets<'c>(
    ctx: &'c mut Ctx<'_>,
    args: &mut Args<'_>,
    count: usize,
) -> Result<Sets<'c>, Error> {
    let keys = (0..count).map(|_| args.key()).collect::<Result<SmallVec<[Key<'_>; 4]>, _>>()?;
    for key in &keys {
        ctx.collection(*key, Kind::Set)?;
    }
    let ctx: &'c Ctx<'_> = ctx;
    let set = |key: &Key<'_>| ctx.peek(*key).and_then(|record| SetRef::new(record, ctx.now()));
    Ok(keys.iter().map(|key| set(key).unwrap_or(SetRef::EMPTY)).collect())
}

/// Answers with a combination of the sets at all keys that are left.
pub(super) fn answer(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    combine: Combine,
) -> Result<(), Error> {
    let count = args.remaining();
    let sets = sets(ctx, args, count)?;
    let (open, mut count) = (out.begin_set(), 0);
    combine(&sets, &mut |member| {
        reply_element(member, out);
        count += 1;
    });
    out.end(open, count);
    Ok(())
}

/// How the result of a command that stores is come to.
pub(super) struct Stored {
    /// What is done to the sets.
    pub(super) combine: Combine,
    /// Which of the sets Redis would have copied, to take members away from the copy: the result is held
    /// in a way that has room for all of them.
    pub(super) copied: for<'s> fn(&[SetRef<'s>]) -> Option<SetRef<'s>>,
    /// What it is called that the result is stored.
    pub(super) event: Event,
}

/// Puts a combination of the sets at the other keys in place of whatever is at the first, which goes if
/// there is nothing to put there, and answers how many members it has.
pub(super) fn store(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    how: &Stored,
) -> Result<(), Error> {
    let destination = args.key()?;
    let (record, count) = result(ctx, args, destination, how)?;
    match record {
        Some(record) => ctx.put_record(destination, record, how.event)?,
        None => drop(ctx.remove(destination, Event::DEL)?),
    }
    out.int(count as i64);
    Ok(())
}

/// The record to be stored, unless the result has no members, and their number.
fn result(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    destination: Key<'_>,
    how: &Stored,
) -> Result<(Option<Record>, usize), Error> {
    let (limits, count) = (ctx.limits(), args.remaining());
    let sets = sets(ctx, args, count)?;
    let mut members = Vec::new();
    (how.combine)(&sets, &mut |member| members.push(member));
    if members.is_empty() {
        return Ok((None, 0));
    }
    let whole: Option<Vec<Value<'_>>> = (how.copied)(&sets).map(|set| set.iter().collect());
    let whole = whole.as_deref().unwrap_or(&members);
    let record = set::made_of(destination.bytes(), &members, whole, &limits);
    Ok((Some(record), members.len()))
}
