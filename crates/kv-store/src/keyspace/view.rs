//! The view: what one command sees of the keyspace.
//!
//! A view holds the locks of the shards that the command's keys live in: one shard, or several
//! taken in ascending order of (database, shard), shared where keys are only read, exclusive where
//! they may change. It is made once per command, before the handler runs, and it is the only way to
//! a record; so a handler cannot take a lock, and cannot deadlock.
//!
//! Bookkeeping is a consequence of the change: counts, memory, deadlines and observed changes are
//! kept by the few methods here that touch a table.

use std::cell::Cell;

use kv_protocol::Request;
use kv_types::{Kind, Record};
use smallvec::SmallVec;

use super::database::{Database, ReadGuard, Slot, Table, WriteGuard};
use super::{Keyspace, SHARDS};
use crate::Error;
use crate::command::{Access, KeySink};
use crate::event::{Change, Event};

/// A record freed by a command is freed after its locks are dropped if it takes more bytes than this.
const FREE_LATER: usize = 16 << 10;

/// A key of the running command: its bytes, and where its record is or would be.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    bytes: &'a [u8],
    planned: PlannedKey,
}

impl<'a> Key<'a> {
    pub(crate) fn new(bytes: &'a [u8], planned: PlannedKey) -> Key<'a> {
        Key { bytes, planned }
    }

    /// The key's bytes.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// A key argument that the plan has hashed and locked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedKey {
    /// Position of the argument.
    pub(crate) at: usize,
    hash: u64,
    /// Index of the lock it lives under.
    lock: u32,
}

/// What becomes of a key's time to live when its value is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// It stays as it is.
    Keep,
    /// The key has none any more.
    Clear,
    /// The key ends at this Unix time in milliseconds.
    At(u64),
}

enum Guard<'s> {
    Shared(ReadGuard<'s>),
    Exclusive(WriteGuard<'s>),
}

struct Lock<'s> {
    db: usize,
    shard: usize,
    database: &'s Database,
    guard: Guard<'s>,
}

impl<'s> Lock<'s> {
    #[inline]
    fn take(database: &'s Database, db: usize, shard: usize, access: Access) -> Lock<'s> {
        let guard = match access {
            Access::Read => Guard::Shared(database.read(shard)),
            Access::Write => Guard::Exclusive(database.write(shard)),
        };
        Lock { db, shard, database, guard }
    }

    #[inline]
    fn table(&self) -> &Table {
        match &self.guard {
            Guard::Shared(guard) => guard,
            Guard::Exclusive(guard) => guard,
        }
    }

    /// The table to change. That the lock is exclusive is what `Access::Write` declared.
    #[inline]
    fn table_mut(&mut self) -> Result<&mut Table, Error> {
        match &mut self.guard {
            Guard::Exclusive(guard) => Ok(guard),
            Guard::Shared(_) => {
                debug_assert!(false, "a command changes a key it declared as read");
                Err(Error::UndeclaredKey)
            }
        }
    }
}

/// The shards a command has locked, and the time it runs at.
pub(crate) struct View<'s> {
    keyspace: &'s Keyspace,
    locks: SmallVec<[Lock<'s>; 1]>,
    now: u64,
    /// A read met a record whose time is over: somebody with an exclusive lock should remove it.
    stale: Cell<bool>,
    changes: u64,
    expired: u64,
    observed: Option<Vec<Change>>,
    garbage: Garbage,
}

/// What is freed after the locks are dropped.
#[derive(Default)]
struct Garbage {
    records: Vec<Record>,
    tables: Vec<Table>,
}

/// What a view leaves behind when it is closed.
pub(crate) struct Closed {
    /// How many changes were made.
    pub(crate) changes: u64,
    /// How many keys were removed because their time was over.
    pub(crate) expired: u64,
    /// A key whose time is over was met but could not be removed under a shared lock.
    pub(crate) stale: bool,
}

#[inline]
fn is_over(record: &Record, now: u64) -> bool {
    matches!(record.deadline(), Some(at) if now > at)
}

impl<'s> View<'s> {
    /// A view without keys, at `now` milliseconds; `observed` when changes are to be kept.
    #[inline]
    pub(crate) fn new(keyspace: &'s Keyspace, now: u64, observed: bool) -> View<'s> {
        View {
            keyspace,
            locks: SmallVec::new(),
            now,
            stale: Cell::new(false),
            changes: 0,
            expired: 0,
            observed: observed.then(Vec::new),
            garbage: Garbage::default(),
        }
    }

    /// Locks one key.
    #[inline]
    pub(crate) fn lock_one(
        &mut self,
        at: usize,
        key: &[u8],
        db: usize,
        access: Access,
    ) -> PlannedKey {
        let hash = self.keyspace.hash(key);
        let database = self.keyspace.database(db);
        self.locks.push(Lock::take(database, db, database.shard_of(hash), access));
        PlannedKey { at, hash, lock: 0 }
    }

    /// Locks the keys of `request` that `sink` names: each shard once, in ascending order.
    ///
    /// # Errors
    /// [`Error::NotText`] if one of them is a null, an array or a dictionary,
    /// [`Error::NoSuchDatabase`] if one is in a database that is not there.
    pub(crate) fn lock_many(
        &mut self,
        sink: &KeySink,
        request: Request<'_>,
    ) -> Result<SmallVec<[PlannedKey; 4]>, Error> {
        let mut shards: SmallVec<[(usize, usize, Access); 8]> = SmallVec::new();
        let mut planned: SmallVec<[PlannedKey; 4]> = SmallVec::with_capacity(sink.found.len());
        for key in &sink.found {
            if key.db >= self.keyspace.len() {
                return Err(Error::NoSuchDatabase);
            }
            let bytes = request.arg(key.at).and_then(|arg| arg.text()).ok_or(Error::NotText)?;
            let hash = self.keyspace.hash(bytes);
            let shard = self.keyspace.database(key.db).shard_of(hash);
            shards.push((key.db, shard, key.access));
            planned.push(PlannedKey { at: key.at, hash, lock: 0 });
        }
        let places: SmallVec<[(usize, usize); 8]> =
            shards.iter().map(|&(d, s, _)| (d, s)).collect();
        // Descending access puts the stronger use of a shard first, and `dedup` keeps the first.
        shards.sort_unstable_by_key(|&(db, shard, access)| (db, shard, std::cmp::Reverse(access)));
        shards.dedup_by_key(|&mut (db, shard, _)| (db, shard));
        for &(db, shard, access) in &shards {
            self.locks.push(Lock::take(self.keyspace.database(db), db, shard, access));
        }
        for (key, place) in planned.iter_mut().zip(places) {
            let found = self.locks.binary_search_by_key(&place, |lock| (lock.db, lock.shard));
            key.lock = found.expect("every key's shard was locked above") as u32;
        }
        Ok(planned)
    }

    /// Locks every shard of these databases, which are given in ascending order.
    pub(crate) fn lock_databases(&mut self, dbs: impl Iterator<Item = usize>, access: Access) {
        for db in dbs {
            let database = self.keyspace.database(db);
            self.locks.extend((0..SHARDS).map(|shard| Lock::take(database, db, shard, access)));
        }
    }

    /// Locks every shard of every database that was ever used: one that was not has no key.
    ///
    /// A command that brings the first key into a database has opened it before it takes its own
    /// locks. So if no more databases are open once all locks are held, then whoever opens one from
    /// now on comes after this command; else the locks are taken anew, that database's included.
    pub(crate) fn lock_used_databases(&mut self, access: Access) {
        let keyspace = self.keyspace;
        loop {
            let used: Vec<usize> = keyspace.used().collect();
            self.lock_databases(used.iter().copied(), access);
            if keyspace.used().count() == used.len() {
                return;
            }
            self.locks.clear();
        }
    }

    /// How many databases there are.
    pub(crate) fn databases(&self) -> usize {
        self.keyspace.len()
    }

    /// Removes those of the planned keys, all locked for writing, whose time is over.
    pub(crate) fn purge_all(
        &mut self,
        request: Request<'_>,
        planned: &[PlannedKey],
    ) -> Result<(), Error> {
        for &planned in planned {
            let bytes = request.arg(planned.at).and_then(|arg| arg.text()).ok_or(Error::NotText)?;
            self.purge(Key { bytes, planned })?;
        }
        Ok(())
    }

    /// Ends the command: keeps its books, drops its locks, then frees what it removed.
    #[inline]
    pub(crate) fn close(self, observe: impl FnOnce(&[Change])) -> Closed {
        if let Some(changes) = &self.observed
            && !changes.is_empty()
        {
            observe(changes);
        }
        let closed =
            Closed { changes: self.changes, expired: self.expired, stale: self.stale.get() };
        drop(self.locks);
        let cleared = !self.garbage.tables.is_empty();
        drop(self.garbage);
        if cleared {
            // What this thread caches would keep memory of the records that are gone.
            kv_types::slab::collect();
        }
        closed
    }

    /// Milliseconds since the Unix epoch at which this command runs.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// The access clock at this instant: seconds, of which a record keeps the low 24 bits.
    #[inline]
    pub(crate) fn clock(&self) -> u32 {
        (self.now / 1000) as u32
    }

    /// The key of these bytes in database `db`, for keys that stand in the request for another
    /// database, or do not stand in it at all.
    ///
    /// # Errors
    /// [`Error::UndeclaredKey`] if the plan did not lock the shard it lives in.
    pub(crate) fn key_in<'k>(&self, db: usize, bytes: &'k [u8]) -> Result<Key<'k>, Error> {
        let hash = self.keyspace.hash(bytes);
        let shard = self.keyspace.database(db).shard_of(hash);
        let lock = self.locks.binary_search_by_key(&(db, shard), |lock| (lock.db, lock.shard));
        debug_assert!(lock.is_ok(), "a command names a key of a shard that it did not lock");
        let lock = lock.map_err(|_| Error::UndeclaredKey)? as u32;
        // It stands nowhere: no argument is read as this key.
        Ok(Key { bytes, planned: PlannedKey { at: usize::MAX, hash, lock } })
    }

    /// The live record at `key`.
    #[inline]
    pub(crate) fn find(&self, key: Key<'_>) -> Option<&Record> {
        let lock = &self.locks[key.planned.lock as usize];
        let (record, _) =
            lock.table().get(key.planned.hash, |(record, _)| record.matches(key.bytes))?;
        if is_over(record, self.now) {
            self.stale.set(matches!(lock.guard, Guard::Shared(_)) || self.stale.get());
            return None;
        }
        Some(record)
    }

    /// Lets `change` alter the live record at `key`, as `event`; it counts as an access. `None` if
    /// there is no such record; an error of `change` is passed on, and it must then have changed
    /// nothing.
    pub(crate) fn update<R>(
        &mut self,
        key: Key<'_>,
        event: Event,
        change: impl FnOnce(&mut Record) -> Result<R, Error>,
    ) -> Result<Option<R>, Error> {
        if !self.purge(key)? {
            return Ok(None);
        }
        let clock = self.clock();
        let lock = &mut self.locks[key.planned.lock as usize];
        let (shard, database) = (lock.shard, lock.database);
        let table = lock.table_mut()?;
        let Some((record, _)) = table.get_mut(key.planned.hash, |(r, _)| r.matches(key.bytes))
        else {
            return Ok(None);
        };
        let audit = Audit::new(record, database, shard);
        let result = change(audit.record)?;
        audit.record.touch(clock);
        drop(audit);
        self.changed(key, event);
        Ok(Some(result))
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
        let (now, clock) = (self.now, self.clock());
        let lock = &mut self.locks[key.planned.lock as usize];
        let (shard, database) = (lock.shard, lock.database);
        let table = lock.table_mut()?;
        let hash = key.planned.hash;
        let mut over = false;
        match table.get_mut(hash, |(record, _)| record.matches(key.bytes)) {
            Some((record, _)) => {
                let (memory, before) = (record.memory(), record.deadline());
                over = is_over(record, now);
                let after = match deadline {
                    Deadline::Keep if !over => before,
                    Deadline::Keep | Deadline::Clear => None,
                    Deadline::At(at) => Some(at),
                };
                if memory > FREE_LATER || (before.is_some() && after.is_none()) {
                    let fresh = Record::new(key.bytes, kind, value, after);
                    let old = std::mem::replace(record, fresh);
                    if memory > FREE_LATER {
                        self.garbage.records.push(old);
                    }
                } else {
                    record.set_value(kind, value);
                    record.set_deadline(after);
                }
                record.touch(clock);
                database.count(shard, 0, record.memory() as i64 - memory as i64);
                database.count_deadline(shard, before, record.deadline());
            }
            None => {
                let at = match deadline {
                    Deadline::At(at) => Some(at),
                    Deadline::Keep | Deadline::Clear => None,
                };
                let record = Record::new(key.bytes, kind, value, at);
                record.touch(clock);
                insert(database, shard, table, hash, record);
            }
        }
        if over {
            self.expired(key);
        }
        self.changed(key, event);
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
        let lock = &mut self.locks[key.planned.lock as usize];
        let (shard, database) = (lock.shard, lock.database);
        insert(database, shard, lock.table_mut()?, key.planned.hash, record);
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

    /// Removes the record at `key` if its time is over. Whether a live record is there now.
    pub(crate) fn purge(&mut self, key: Key<'_>) -> Result<bool, Error> {
        let table = self.locks[key.planned.lock as usize].table();
        match table.get(key.planned.hash, |(record, _)| record.matches(key.bytes)) {
            None => Ok(false),
            Some((record, _)) if !is_over(record, self.now) => Ok(true),
            Some(_) => {
                self.detach(key)?;
                self.expired(key);
                Ok(false)
            }
        }
    }

    /// Takes the record at `key` out of its table, live or not.
    fn detach(&mut self, key: Key<'_>) -> Result<(), Error> {
        let lock = &mut self.locks[key.planned.lock as usize];
        let (shard, database) = (lock.shard, lock.database);
        let hash = key.planned.hash;
        let removed = lock.table_mut()?.remove_entry(hash, |(record, _)| record.matches(key.bytes));
        if let Some((record, _)) = removed {
            let memory = record.memory();
            database.count(shard, -1, -(memory as i64));
            database.count_deadline(shard, record.deadline(), None);
            if memory > FREE_LATER {
                self.garbage.records.push(record);
            }
        }
        Ok(())
    }

    /// Empties every locked database; the records are freed when the locks are gone. How many live
    /// records there were.
    pub(crate) fn clear(&mut self) -> Result<u64, Error> {
        let (mut cleared, now) = (0, self.now);
        for lock in &mut self.locks {
            let over = match lock.database.has_due(lock.shard, now) {
                true => {
                    super::scan::records(lock.table()).filter(|record| is_over(record, now)).count()
                }
                false => 0,
            };
            let table = std::mem::take(lock.table_mut()?);
            cleared += (table.len() - over) as u64;
            if table.buckets() > 1 {
                self.garbage.tables.push(table);
            }
            // When a database's last shard is empty, its counts are cleared once.
            if lock.shard == SHARDS - 1 {
                lock.database.clear_counts();
                if let Some(changes) = &mut self.observed {
                    changes.push(Change::Flushed { db: lock.db });
                }
            }
        }
        self.changes += cleared;
        Ok(cleared)
    }

    /// Exchanges two databases, all of whose shards are locked, and nothing else is.
    pub(crate) fn swap(&mut self) -> Result<(), Error> {
        debug_assert_eq!(self.locks.len(), 2 * SHARDS);
        let (first, second) = self.locks.split_at_mut(SHARDS);
        for (ours, theirs) in first.iter_mut().zip(second.iter_mut()) {
            std::mem::swap(ours.table_mut()?, theirs.table_mut()?);
        }
        first[0].database.swap_counts(second[0].database);
        if let Some(changes) = &mut self.observed {
            changes.push(Change::Swapped { first: first[0].db, second: second[0].db });
        }
        self.changes += 1;
        Ok(())
    }

    /// Lets `read` see the table of one shard, under the lock held here or one taken for the call.
    pub(super) fn with_shard<R>(
        &self,
        db: usize,
        shard: usize,
        read: impl FnOnce(&Table) -> R,
    ) -> R {
        match self.locks.binary_search_by_key(&(db, shard), |lock| (lock.db, lock.shard)) {
            Ok(at) => read(self.locks[at].table()),
            Err(_) => {
                debug_assert!(self.locks.is_empty(), "a walk takes no lock on top of others");
                read(&self.keyspace.database(db).read(shard))
            }
        }
    }

    /// Hash of a record's key in database `db`.
    pub(super) fn hash(&self, key: &[u8]) -> u64 {
        self.keyspace.hash(key)
    }

    pub(super) fn is_live(&self, record: &Record) -> bool {
        !is_over(record, self.now)
    }

    #[cold]
    fn expired(&mut self, key: Key<'_>) {
        self.expired += 1;
        self.changed(key, Event::EXPIRED);
    }

    #[inline]
    fn changed(&mut self, key: Key<'_>, event: Event) {
        self.changes += 1;
        if let Some(changes) = &mut self.observed {
            let db = self.locks[key.planned.lock as usize].db;
            changes.push(Change::Key { db, key: key.bytes.into(), event });
        }
    }
}

/// Keeps the books of a record that somebody else's code changes, even if that code panics.
struct Audit<'r> {
    record: &'r mut Record,
    database: &'r Database,
    shard: usize,
    memory: usize,
    deadline: Option<u64>,
}

impl<'r> Audit<'r> {
    fn new(record: &'r mut Record, database: &'r Database, shard: usize) -> Audit<'r> {
        let (memory, deadline) = (record.memory(), record.deadline());
        Audit { record, database, shard, memory, deadline }
    }
}

impl Drop for Audit<'_> {
    fn drop(&mut self) {
        let grown = self.record.memory() as i64 - self.memory as i64;
        self.database.count(self.shard, 0, grown);
        self.database.count_deadline(self.shard, self.deadline, self.record.deadline());
    }
}

/// Adds a record that is not in the table.
#[inline]
fn insert(database: &Database, shard: usize, table: &mut Table, hash: u64, record: Record) {
    database.count(shard, 1, record.memory() as i64);
    database.count_deadline(shard, None, record.deadline());
    let slot: Slot = (record, dashmap::SharedValue::new(()));
    table.insert(hash, slot, |(record, _)| database.hash(record.key()));
}
