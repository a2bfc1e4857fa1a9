//! What `SINTER`, `SUNION`, `SDIFF` and their `STORE` forms have in common.

use kv_protocol::{ReplyWriter, Request};
use kv_types::listpack::Value;
use kv_types::set::SetRef;
use kv_types::{Kind, Limits, Record};
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
pub(super) const STORE: Keys = Keys::Custom { wire: (1, -1, 1), movable: false, find: stored };

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

/// Makes the record of a key of a combination of sets.
pub(super) type Make = fn(&[u8], &[SetRef<'_>], &Limits) -> Record;

/// Puts a combination of the sets at the other keys in place of whatever is at the first, which goes if
/// there is nothing to put there, and answers how many members it has.
pub(super) fn store(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    make: Make,
    event: Event,
) -> Result<(), Error> {
    let (destination, limits) = (args.key()?, ctx.limits());
    let count = args.remaining();
    let record = make(destination.bytes(), &sets(ctx, args, count)?, &limits);
    out.int(SetRef::new(&record, ctx.now()).map_or(0, SetRef::len) as i64);
    match record.is_empty() {
        true => ctx.remove(destination, Event::DEL).map(drop),
        false => ctx.put_record(destination, record, event),
    }
}
