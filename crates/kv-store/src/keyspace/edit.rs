//! Changes of records, under the locks of a view.
//!
//! Bookkeeping is a consequence of the change: counts, memory, deadlines and observed changes are
//! kept by the few methods here that touch a table.

use bytes::Bytes;
use kv_types::{Kind, Record};

use super::SHARDS;
use super::database::{Database, Deadlines, Table};
use super::snapshot::swap_savings;
use super::trash::FREE_LATER;
use super::view::{Deadline, Key, Scratch, View};
use crate::Error;
use crate::ctx::Missing;
use crate::event::{Change, Event};
use crate::journal;

impl View<'_> {
    /// Lets `change` alter the live record at `key`, as `event`; it counts as an access. `None` if
    /// there is no such record; an error of `change` is passed on, and it must then have changed
    /// nothing.
    pub(crate) fn update<R>(
        &mut self,
        key: Key<'_>,
        event: Event,
        change: impl FnOnce(&mut Record) -> Result<R, Error>,
    ) -> Result<Option<R>, Error> {
        self.amend(key, |record| Ok((change(record)?, Some(event))))
    }

    /// As [`update`](View::update), of what may turn out to be no change: `change` also says which
    /// event it was, or none if the value means what it meant before.
    pub(crate) fn amend<R>(
        &mut self,
        key: Key<'_>,
        change: impl FnOnce(&mut Record) -> Result<(R, Option<Event>), Error>,
    ) -> Result<Option<R>, Error> {
        if !self.purge(key)? {
            return Ok(None);
        }
        let clock = self.clock();
        let (database, shard, table) = self.table_mut(key)?;
        let Some((record, _)) = table.get_mut(key.hash, |(r, _)| r.matches(key.bytes)) else {
            return Ok(None);
        };
        let audit = Audit::new(record, database, shard);
        let (result, event) = change(audit.record)?;
        audit.record.touch(clock);
        drop(audit);
        event.into_iter().for_each(|event| self.changed(key, event));
        Ok(Some(result))
    }

    /// The live record at `key`, to be overwritten ([`Record::overwrite`]) and no more: nothing else may
    /// change, for nothing else is counted. Whoever does says so by [`changed`](View::changed).
    #[inline]
    pub(crate) fn find_mut(&mut self, key: Key<'_>) -> Result<Option<&mut Record>, Error> {
        let now = self.now;
        let (_, _, table) = self.table_mut(key)?;
        let found = table.get_mut(key.hash, |(record, _)| record.matches(key.bytes));
        Ok(found.map(|(record, _)| record).filter(|record| !record.is_over(now)))
    }

    /// Sets the value at `key`, whatever was there; it counts as an access. A new deadline is a second
    /// event, as in Redis.
    #[inline]
    pub(crate) fn put(
        &mut self,
        key: Key<'_>,
        kind: Kind,
        value: &[u8],
        deadline: Deadline,
        event: Event,
    ) -> Result<(), Error> {
        let clock = self.clock();
        let (_, _, table) = self.table_mut(key)?;
        let Some((record, _)) = table.get_mut(key.hash, |(r, _)| r.matches(key.bytes)) else {
            return self.add(key, kind, value, deadline, event);
        };
        if matches!(deadline, Deadline::Clear | Deadline::Keep)
            && record.overwrite(kind, value, clock)
        {
            self.changed(key, event);
            return Ok(());
        }
        self.replace(key, kind, value, deadline, event)
    }

    /// Adds a value at `key`, where there is none, not even one whose time is over.
    fn add(
        &mut self,
        key: Key<'_>,
        kind: Kind,
        value: &[u8],
        deadline: Deadline,
        event: Event,
    ) -> Result<(), Error> {
        let at = match deadline {
            Deadline::At(at) => Some(at),
            Deadline::Keep | Deadline::Clear => None,
        };
        let record = Record::new(key.bytes, kind, value, at);
        record.touch(self.clock());
        let (database, shard, table) = self.table_mut(key)?;
        database.insert(shard, table, key.hash, record);
        self.changed_with(key, deadline, event);
        Ok(())
    }

    /// Sets the value at `key`, where there is one, where that changes what is counted: memory,
    /// deadlines.
    fn replace(
        &mut self,
        key: Key<'_>,
        kind: Kind,
        value: &[u8],
        deadline: Deadline,
        event: Event,
    ) -> Result<(), Error> {
        let (now, clock) = (self.now, self.clock());
        let (database, shard, table) = self.table_mut(key)?;
        let Some((record, _)) = table.get_mut(key.hash, |(r, _)| r.matches(key.bytes)) else {
            return self.add(key, kind, value, deadline, event);
        };
        let (memory, before) = (record.memory(), Deadlines::of(record));
        let over = record.is_over(now).then(|| ended(record, now));
        let after = match deadline {
            Deadline::Keep if over.is_none() => record.deadline(),
            Deadline::Keep | Deadline::Clear => None,
            Deadline::At(at) => Some(at),
        };
        let mut freed = None;
        if memory > FREE_LATER || (record.deadline().is_some() && after.is_none()) {
            let fresh = Record::new(key.bytes, kind, value, after);
            let old = std::mem::replace(record, fresh);
            if memory > FREE_LATER {
                freed = Some(old);
            }
        } else {
            record.set_value(kind, value);
            record.set_deadline(after);
        }
        record.touch(clock);
        database.count(shard, 0, record.memory() as i64 - memory as i64);
        database.count_deadlines(shard, before, Deadlines::of(record));
        if let Some(record) = freed {
            self.free_later(record);
        }
        if let Some(events) = over {
            self.expired(key, events);
        }
        self.changed_with(key, deadline, event);
        Ok(())
    }

    /// Notes a change of the value at `key`, and of its deadline if it was given a new one.
    fn changed_with(&mut self, key: Key<'_>, deadline: Deadline, event: Event) {
        self.changed(key, event);
        if let Deadline::At(_) = deadline {
            self.changed(key, Event::EXPIRE);
        }
    }

    /// As [`put`](View::put), of a value that its record takes over, with the allocation it is in.
    #[cold]
    pub(crate) fn put_received(
        &mut self,
        key: Key<'_>,
        kind: Kind,
        value: Bytes,
        allocated: usize,
        deadline: Deadline,
        event: Event,
    ) -> Result<(), Error> {
        self.purge(key)?;
        let after = match deadline {
            Deadline::Keep => self.find(key).and_then(Record::deadline),
            Deadline::Clear => None,
            Deadline::At(at) => Some(at),
        };
        let record = Record::adopt(key.bytes, kind, value, allocated, after);
        self.put_record(key, record, event)?;
        if let Deadline::At(_) = deadline {
            self.changed(key, Event::EXPIRE);
        }
        Ok(())
    }

    /// Puts `record` at `key`, which must be its key, in place of whatever was there; it counts as an
    /// access.
    pub(crate) fn put_record(
        &mut self,
        key: Key<'_>,
        record: Record,
        event: Event,
    ) -> Result<(), Error> {
        debug_assert_eq!(record.key(), key.bytes);
        // Not detached right away: a record whose time is over is to be announced as expired.
        if self.purge(key)? {
            self.detach(key)?;
        }
        record.touch(self.clock());
        let (database, shard, table) = self.table_mut(key)?;
        database.insert(shard, table, key.hash, record);
        self.changed(key, event);
        Ok(())
    }

    /// Removes the live record at `key`, as `event`; whether there was one.
    pub(crate) fn remove(&mut self, key: Key<'_>, event: Event) -> Result<bool, Error> {
        if !self.purge(key)? {
            return Ok(false);
        }
        self.detach(key)?;
        self.changed(key, event);
        Ok(true)
    }

    /// Lets `change` alter the collection of `kind` at `key`; see
    /// [`Ctx::update_collection`](crate::Ctx::update_collection).
    #[inline]
    pub(crate) fn update_collection<R>(
        &mut self,
        key: Key<'_>,
        kind: Kind,
        missing: Missing,
        change: impl FnOnce(&mut Record) -> Result<(R, &'static [Event]), Error>,
    ) -> Result<Option<R>, Error> {
        let (now, clock) = (self.now, self.clock());
        let (database, shard, table) = self.table_mut(key)?;
        let found = table.get_mut(key.hash, |(record, _)| record.matches(key.bytes));
        let Some((record, _)) = found else {
            return match missing {
                Missing::Leave => Ok(None),
                Missing::Create => self.create_collection(key, kind, change).map(Some),
            };
        };
        if record.is_over(now) || record.has_due_elements(now) {
            self.purge(key)?;
            self.expire_elements(key)?;
            return self.update_collection(key, kind, missing, change);
        }
        // Who meets another type has used the key all the same.
        record.touch(clock);
        if record.kind() != kind {
            return Err(Error::WrongType);
        }
        let audit = Audit::new(record, database, shard);
        let (result, events) = change(audit.record)?;
        let is_empty = audit.record.is_empty();
        drop(audit);
        events.iter().for_each(|&event| self.changed(key, event));
        if is_empty {
            self.detach(key)?;
            self.changed(key, Event::DEL);
        }
        Ok(Some(result))
    }

    /// Makes a collection at `key`, where there is no record, unless `change` leaves it empty; if that has
    /// events all the same, elements came and went.
    fn create_collection<R>(
        &mut self,
        key: Key<'_>,
        kind: Kind,
        change: impl FnOnce(&mut Record) -> Result<(R, &'static [Event]), Error>,
    ) -> Result<R, Error> {
        let mut record = Record::collection(key.bytes, kind, None);
        let (result, events) = change(&mut record)?;
        let is_empty = record.is_empty();
        if !is_empty {
            record.touch(self.clock());
            let (database, shard, table) = self.table_mut(key)?;
            database.insert(shard, table, key.hash, record);
        }
        events.iter().for_each(|&event| self.changed(key, event));
        if is_empty && !events.is_empty() {
            self.changed(key, Event::DEL);
        }
        Ok(result)
    }

    /// Removes the elements at `key` whose time is over; others are left.
    #[cold]
    fn expire_elements(&mut self, key: Key<'_>) -> Result<(), Error> {
        let now = self.now;
        let (database, shard, table) = self.table_mut(key)?;
        if let Some((record, _)) = table.get_mut(key.hash, |(r, _)| r.matches(key.bytes)) {
            let event = elements_event(record);
            if expire_elements(record, database, shard, now) > 0 {
                self.changed(key, event);
                self.note_expired(key, 1);
            }
        }
        Ok(())
    }

    /// Removes what is over at `key` at this time: the record, or elements of its value.
    pub(crate) fn expire(&mut self, key: Key<'_>) -> Result<(), Error> {
        if self.purge(key)? { self.expire_elements(key) } else { Ok(()) }
    }

    /// Removes the record at `key` if its time is over. Whether a live record is there now.
    pub(crate) fn purge(&mut self, key: Key<'_>) -> Result<bool, Error> {
        let table = self.scratch.locks[key.lock as usize].table();
        match table.get(key.hash, |(record, _)| record.matches(key.bytes)) {
            None => Ok(false),
            Some((record, _)) if !record.is_over(self.now) => Ok(true),
            Some((record, _)) => {
                let events = ended(record, self.now);
                self.detach(key)?;
                self.expired(key, events);
                Ok(false)
            }
        }
    }

    /// Takes the record at `key` out of its table, live or not.
    fn detach(&mut self, key: Key<'_>) -> Result<(), Error> {
        let (database, shard, table) = self.table_mut(key)?;
        if let Some(record) = database.remove(shard, table, key.hash, key.bytes)
            && record.memory() > FREE_LATER
        {
            self.free_later(record);
        }
        Ok(())
    }

    /// The table that `key` is in or would be in, to be changed there, with its database and number.
    #[inline]
    fn table_mut(&mut self, key: Key<'_>) -> Result<(&Database, usize, &mut Table), Error> {
        if self.keyspace.is_saving() {
            self.keep(key);
        }
        let lock = &mut self.scratch.locks[key.lock as usize];
        let database = self.keyspace.database(lock.db as usize);
        Ok((database, usize::from(lock.shard), lock.table_mut()?))
    }

    #[cold]
    fn free_later(&mut self, record: Record) {
        self.scratch.garbage.records.push(record);
    }

    /// Empties every locked database; the records are freed when the locks are gone. How many records
    /// there were; if they are to be counted, without those whose time is over. Freed `at_once`, they
    /// are so before the command ends, even where that is left to others otherwise.
    pub(crate) fn clear(&mut self, count: bool, at_once: bool) -> Result<u64, Error> {
        let (keyspace, now) = (self.keyspace, self.now);
        let Scratch { locks, garbage, changes, .. } = &mut *self.scratch;
        let mut cleared = 0;
        for lock in locks {
            let (db, shard) = (lock.db as usize, usize::from(lock.shard));
            let database = keyspace.database(db);
            // Which are over is only known by looking at all: that is left out where nobody asks.
            let over = match count && database.has_due(shard, now) {
                true => {
                    super::scan::records(lock.table()).filter(|record| record.is_over(now)).count()
                }
                false => 0,
            };
            let table = database.take(shard, lock.table_mut()?);
            cleared += (table.len() - over) as u64;
            let table = match &*database.saving.read() {
                Some(saving) => saving.keep_table(shard, table),
                None => Some(table),
            };
            garbage.tables.extend(table.filter(|table| table.buckets() > 1));
            // When a database's last shard is empty, its counts are cleared once.
            if shard == SHARDS - 1 {
                database.clear_counts();
                if self.observed {
                    changes.push(Change::Flushed { db });
                }
            }
        }
        garbage.at_once = at_once && !garbage.tables.is_empty();
        self.changes += cleared;
        Ok(cleared)
    }

    /// Exchanges two databases, all of whose shards are locked, and nothing else is.
    pub(crate) fn swap(&mut self) -> Result<(), Error> {
        debug_assert_eq!(self.scratch.locks.len(), 2 * SHARDS);
        let (first, second) = self.scratch.locks.split_at_mut(SHARDS);
        let (a, b) = (first[0].db as usize, second[0].db as usize);
        let (ours, theirs) = (self.keyspace.database(a), self.keyspace.database(b));
        for (shard, (first, second)) in first.iter_mut().zip(second.iter_mut()).enumerate() {
            std::mem::swap(first.table_mut()?, second.table_mut()?);
            ours.whereabouts(shard).note(first.table());
            theirs.whereabouts(shard).note(second.table());
        }
        ours.swap_counts(theirs);
        swap_savings((a, ours), (b, theirs));
        if self.observed {
            self.scratch.changes.push(Change::Swapped { first: a, second: b });
        }
        self.changes += 1;
        Ok(())
    }

    #[cold]
    fn expired(&mut self, key: Key<'_>, events: &[Event]) {
        self.expired += 1;
        events.iter().for_each(|&event| self.changed(key, event));
        self.note_expired(key, events.len());
    }

    /// Notes for the journal what was removed at `key` because its time is over, which was so many changes.
    fn note_expired(&mut self, key: Key<'_>, changes: usize) {
        self.noted += changes as u64;
        if self.keyspace.journal.get().is_some() {
            let db = self.scratch.locks[key.lock as usize].db as usize;
            journal::expired(&mut self.scratch.entries, db, self.now, key.bytes);
        }
    }

    /// Notes that the record at `key` has changed, as `event`.
    #[inline]
    pub(crate) fn changed(&mut self, key: Key<'_>, event: Event) {
        self.changes += 1;
        if self.observed {
            let db = self.scratch.locks[key.lock as usize].db as usize;
            self.scratch.changes.push(Change::Key { db, key: key.bytes.into(), event });
        }
    }
}

/// How a record has ended whose time is over at `now`: the key's, or that of all its elements.
#[cold]
pub(super) fn ended(record: &Record, now: u64) -> &'static [Event] {
    match (record.deadline(), record.kind()) {
        (Some(at), _) if now > at => &[Event::EXPIRED],
        (_, Kind::Set) => &[Event::SEXPIRED, Event::DEL],
        _ => &[Event::HEXPIRED, Event::DEL],
    }
}

/// The event that elements of `record` have ended.
pub(super) fn elements_event(record: &Record) -> Event {
    if record.kind() == Kind::Set { Event::SEXPIRED } else { Event::HEXPIRED }
}

/// Removes the elements of `record`, in `shard`, whose time is over; how many.
pub(super) fn expire_elements(
    record: &mut Record,
    database: &Database,
    shard: usize,
    now: u64,
) -> usize {
    let audit = Audit::new(record, database, shard);
    audit.record.large_mut().map_or(0, |mut large| large.expire(now))
}

/// Keeps the books of a record that somebody else's code changes, even if that code panics.
struct Audit<'r> {
    record: &'r mut Record,
    database: &'r Database,
    shard: usize,
    memory: usize,
    deadlines: Option<Deadlines>,
}

impl<'r> Audit<'r> {
    fn new(record: &'r mut Record, database: &'r Database, shard: usize) -> Audit<'r> {
        let (memory, deadlines) = (record.memory(), Deadlines::of(record));
        Audit { record, database, shard, memory, deadlines }
    }
}

impl Drop for Audit<'_> {
    fn drop(&mut self) {
        let grown = self.record.memory() as i64 - self.memory as i64;
        self.database.count(self.shard, 0, grown);
        let deadlines = Deadlines::of(self.record);
        self.database.count_deadlines(self.shard, self.deadlines, deadlines);
    }
}
