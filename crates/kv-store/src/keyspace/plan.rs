//! The lock plan: which shards a command locks, and in which order.

#![expect(unsafe_code, reason = "takes the locks that the view drops")]

use kv_protocol::Request;
use smallvec::SmallVec;

use super::database::{Database, Table};
use super::layout::{LINE, prefetch};
use super::lock::Lock;
use super::view::{Key, View};
use super::{Keyspace, SHARDS};
use crate::Error;
use crate::command::{Access, KeySink};

/// A key argument that the plan has hashed and locked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedKey {
    /// Position of the argument.
    pub(crate) at: u32,
    /// Index of the lock it lives under.
    pub(super) lock: u32,
    pub(super) hash: u64,
}

/// The key arguments of one request, in the order of their positions.
pub(crate) type PlannedKeys = SmallVec<[PlannedKey; 12]>;

/// Tables of fewer buckets lie in the cache as a whole, with their records: nothing is fetched ahead.
/// (4,096 tables of 16 buckets hold some 40,000 keys.)
const LARGE: usize = 16;

/// Where a key is or would be, in any database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(super) hash: u64,
    pub(super) shard: u32,
}

impl Keyspace {
    /// Where a key is or would be.
    #[inline]
    pub(crate) fn place(&self, key: &[u8]) -> Place {
        let hash = self.hash(key);
        Place { hash, shard: self.layout.shard_of(hash) as u32 }
    }

    /// Has the processor fetch the records at `places` of database `db`, and what leads to them.
    #[inline]
    pub(crate) fn fetch(&self, db: usize, places: impl Iterator<Item = Place> + Clone) {
        let Some(database) = self.databases[db].get() else { return };
        for place in places.clone() {
            database.prefetch(place);
        }
        // By the time the last one's is asked for, the first one's table has come.
        for Place { hash, shard } in places {
            if database.is_large(shard)
                && let Some(table) = database.shard(shard as usize).try_read()
            {
                prefetch_record(&table, hash);
            }
        }
    }
}

impl Database {
    #[inline]
    fn is_large(&self, shard: u32) -> bool {
        self.whereabouts(shard as usize).buckets() >= LARGE
    }

    /// Fetches what a lookup reads first: the lock, the control bytes and the slots.
    #[inline]
    fn prefetch(&self, place: Place) {
        if self.is_large(place.shard) {
            let shard = place.shard as usize;
            prefetch(self.shard(shard));
            self.whereabouts(shard).prefetch(place.hash);
        }
    }
}

impl View<'_> {
    /// Locks the key at this place, argument `at` of the request.
    #[inline]
    pub(crate) fn lock_one(
        &mut self,
        at: usize,
        place: Place,
        db: usize,
        access: Access,
    ) -> PlannedKey {
        let Place { hash, shard } = place;
        let shard = shard as usize;
        let table = self.keyspace.database(db).shard(shard);
        // SAFETY: a view's locks are dropped with it, and the keyspace is borrowed for longer.
        let lock = unsafe { Lock::take(table, db, shard, access) };
        self.scratch.locks.push(lock);
        PlannedKey { at: at as u32, hash, lock: 0 }
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
        planned: &mut PlannedKeys,
    ) -> Result<(), Error> {
        let keyspace = self.keyspace;
        // Shard, use and index of the key in one number each, which sorts as the locks are taken: a
        // shard that is written comes before its other uses.
        let mut order: SmallVec<[u64; 12]> = SmallVec::new();
        for key in &sink.found {
            if key.db >= keyspace.len() {
                return Err(Error::NoSuchDatabase);
            }
            let bytes = request.arg(key.at).and_then(|arg| arg.text()).ok_or(Error::NotText)?;
            let place = keyspace.place(bytes);
            keyspace.database(key.db).prefetch(place);
            let reads = u64::from(key.access == Access::Read);
            let shard = (key.db * SHARDS) as u64 + u64::from(place.shard);
            order.push(shard << PLACE_SHIFT | reads << READS_SHIFT | planned.len() as u64);
            planned.push(PlannedKey { at: key.at as u32, hash: place.hash, lock: 0 });
        }
        order.sort_unstable();
        let mut last = None;
        for word in order {
            let place = (word >> PLACE_SHIFT) as usize;
            if last != Some(place) {
                let (db, shard) = (place / SHARDS, place % SHARDS);
                let access = match word >> READS_SHIFT & 1 {
                    0 => Access::Write,
                    _ => Access::Read,
                };
                let table = keyspace.database(db).shard(shard);
                // SAFETY: as above.
                let lock = unsafe { Lock::take(table, db, shard, access) };
                self.scratch.locks.push(lock);
                last = Some(place);
            }
            let index = (word & ((1 << READS_SHIFT) - 1)) as usize;
            planned[index].lock = (self.scratch.locks.len() - 1) as u32;
        }
        for key in &*planned {
            let table = self.scratch.locks[key.lock as usize].table();
            if table.buckets() >= LARGE {
                prefetch_record(table, key.hash);
            }
        }
        Ok(())
    }

    /// Locks every shard of these databases, which are given in ascending order.
    pub(crate) fn lock_databases(&mut self, dbs: impl Iterator<Item = usize>, access: Access) {
        for db in dbs {
            let database = self.keyspace.database(db);
            // SAFETY: as above.
            let lock = |shard| unsafe { Lock::take(database.shard(shard), db, shard, access) };
            self.scratch.locks.extend((0..SHARDS).map(lock));
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
            self.scratch.locks.clear();
        }
    }

    /// Removes those of the planned keys, all locked for writing, whose time is over.
    pub(crate) fn purge_all(
        &mut self,
        request: Request<'_>,
        planned: &[PlannedKey],
    ) -> Result<(), Error> {
        for &planned in planned {
            let arg = request.arg(planned.at as usize);
            let bytes = arg.and_then(|arg| arg.text()).ok_or(Error::NotText)?;
            self.purge(Key::new(bytes, planned))?;
        }
        Ok(())
    }
}

/// Fetches the record that `hash` leads to. That the tag fits is enough: it is the wrong record once
/// in 128 times. A small record is two cache lines.
#[inline]
fn prefetch_record(table: &Table, hash: u64) {
    if let Some((record, _)) = table.get(hash, |_| true) {
        prefetch(record.address());
        prefetch(record.address().wrapping_add(LINE));
    }
}

/// Bits of a word of the order: the index of a key, whether it is only read, database and shard.
const READS_SHIFT: u32 = 31;
const PLACE_SHIFT: u32 = 32;
