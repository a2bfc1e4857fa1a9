//! Which entries a command leaves.

use kv_protocol::{Arg, Request};
use kv_types::{Kind, Record};

use super::entry::{self, Place};
use crate::command::{Command, Log};
use crate::event::Change;
use crate::keyspace::View;
use crate::session::SessionState;
use crate::{Ctx, rdb};

/// Notes what `command`, which ran for `request`, has changed: by that request or, where that would not do
/// the same again, by the changed keys' values.
#[cold]
#[inline(never)]
pub(crate) fn note(ctx: &mut Ctx<'_>, command: &Command, request: Request<'_>) {
    let place = place(ctx.session);
    match command.log {
        Log::Effect => note_values(&mut ctx.view, place),
        Log::Verbatim | Log::Nothing => {
            entry::request(&mut ctx.view.scratch.entries, place, request.iter());
        }
    }
}

/// Notes the request of `args` in place of the one that runs.
pub(crate) fn note_as<'a>(ctx: &mut Ctx<'_>, args: impl ExactSizeIterator<Item = &'a [u8]>) {
    let place = place(ctx.session);
    entry::request(&mut ctx.view.scratch.entries, place, args.map(Arg::Bytes));
}

/// Notes that what is over at `now` (milliseconds) at a key of database `db` was removed.
#[cold]
pub(crate) fn expired(entries: &mut Vec<u8>, db: usize, now: u64, key: &[u8]) {
    entry::expiry(entries, Place { db, now_us: now.saturating_mul(1000) }, key);
}

fn place(session: &SessionState) -> Place {
    Place { db: session.db, now_us: session.now_us }
}

/// Notes each key that was changed, as a whole.
fn note_values(view: &mut View<'_>, place: Place) {
    let changes = std::mem::take(&mut view.scratch.changes);
    let mut entries = std::mem::take(&mut view.scratch.entries);
    for (at, change) in changes.iter().enumerate() {
        if let Change::Key { db, key, .. } = change
            && !changes[..at].iter().any(|other| is_of(other, *db, key))
            && let Ok(found) = view.key_in(*db, key)
        {
            let place = Place { db: *db, ..place };
            match view.find(found) {
                Some(record) => note_value(&mut entries, place, record),
                None => note_words(&mut entries, place, &[b"DEL", key]),
            }
        }
    }
    view.scratch.entries = entries;
    view.scratch.changes = changes;
}

fn is_of(change: &Change, in_db: usize, of_key: &[u8]) -> bool {
    matches!(change, Change::Key { db, key, .. } if *db == in_db && **key == *of_key)
}

/// Notes the value in `record`.
fn note_value(entries: &mut Vec<u8>, place: Place, record: &Record) {
    let deadline = record.deadline().map(|at| at.to_string());
    let value = match record.kind() {
        Kind::String => Arg::Bytes(record.value()),
        Kind::Frame => Arg::Frame(record.value()),
        Kind::List | Kind::Hash | Kind::Set | Kind::Zset => {
            let deadline = deadline.as_deref().unwrap_or("0").as_bytes();
            // Collections can always be dumped.
            if let Ok(dump) = rdb::record::dump(record, place.now_us / 1000, false) {
                let words = [b"RESTORE", record.key(), deadline, &dump, b"REPLACE", b"ABSTTL"];
                note_words(entries, place, &words);
            }
            return;
        }
    };
    let words = [Arg::Bytes(b"SET"), Arg::Bytes(record.key()), value];
    match &deadline {
        None => entry::request(entries, place, words.into_iter()),
        Some(at) => {
            let [set, key, value] = words;
            let words = [set, key, value, Arg::Bytes(b"PXAT"), Arg::Bytes(at.as_bytes())];
            entry::request(entries, place, words.into_iter());
        }
    }
}

fn note_words(entries: &mut Vec<u8>, place: Place, words: &[&[u8]]) {
    entry::request(entries, place, words.iter().map(|word| Arg::Bytes(word)));
}
