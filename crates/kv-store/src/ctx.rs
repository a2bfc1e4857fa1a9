//! What a handler works with: its keys, under the locks the plan has taken, and its session.

use bytes::Bytes;
use kv_protocol::{Arg, Protocol, ReplyWriter};
use kv_types::{Kind, Limits, Record, ValueBuf, integer};

use crate::event::Event;
use crate::journal;
use crate::keyspace::{Deadline, Key, View};
use crate::session::{Rest, SessionState};
use crate::settings::PROTO_MAX_BULK_LEN;
use crate::stats::Count;
use crate::{Error, Store};

/// The latest deadline a key can have, in Unix milliseconds: what 63 bits hold.
pub(crate) const LATEST: u64 = i64::MAX as u64;

/// A value from so many bytes on is not copied if it fills the buffer that it was received in.
const ADOPT_MIN: usize = 64 << 10;

/// The buffer that holds the requests of a batch.
///
/// A value that fills most of it is not copied: the record takes over its part of the buffer.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    /// Bytes of memory that the buffer takes.
    pub(crate) allocated: usize,
}

impl Received {
    /// The part of the buffer that `value` is, if it is a part of it, and takes so much of it that
    /// little memory is lost with the rest.
    fn slice_of(&self, value: &[u8]) -> Option<Bytes> {
        let (whole, part) = (self.bytes.as_ptr_range(), value.as_ptr_range());
        let inside = whole.start <= part.start && part.end <= whole.end;
        let fills = value.len() >= self.allocated - self.allocated / 8;
        (inside && fills).then(|| self.bytes.slice_ref(value))
    }
}

/// Elements of a reply from so many on are [left to be written later](Ctx::reply_later), where the collection
/// is one that can be cloned at little cost.
pub(crate) const LATER: usize = 1000;

/// What becomes of a collection that is not there when it is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It is made, unless it stays empty.
    Create,
    /// Nothing.
    Leave,
}

/// A running command's view of the store.
///
/// Every method that changes a key takes the [`Event`] that the change is; counts, memory, deadlines
/// and observers follow from it.
pub struct Ctx<'s> {
    pub(crate) store: &'s Store,
    pub(crate) session: &'s mut SessionState,
    pub(crate) view: View<'s>,
}

impl Ctx<'_> {
    /// The time this command runs at, in Unix milliseconds. It stands still while the command runs.
    #[inline]
    pub fn now(&self) -> u64 {
        self.view.now()
    }

    /// The session's database.
    pub fn db(&self) -> usize {
        self.session.db
    }

    /// The number of a database, if there is one of that number.
    ///
    /// # Errors
    /// [`Error::NoSuchDatabase`] if there is none.
    pub(crate) fn database(&self, number: i32) -> Result<usize, Error> {
        let db = usize::try_from(number).ok().filter(|&db| db < self.view.databases());
        db.ok_or(Error::NoSuchDatabase)
    }

    /// Whether the key exists.
    #[inline]
    pub fn exists(&self, key: Key<'_>) -> bool {
        self.view.find(key).is_some()
    }

    /// The record at `key`, looked at from outside: not counted as an access to it.
    #[inline]
    pub(crate) fn peek(&self, key: Key<'_>) -> Option<&Record> {
        self.view.find(key)
    }

    /// The record at `key`, looked up for what is known about it: counted as a hit or a miss, not as
    /// an access.
    #[inline]
    pub(crate) fn look(&mut self, key: Key<'_>) -> Option<&Record> {
        let record = self.view.find(key);
        match record {
            Some(_) => self.session.stats.add(Count::Hits, 1),
            None => self.session.stats.add(Count::Misses, 1),
        }
        record
    }

    /// The record at `key`, read for its value: counted as a hit or a miss and as an access.
    #[inline]
    pub(crate) fn read(&mut self, key: Key<'_>) -> Option<&Record> {
        let (clock, touch) = (self.view.clock(), !self.session.no_touch);
        let record = self.look(key)?;
        if touch {
            record.touch(clock);
        }
        Some(record)
    }

    /// The string at `key`. A number that a native client stored reads as its text.
    ///
    /// # Errors
    /// [`Error::WrongType`] for any other kind of value.
    #[inline]
    pub fn string(&mut self, key: Key<'_>) -> Result<Option<&[u8]>, Error> {
        self.read(key).map(text_of).transpose()
    }

    /// The integer at `key`: a canonical decimal string, or a number that a native client stored.
    ///
    /// # Errors
    /// [`Error::WrongType`] for any other kind of value, [`Error::NotInteger`] for other strings.
    pub fn int(&mut self, key: Key<'_>) -> Result<Option<i64>, Error> {
        let Some(text) = self.string(key)? else { return Ok(None) };
        integer::parse(text).map(Some).ok_or(Error::NotInteger)
    }

    /// Sets the string at `key`, whatever was there; a time to live is taken away.
    ///
    /// # Errors
    /// [`Error::UndeclaredKey`] if the command declared the key as read only.
    pub fn set(&mut self, key: Key<'_>, value: &[u8]) -> Result<(), Error> {
        self.put(key, Arg::Bytes(value), Deadline::Clear, Event::SET)
    }

    /// Sets the value at `key`, whatever was there, with a choice of what its time to live becomes.
    ///
    /// # Errors
    /// As [`set`](Ctx::set).
    #[inline]
    pub fn put(
        &mut self,
        key: Key<'_>,
        value: Arg<'_>,
        deadline: Deadline,
        event: Event,
    ) -> Result<(), Error> {
        let (kind, bytes) = match value {
            Arg::Bytes(bytes) => (Kind::String, bytes),
            Arg::Frame(bytes) => (Kind::Frame, bytes),
        };
        let deadline = match deadline {
            Deadline::At(at) => Deadline::At(at.min(LATEST)),
            other => other,
        };
        if bytes.len() >= ADOPT_MIN {
            return self.put_large(key, kind, bytes, deadline, event);
        }
        self.view.put(key, kind, bytes, deadline, event)
    }

    /// Sets a value that stays in the buffer it was received in, if it is nearly all there is in it.
    #[inline(never)]
    fn put_large(
        &mut self,
        key: Key<'_>,
        kind: Kind,
        bytes: &[u8],
        deadline: Deadline,
        event: Event,
    ) -> Result<(), Error> {
        if let Some(received) = &self.session.received
            && let Some(value) = received.slice_of(bytes)
        {
            return self.view.put_received(key, kind, value, received.allocated, deadline, event);
        }
        self.view.put(key, kind, bytes, deadline, event)
    }

    /// Removes the key; whether it was there.
    ///
    /// # Errors
    /// As [`set`](Ctx::set).
    pub fn remove(&mut self, key: Key<'_>, event: Event) -> Result<bool, Error> {
        self.view.remove(key, event)
    }

    /// When the key ends, in Unix milliseconds: `None` if there is no key, `Some(None)` if it stays.
    pub fn deadline(&self, key: Key<'_>) -> Option<Option<u64>> {
        self.view.find(key).map(Record::deadline)
    }

    /// Sets or takes away when the key ends, in Unix milliseconds; whether the key was there.
    ///
    /// # Errors
    /// As [`set`](Ctx::set).
    pub fn set_deadline(
        &mut self,
        key: Key<'_>,
        deadline: Option<u64>,
        event: Event,
    ) -> Result<bool, Error> {
        let change = |record: &mut Record| {
            record.set_deadline(deadline.map(|at| at.min(LATEST)));
            Ok(())
        };
        Ok(self.view.update(key, event, change)?.is_some())
    }

    /// Replaces the integer at `key` by what `next` makes of it, and returns that. `next` is given
    /// `None` if there is no key. The time to live stays. A number stays a number, a string a string.
    ///
    /// # Errors
    /// [`Error::WrongType`] for another kind of value, [`Error::NotInteger`] for a string that is no
    /// integer, and any error of `next`; nothing is changed then.
    pub fn try_update_int(
        &mut self,
        key: Key<'_>,
        next: impl FnOnce(Option<i64>) -> Result<i64, Error>,
    ) -> Result<i64, Error> {
        let mut digits = itoa::Buffer::new();
        let mut frame = [0; integer::MAX_LEN + 3];
        let clock = self.view.clock();
        let (number, kind, value) = match self.view.find_mut(key)? {
            None => {
                let number = next(None)?;
                (number, Kind::String, digits.format(number).as_bytes())
            }
            Some(record) => {
                let now = integer::parse(text_of(record)?).ok_or(Error::NotInteger)?;
                let (number, kind) = (next(Some(now))?, record.kind());
                let value = match (kind, digits.format(number).as_bytes()) {
                    (Kind::Frame, text) => integer_frame(text, &mut frame),
                    (_, text) => text,
                };
                if record.overwrite(kind, value, clock) {
                    self.view.changed(key, Event::INCRBY);
                    return Ok(number);
                }
                (number, kind, value)
            }
        };
        self.view.put(key, kind, value, Deadline::Keep, Event::INCRBY)?;
        Ok(number)
    }

    /// [`try_update_int`](Ctx::try_update_int) for a `next` that cannot fail; a missing key counts
    /// as 0.
    ///
    /// # Errors
    /// As there.
    pub fn update_int(
        &mut self,
        key: Key<'_>,
        next: impl FnOnce(i64) -> i64,
    ) -> Result<i64, Error> {
        self.try_update_int(key, |now| Ok(next(now.unwrap_or(0))))
    }

    /// Lets `edit` change the bytes of the string at `key`, which is made if it is missing. The time
    /// to live stays.
    ///
    /// # Errors
    /// [`Error::WrongType`] for another kind of value.
    pub fn edit<R>(
        &mut self,
        key: Key<'_>,
        event: Event,
        edit: impl FnOnce(&mut ValueBuf) -> R,
    ) -> Result<R, Error> {
        self.edit_if(key, event, |value| (edit(value), true))
    }

    /// As [`edit`](Ctx::edit), of what may turn out to be no change: there is an event if `edit` says,
    /// beside its result, that it has made one, or if there was no key.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn edit_if<R>(
        &mut self,
        key: Key<'_>,
        event: Event,
        edit: impl FnOnce(&mut ValueBuf) -> (R, bool),
    ) -> Result<R, Error> {
        if !self.view.purge(key)? {
            let mut record = Record::new(key.bytes(), Kind::String, b"", None);
            let (result, _) = record.edit(edit);
            self.view.put_record(key, record, event)?;
            return Ok(result);
        }
        let change = |record: &mut Record| {
            make_string(record)?;
            let (result, changed) = record.edit(edit);
            Ok((result, changed.then_some(event)))
        };
        // `purge` has just said that the key is there, and the lock is still held.
        self.view.amend(key, change)?.ok_or(Error::NoSuchKey)
    }

    /// As [`edit_if`](Ctx::edit_if), of a string that is first filled up to `len` bytes with zeros and
    /// then does not change its length: in place, if it was as long. There also is an event if it has
    /// grown.
    ///
    /// # Errors
    /// [`Error::WrongType`] for another kind of value.
    pub(crate) fn edit_filled<R>(
        &mut self,
        key: Key<'_>,
        len: usize,
        event: Event,
        edit: impl FnOnce(&mut [u8]) -> (R, bool),
    ) -> Result<R, Error> {
        if !self.view.purge(key)? {
            let mut record = Record::new(key.bytes(), Kind::String, b"", None);
            let (result, _) = edit_grown(&mut record, len, edit);
            self.view.put_record(key, record, event)?;
            return Ok(result);
        }
        let change = |record: &mut Record| {
            make_string(record)?;
            if record.value().len() < len {
                let (result, _) = edit_grown(record, len, edit);
                return Ok((result, Some(event)));
            }
            let (result, changed) = record.edit_in_place(edit);
            Ok((result, changed.then_some(event)))
        };
        self.view.amend(key, change)?.ok_or(Error::NoSuchKey)
    }

    /// Longest string a value may become, in bytes.
    pub(crate) fn max_string(&self) -> usize {
        self.store.settings().number(&PROTO_MAX_BULK_LEN) as usize
    }

    /// Answers a write of `count` values: the native dialect counts them, Redis says `OK`.
    #[inline]
    pub(crate) fn acknowledge(&self, count: usize, out: &mut ReplyWriter<'_>) {
        match out.protocol() {
            Protocol::Native => out.int(count as i64),
            Protocol::Resp2 | Protocol::Resp3 => out.ok(),
        }
    }

    /// Answers the string or frame in `record`, or a null.
    ///
    /// # Errors
    /// [`Error::WrongType`] for a collection; nothing is written then.
    #[inline]
    pub(crate) fn reply_value(
        record: Option<&Record>,
        out: &mut ReplyWriter<'_>,
    ) -> Result<(), Error> {
        let Some(record) = record else {
            out.null();
            return Ok(());
        };
        match record.short_string() {
            Some(value) => out.bulk(value),
            None => return Ctx::reply_other(record, out),
        }
        Ok(())
    }

    fn reply_other(record: &Record, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
        match (record.kind(), record.shared()) {
            (Kind::String, Some(value)) => out.bulk_shared(value),
            (Kind::String, None) => out.bulk(record.value()),
            (Kind::Frame, _) => out.raw_frame(record.value()),
            _ => return Err(Error::WrongType),
        }
        Ok(())
    }

    /// The collection of `kind` at `key`, read for its elements: counted as a hit or a miss and as an
    /// access.
    ///
    /// # Errors
    /// [`Error::WrongType`] for any other kind of value.
    #[inline]
    pub(crate) fn collection(
        &mut self,
        key: Key<'_>,
        kind: Kind,
    ) -> Result<Option<&Record>, Error> {
        match self.read(key) {
            Some(record) if record.kind() != kind => Err(Error::WrongType),
            found => Ok(found),
        }
    }

    /// Lets `change` alter the collection of `kind` at `key`, which is made, empty, if it is
    /// [`Missing::Create`]. `change` tells its result and what events its change was: none if it
    /// changed nothing. A collection that is left without elements is removed, which is the event `del`.
    ///
    /// Elements whose time is over are gone before `change` sees the record. `None` if the key is
    /// missing and was to be left so.
    ///
    /// # Errors
    /// [`Error::WrongType`] for any other kind of value; an error of `change`, which must then have
    /// changed nothing.
    #[inline]
    pub(crate) fn update_collection<R>(
        &mut self,
        key: Key<'_>,
        kind: Kind,
        missing: Missing,
        change: impl FnOnce(&mut Record, &Limits) -> Result<(R, &'static [Event]), Error>,
    ) -> Result<Option<R>, Error> {
        let limits = self.session.limits.get(self.store.settings());
        self.view.update_collection(key, kind, missing, |record| change(record, limits))
    }

    /// Puts `record` at `key`, which must be its key, in place of whatever was there.
    ///
    /// # Errors
    /// [`Error::UndeclaredKey`] if the command declared the key as read only.
    pub(crate) fn put_record(
        &mut self,
        key: Key<'_>,
        record: Record,
        event: Event,
    ) -> Result<(), Error> {
        self.view.put_record(key, record, event)
    }

    /// Leaves the rest of a long reply to be written when the locks are gone.
    pub(crate) fn reply_later(&mut self, rest: impl Rest + 'static) {
        self.session.rest = Some(Box::new(rest));
    }

    /// Up to where collections stay packed, by the settings there are now.
    #[inline]
    pub(crate) fn limits(&mut self) -> Limits {
        *self.session.limits.get(self.store.settings())
    }

    /// Logs the command of these words (its name and arguments) in place of the one that runs, as what that
    /// has come to; several calls make several commands, run again one after the other. See
    /// [`Log::Effect`](crate::Log::Effect).
    ///
    /// It is to be called when the changes have been made, and does nothing if none were.
    pub fn log_as<'a>(
        &mut self,
        words: impl IntoIterator<IntoIter: ExactSizeIterator<Item = &'a [u8]>>,
    ) {
        if self.is_logged() && self.view.is_to_note() {
            journal::note_as(self, words.into_iter());
            self.view.set_noted();
        }
    }

    /// Whether what the command does is to be logged.
    pub(crate) fn is_logged(&self) -> bool {
        self.store.keyspace.journal.get().is_some()
    }

    /// Answers `part`, which lies in the value of `record`.
    pub(crate) fn reply_part(record: &Record, part: &[u8], out: &mut ReplyWriter<'_>) {
        match record.shared() {
            // A reply that waits for its reader keeps the whole value in memory: of what is kept, at
            // least half is what the client has asked for.
            Some(value) if part.len() >= value.len() / 2 => {
                out.bulk_shared(&value.slice_ref(part));
            }
            _ => out.bulk(part),
        }
    }
}

/// Lets `edit` change the value of `record`, filled up to `len` bytes with zeros.
fn edit_grown<R>(record: &mut Record, len: usize, edit: impl FnOnce(&mut [u8]) -> R) -> R {
    record.edit(|value| {
        value.resize(len, 0);
        edit(value)
    })
}

/// Makes a string of a scalar that a native client stored.
///
/// # Errors
/// [`Error::WrongType`] for other kinds of values; nothing is changed then.
pub(crate) fn make_string(record: &mut Record) -> Result<(), Error> {
    if record.kind() != Kind::String {
        let text = text_of(record)?.to_vec();
        record.set_value(Kind::String, &text);
    }
    Ok(())
}

/// The text of a string, or of a scalar that a native client stored.
///
/// # Errors
/// [`Error::WrongType`] for arrays, dictionaries, nulls and collections.
#[inline]
pub(crate) fn text_of(record: &Record) -> Result<&[u8], Error> {
    match record.short_string() {
        Some(text) => Ok(text),
        None => text_of_other(record),
    }
}

fn text_of_other(record: &Record) -> Result<&[u8], Error> {
    match record.kind() {
        Kind::String => Ok(record.value()),
        Kind::Frame => Arg::Frame(record.value()).text().ok_or(Error::WrongType),
        Kind::List | Kind::Hash | Kind::Set | Kind::Zset => Err(Error::WrongType),
    }
}

/// `:digits\r\n` in `buffer`.
fn integer_frame<'b>(digits: &[u8], buffer: &'b mut [u8; integer::MAX_LEN + 3]) -> &'b [u8] {
    let end = 1 + digits.len();
    buffer[0] = b':';
    buffer[1..end].copy_from_slice(digits);
    buffer[end..end + 2].copy_from_slice(b"\r\n");
    &buffer[..end + 2]
}
