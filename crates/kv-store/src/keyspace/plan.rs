//! The lock plan: which shards a command locks, and in which order.

#![expect(unsafe_code, reason = "takes the locks that the view drops")]

use kv_protocol::Request;
use kv_types::Fetch;
use kv_types::cache::{LINE, prefetch};
use smallvec::SmallVec;

use super::database::{Database, Table};
use super::lock::Lock;
use super::view::{Key, View};
use super::{Keyspace, SHARDS};
use crate::command::{Access, FoundKey, KeySink};
use crate::{Error, Session};

/// The key arguments of one request, in the order of their positions.
pub(crate) type PlannedKeys<'a> = SmallVec<[Key<'a>; 12]>;

/// A key that is hashed, but not locked yet, and what it will be locked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hashed<'a> {
    key: Key<'a>,
    shard: u32,
    access: Access,
}

impl<'a> Hashed<'a> {
    /// The key, once it is locked, as the only one of its request.
    #[inline]
    pub(crate) fn as_keys(&self) -> &[Key<'a>] {
        std::slice::from_ref(&self.key)
    }
}

/// Tables of fewer buckets lie in the cache as a whole, with their records: nothing is fetched ahead.
/// (4,096 tables of 16 buckets hold some 40,000 keys.)
const LARGE: usize = 16;

/// For so many keys on, their records are fetched ahead: for fewer, the work that overlaps with the
/// fetching is less than what it takes.
const WORTH_FETCHING: usize = 4;

impl Keyspace {
    /// Hashes a key, argument `at` of its request.
    #[inline]
    pub(crate) fn hashed<'a>(&self, bytes: &'a [u8], at: usize, access: Access) -> Hashed<'a> {
        let hash = self.hash(bytes);
        let shard = self.layout.shard_of(hash) as u32;
        Hashed { key: Key { bytes, hash, lock: 0, at: at as u32 }, shard, access }
    }

    /// Has the processor fetch what leads to a key in database `db`.
    #[inline]
    pub(crate) fn prefetch(&self, db: usize, key: &Hashed<'_>) {
        if let Some(database) = self.databases[db].get() {
            database.prefetch(key);
        }
    }
}

impl Database {
    /// Fetches what a lookup reads first: the lock, the control bytes and the slots.
    #[inline]
    fn prefetch(&self, key: &Hashed<'_>) {
        let shard = key.shard as usize;
        if self.whereabouts(shard).prefetch(key.key.hash, LARGE) {
            prefetch(self.shard(shard));
        }
    }
}

impl<'r> View<'_> {
    /// Locks the keys of several requests to database `db` and fetches their records: of as many of the
    /// first ones as have a key that is to be had without waiting; but it waits for the first one, when
    /// it holds nothing else. Returns how many.
    ///
    /// The locks are not in the order of their shards.
    #[inline]
    pub(crate) fn lock_together(&mut self, db: usize, keys: &mut [Option<Hashed<'_>>]) -> usize {
        let database = self.keyspace.database(db);
        self.ordered = false;
        let locks = &mut self.scratch.locks;
        let mut locked = 0;
        for key in keys.iter_mut().map_while(Option::as_mut) {
            let shard = key.shard as usize;
            // Requests for one key often come in a row.
            if !locks.last().is_some_and(|lock| lock.serves(shard, key.access)) {
                let table = database.shard(shard);
                // SAFETY: a view's locks are dropped with it, and the keyspace is borrowed for longer.
                let lock = unsafe {
                    match locked {
                        0 => Some(Lock::take(table, db, shard, key.access)),
                        _ => Lock::try_take(table, db, shard, key.access),
                    }
                };
                let Some(lock) = lock else { break };
                locks.push(lock);
            }
            key.key.lock = (locks.len() - 1) as u32;
            locked += 1;
        }
        if locked >= WORTH_FETCHING {
            for Hashed { key, .. } in keys[..locked].iter().flatten() {
                prefetch_record(self.scratch.locks[key.lock as usize].table(), key.hash);
            }
        }
        locked
    }

    /// Fetches what leads to elements of large collections, each given with its locked key: for all of
    /// them one step, then the next one, since each step reads what the one before has fetched.
    #[inline(never)]
    pub(crate) fn prefetch_elements<'a>(
        &self,
        elements: impl Iterator<Item = (&'a Hashed<'a>, &'a [u8])>,
    ) {
        let mut fetches = SmallVec::<[Fetch<'_>; Session::AHEAD]>::new();
        for (Hashed { key, .. }, element) in elements {
            let table = self.scratch.locks[key.lock as usize].table();
            if let Some((record, _)) = table.get(key.hash, |(it, _)| it.matches(key.bytes))
                && let Some(collection) = record.large_ref()
            {
                fetches.push(Fetch::new(collection, element));
            }
        }
        while !fetches.is_empty() {
            fetches.retain(Fetch::step);
        }
    }

    /// Locks the keys of `request` that `sink` names: each shard once, in ascending order.
    ///
    /// # Errors
    /// [`Error::NotText`] if one of them is a null, an array or a dictionary,
    /// [`Error::NoSuchDatabase`] if one is in a database that is not there.
    pub(crate) fn lock_many(
        &mut self,
        sink: &KeySink,
        request: Request<'r>,
        planned: &mut PlannedKeys<'r>,
    ) -> Result<(), Error> {
        let mut words = Words::new();
        for &FoundKey { at, db, access } in &sink.found {
            if db >= self.keyspace.len() {
                return Err(Error::NoSuchDatabase);
            }
            self.plan_key(request, at, db, access, planned, &mut words)?;
        }
        self.lock_words(&mut words, |index, lock| planned[index].lock = lock);
        Ok(())
    }

    /// Locks the keys at `positions` of `request`, all in database `db` and for the same use, and
    /// fetches their records. A few are locked as they come, if nobody else has one; many are locked
    /// each shard once, in ascending order.
    ///
    /// # Errors
    /// [`Error::NotText`] if one of them is a null, an array or a dictionary.
    pub(crate) fn lock_range(
        &mut self,
        request: Request<'r>,
        positions: impl Iterator<Item = usize>,
        db: usize,
        access: Access,
        planned: &mut PlannedKeys<'r>,
    ) -> Result<(), Error> {
        let mut words = Words::new();
        for at in positions {
            self.plan_key(request, at, db, access, planned, &mut words)?;
        }
        if words.len() > FEW || !self.try_lock_words(&words, planned) {
            self.lock_words(&mut words, |index, lock| planned[index].lock = lock);
        }
        for key in &*planned {
            prefetch_record(self.scratch.locks[key.lock as usize].table(), key.hash);
        }
        Ok(())
    }

    /// Hashes the key at position `at`, has what leads to it fetched, and adds it to both lists.
    #[inline]
    fn plan_key(
        &self,
        request: Request<'r>,
        at: usize,
        db: usize,
        access: Access,
        planned: &mut PlannedKeys<'r>,
        words: &mut Words,
    ) -> Result<(), Error> {
        let bytes = request.arg(at).and_then(|arg| arg.text()).ok_or(Error::NotText)?;
        let key = self.keyspace.hashed(bytes, at, access);
        self.keyspace.database(db).prefetch(&key);
        words.push(order(db, &key, planned.len()));
        planned.push(key.key);
        Ok(())
    }

    /// Locks the shard of each word as they come, without waiting for any: whether it got them all.
    /// It has none if not. Two keys that are read may have the same shard locked twice.
    #[inline]
    fn try_lock_words(&mut self, words: &[u64], planned: &mut [Key<'_>]) -> bool {
        self.ordered = false;
        let locks = &mut self.scratch.locks;
        for (at, (&word, key)) in words.iter().zip(planned).enumerate() {
            let (db, shard, access) = parts(word);
            let table = self.keyspace.database(db).shard(shard);
            // SAFETY: as in `lock_together`.
            match unsafe { Lock::try_take(table, db, shard, access) } {
                Some(lock) => locks.push(lock),
                None => {
                    locks.clear();
                    return false;
                }
            }
            key.lock = at as u32;
        }
        true
    }

    /// Locks the shards that `words` name, in ascending order, each once; tells for each word's index
    /// which lock is its.
    #[inline]
    fn lock_words(&mut self, words: &mut [u64], mut found: impl FnMut(usize, u32)) {
        words.sort_unstable();
        self.ordered = true;
        let mut last = None;
        for word in words {
            let place = (*word >> PLACE_SHIFT) as usize;
            if last != Some(place) {
                let (db, shard, access) = parts(*word);
                let table = self.keyspace.database(db).shard(shard);
                // SAFETY: as above.
                let lock = unsafe { Lock::take(table, db, shard, access) };
                self.scratch.locks.push(lock);
                last = Some(place);
            }
            let index = (*word & ((1 << READS_SHIFT) - 1)) as usize;
            found(index, (self.scratch.locks.len() - 1) as u32);
        }
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

    /// Locks every shard of database `db`, for writing if one of the keys of `request` that `sink` names is
    /// written. They are all in that database.
    ///
    /// # Errors
    /// [`Error::NotText`] if one of them is a null, an array or a dictionary.
    pub(crate) fn lock_with_database(
        &mut self,
        sink: &KeySink,
        request: Request<'r>,
        db: usize,
        planned: &mut PlannedKeys<'r>,
    ) -> Result<(), Error> {
        let writes = sink.found.iter().any(|key| key.access == Access::Write);
        self.lock_databases(db..db + 1, if writes { Access::Write } else { Access::Read });
        for &FoundKey { at, .. } in &sink.found {
            let bytes = request.arg(at).and_then(|arg| arg.text()).ok_or(Error::NotText)?;
            planned.push(Key { at: at as u32, ..self.key_in(db, bytes)? });
        }
        Ok(())
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
    pub(crate) fn purge_all(&mut self, planned: &[Key<'_>]) -> Result<(), Error> {
        planned.iter().try_for_each(|key| self.purge(*key).map(drop))
    }
}

/// Fetches the record that `hash` leads to. That the tag fits is enough: it is the wrong record once
/// in 128 times. A small record is two cache lines.
#[inline]
fn prefetch_record(table: &Table, hash: u64) {
    if table.buckets() >= LARGE
        && let Some((record, _)) = table.get(hash, |_| true)
    {
        prefetch(record.address());
        prefetch(record.address().wrapping_add(LINE));
    }
}

/// Shard, use and index of a key in one number, which sorts as the locks are taken: a use of a shard
/// that writes comes before those that read.
#[inline]
fn order(db: usize, key: &Hashed<'_>, index: usize) -> u64 {
    let place = (db * SHARDS) as u64 + u64::from(key.shard);
    let reads = u64::from(key.access == Access::Read);
    place << PLACE_SHIFT | reads << READS_SHIFT | index as u64
}

/// Database, shard and use from such a number.
#[inline]
fn parts(word: u64) -> (usize, usize, Access) {
    let place = (word >> PLACE_SHIFT) as usize;
    let access = if word >> READS_SHIFT & 1 == 0 { Access::Write } else { Access::Read };
    (place / SHARDS, place % SHARDS, access)
}

/// Such numbers, of a request's keys.
type Words = SmallVec<[u64; 12]>;

/// So many keys of one request are locked without putting them in order, if that is possible.
const FEW: usize = 16;

/// Lowest bits of the parts of such a number; the index is below.
const READS_SHIFT: u32 = 31;
const PLACE_SHIFT: u32 = 32;
