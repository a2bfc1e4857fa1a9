//! Snapshots: all keys as they were at one instant, read while others go on.
//!
//! At the *cut*, all shards are locked for an instant, and each database is given a [`Saving`]. From then
//! on, whoever first changes a key of a shard that has not been read yet leaves a copy of its record there.
//! The snapshot is read shard by shard: what was left for it, and what is unchanged. So what it needs beside
//! the data is what is written to meanwhile.
//!
//! A shard is locked for no longer than it takes to copy its records (large collections and long values are
//! shared); what is made of them takes several times as long, and is done after.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kv_types::Record;
use kv_types::cache::{LINE, prefetch};
use parking_lot::Mutex;

use super::database::{Database, Table};
use super::scan::records;
use super::view::{Key, View};
use super::{Keyspace, SHARDS, Totals};

/// Records are fetched so many ahead of the one that is copied: nearly every one is far from the last.
const AHEAD: usize = 8;

/// A database at the cut, as far as it is not read yet.
pub(super) struct Saving {
    /// Its number at the cut.
    db: usize,
    /// Its number now: databases can be swapped.
    place: AtomicUsize,
    totals: Totals,
    shards: Box<[Mutex<Part>]>,
}

/// Records as they were at the cut, of keys that were changed since; `None` if there was none.
type Changed = HashMap<Box<[u8]>, Option<Record>, ahash::RandomState>;

/// A shard at the cut.
enum Part {
    /// Unchanged, but for these.
    Unread(Changed),
    /// This table, but for these: it was flushed.
    Taken(Changed, Table),
    /// Not needed any more.
    Read,
}

/// A snapshot that is being read.
pub(crate) struct Reading {
    /// The time of the cut, in milliseconds: what had ended then is left out.
    now: u64,
    savings: Vec<Arc<Saving>>,
    /// Whether elements may have deadlines.
    has_timed: bool,
    /// Where it goes on.
    database: usize,
    shard: usize,
    /// Records of the shard before that, which have not been taken yet.
    copied: Vec<Record>,
}

impl Saving {
    fn new(db: usize, database: &Database, shards: Box<[Mutex<Part>]>) -> Saving {
        Saving { db, place: AtomicUsize::new(db), totals: database.totals(), shards }
    }

    /// Keeps what `table`, that of `shard`, has at a key before that is changed.
    fn keep(&self, shard: usize, table: &Table, hash: u64, key: &[u8]) {
        if let Part::Unread(changed) = &mut *self.shards[shard].lock()
            && !changed.contains_key(key)
        {
            let found = table.get(hash, |(record, _)| record.matches(key));
            changed.insert(key.into(), found.map(|(record, _)| record.with_key(key)));
        }
    }

    /// Keeps the whole `table` of `shard`, which has been taken out of its database; gives it back if it is
    /// not needed.
    pub(super) fn keep_table(&self, shard: usize, table: Table) -> Option<Table> {
        let mut part = self.shards[shard].lock();
        match mem::replace(&mut *part, Part::Read) {
            Part::Unread(changed) => *part = Part::Taken(changed, table),
            other => {
                *part = other;
                return Some(table);
            }
        }
        None
    }

    /// It is database `place` from now on; all shards of that are locked.
    pub(super) fn moved_to(&self, place: usize) {
        self.place.store(place, Ordering::Release);
    }
}

impl Database {
    /// Keeps a record, of a shard that is locked for writing, for the snapshot that is being read, before it
    /// is changed or removed.
    #[cold]
    pub(super) fn keep(&self, shard: usize, table: &Table, hash: u64, key: &[u8]) {
        if let Some(saving) = &*self.saving.read() {
            saving.keep(shard, table, hash, key);
        }
    }
}

impl View<'_> {
    /// Keeps what is at `key` for the snapshot that is being read.
    #[cold]
    #[inline(never)]
    pub(super) fn keep(&self, key: Key<'_>) {
        let lock = &self.scratch.locks[key.lock as usize];
        let database = self.keyspace.database(lock.db as usize);
        database.keep(lock.shard.into(), lock.table(), key.hash, key.bytes);
    }

    /// The cut of a snapshot, when every shard of every used database is locked; `unread` makes the parts of one.
    fn cut(&self, mut unread: impl FnMut() -> Box<[Mutex<Part>]>) -> Reading {
        let keyspace = self.keyspace;
        let (mut savings, mut has_timed) = (Vec::new(), false);
        for db in keyspace.used() {
            let database = keyspace.database(db);
            has_timed |= database.has_timed();
            let saving = Arc::new(Saving::new(db, database, unread()));
            *database.saving.write() = Some(saving.clone());
            savings.push(saving);
        }
        Reading { now: self.now, savings, has_timed, database: 0, shard: 0, copied: Vec::new() }
    }
}

impl Keyspace {
    /// Begins a snapshot; `None` if another one is being read. `at_cut` is called while all is locked.
    pub(crate) fn cut<R>(
        &self,
        view: &mut View<'_>,
        at_cut: impl FnOnce() -> R,
    ) -> Option<(Reading, R)> {
        if self.is_saving.swap(true, Ordering::AcqRel) {
            return None;
        }
        let unread = || Mutex::new(Part::Unread(HashMap::with_hasher(self.hasher.clone())));
        let database = || (0..SHARDS).map(|_| unread()).collect();
        // Made before all is locked, since most of the time goes into this memory; but for a database that is
        // used for the first time just now.
        let mut made: Vec<_> = self.used().map(|_| database()).collect();
        view.lock_used_databases(crate::Access::Write);
        let reading = view.cut(|| made.pop().unwrap_or_else(database));
        let result = at_cut();
        view.close();
        Some((reading, result))
    }

    /// Ends a snapshot, read to its end or not.
    pub(crate) fn end(&self) {
        for db in self.used() {
            // Dropped when nobody is kept from leaving things there.
            let saving = self.database(db).saving.write().take();
            drop(saving);
        }
        self.is_saving.store(false, Ordering::Release);
    }

    /// Copies the records of the next shard that has any, once all of the last one are taken, each as it was at
    /// the cut. Returns the number that their database had then; `None` behind the last shard.
    pub(crate) fn read(&self, reading: &mut Reading) -> Option<usize> {
        let Reading { now, savings, database, shard, copied, .. } = reading;
        loop {
            let saving = savings.get(*database)?;
            if !copied.is_empty() {
                return Some(saving.db);
            }
            if *shard == SHARDS {
                (*database, *shard) = (*database + 1, 0);
                continue;
            }
            self.copy_shard(saving, *shard, copied);
            copied.retain(|record| !record.is_over(*now));
            *shard += 1;
        }
    }

    fn copy_shard(&self, saving: &Saving, shard: usize, copied: &mut Vec<Record>) {
        let (changed, taken) = loop {
            let place = saving.place.load(Ordering::Acquire);
            let table = self.database(place).shard(shard).read();
            // Swapped before the lock was taken; not while it is held.
            if saving.place.load(Ordering::Acquire) != place {
                continue;
            }
            // Nobody leaves anything there from now on.
            match mem::replace(&mut *saving.shards[shard].lock(), Part::Read) {
                Part::Read => return,
                Part::Taken(changed, taken) => break (changed, taken),
                Part::Unread(changed) => {
                    copy(&table, &changed, copied);
                    break (changed, Table::new());
                }
            }
        };
        let taken = taken.into_iter().map(|(record, _)| record);
        copied.extend(taken.filter(|record| !changed.contains_key(record.key())));
        copied.extend(changed.into_values().flatten());
    }
}

/// Copies the records of `table`, but for those that `changed` has.
fn copy(table: &Table, changed: &Changed, copied: &mut Vec<Record>) {
    let mut ahead = records(table);
    let fetch = |record: &Record| {
        prefetch(record.address());
        prefetch(record.address().wrapping_add(LINE));
    };
    ahead.by_ref().take(AHEAD).for_each(fetch);
    for record in records(table) {
        ahead.next().into_iter().for_each(fetch);
        if !changed.contains_key(record.key()) {
            copied.push(record.with_key(record.key()));
        }
    }
}

impl Reading {
    /// The time of the cut, in milliseconds.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// The next of the records that were copied.
    pub(crate) fn take(&mut self) -> Option<Record> {
        self.copied.pop()
    }

    /// Whether elements may have deadlines.
    pub(crate) fn has_timed(&self) -> bool {
        self.has_timed
    }

    /// The databases that had keys at the cut: number, keys, keys with a time to live. Keys are counted whose
    /// time was over, but that were not removed.
    pub(crate) fn databases(&self) -> impl Iterator<Item = (usize, u64, u64)> + '_ {
        let totals = self.savings.iter().map(|saving| (saving.db, saving.totals));
        totals.filter(|(_, it)| it.keys > 0).map(|(db, it)| (db, it.keys, it.expiring))
    }
}

/// What a command must see to that changes two databases' places.
pub(super) fn swap_savings((a, ours): (usize, &Database), (b, theirs): (usize, &Database)) {
    let (mut ours, mut theirs) = (ours.saving.write(), theirs.saving.write());
    mem::swap(&mut *ours, &mut *theirs);
    for (saving, place) in [(&*ours, a), (&*theirs, b)] {
        saving.iter().for_each(|saving| saving.moved_to(place));
    }
}
