//! Commands on lists.

pub(super) mod lindex;
pub(super) mod linsert;
pub(super) mod llen;
pub(super) mod lmove;
pub(super) mod lmpop;
pub(super) mod lpos;
pub(super) mod lrange;
pub(super) mod lrem;
pub(super) mod lset;
pub(super) mod ltrim;
pub(super) mod pop;
pub(super) mod push;

use kv_protocol::ReplyWriter;
use kv_types::list::{End, ListMut, ListRef};
use kv_types::listpack::Value;
use kv_types::{Kind, Record};

use crate::command::Arg;
use crate::commands::element::reply_element;
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event, Key};

/// An end, as commands name it.
const END: [Arg; 2] = [Arg::Token("LEFT"), Arg::Token("RIGHT")];

/// Takes an end.
fn end(args: &mut Args<'_>) -> Result<End, Error> {
    match args.one_of(&["LEFT", "RIGHT"]) {
        Some("LEFT") => Ok(End::Front),
        Some(_) => Ok(End::Back),
        None => Err(Error::Syntax),
    }
}

/// The list at `key`, read for its elements; `None` if the key is missing.
fn list<'c>(ctx: &'c mut Ctx<'_>, key: Key<'_>) -> Result<Option<ListRef<'c>>, Error> {
    Ok(ctx.collection(key, Kind::List)?.map(ListRef::of))
}

/// Lets `change` alter the list at `key`, and tell whether it did, as `event`; `None` if the key is missing
/// and is to be left so.
fn update<R>(
    ctx: &mut Ctx<'_>,
    key: Key<'_>,
    missing: Missing,
    event: &'static [Event],
    change: impl FnOnce(&mut ListMut<'_>) -> Result<(R, bool), Error>,
) -> Result<Option<R>, Error> {
    ctx.update_collection(key, Kind::List, missing, |record: &mut Record, limits| {
        let (result, changed) = change(&mut ListMut::new(record, limits.list))?;
        Ok((result, if changed { event } else { &[] }))
    })
}

/// Adds `elements` at an end of the list at `key`, one after the other; its length then, or `None` if it is
/// missing and is to be left so. (Who waits for elements of the list is woken by the event.)
fn push(
    ctx: &mut Ctx<'_>,
    key: Key<'_>,
    end: End,
    missing: Missing,
    elements: &[&[u8]],
) -> Result<Option<usize>, Error> {
    let event: &[Event] = match end {
        End::Front => &[Event::LPUSH],
        End::Back => &[Event::RPUSH],
    };
    update(ctx, key, missing, event, |list| Ok((list.push(end, elements), true)))
}

/// The event that elements are taken from an end.
fn popped(end: End) -> &'static [Event] {
    match end {
        End::Front => &[Event::LPOP],
        End::Back => &[Event::RPOP],
    }
}

/// Takes an element from an end of the list at `key`, and shows it to `take`. Whether there is such a list.
fn pop(
    ctx: &mut Ctx<'_>,
    key: Key<'_>,
    end: End,
    take: impl FnOnce(Value<'_>),
) -> Result<bool, Error> {
    let popped = update(ctx, key, Missing::Leave, popped(end), |list| {
        list.pop(end, take);
        Ok(((), true))
    })?;
    Ok(popped.is_some())
}

/// Takes at most `count` elements from an end of the list at `key`, and answers them in an array, behind what
/// `begin` writes. Whether there is such a list; nothing is written if not.
fn pop_many(
    ctx: &mut Ctx<'_>,
    key: Key<'_>,
    end: End,
    count: usize,
    out: &mut ReplyWriter<'_>,
    begin: impl FnOnce(&mut ReplyWriter<'_>),
) -> Result<bool, Error> {
    let popped = update(ctx, key, Missing::Leave, popped(end), |list| {
        let count = count.min(list.view().len());
        begin(out);
        out.array(count);
        for _ in 0..count {
            list.pop(end, |element| reply_element(element, out));
        }
        Ok(((), count > 0))
    })?;
    Ok(popped.is_some())
}

/// The number of the element that `index` means, from the end if it is negative.
fn position(index: i64, len: usize) -> Option<usize> {
    let at = if index < 0 { index.checked_add_unsigned(len as u64)? } else { index };
    usize::try_from(at).ok().filter(|&at| at < len)
}
