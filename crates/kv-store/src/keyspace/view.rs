//! The view: what one command sees of the keyspace.
//!
//! A view holds the locks of the shards that the command's keys live in: one shard, or several
//! taken in ascending order of (database, shard), shared where keys are only read, exclusive where
//! they may change. It is made once per command, before the handler runs, and it is the only way to
//! a record; so a handler cannot take a lock, and cannot deadlock.

#![expect(unsafe_code, reason = "a session's list of locks goes from thread to thread, when empty")]

use std::cell::Cell;

use kv_types::Record;

use super::Keyspace;
use super::database::Table;
use super::lock::Lock;
use super::trash::Garbage;
use crate::Error;
use crate::event::Change;

/// A key of the running command: its bytes, and where its record is or would be.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) hash: u64,
    /// Index of the lock it lives under.
    pub(super) lock: u32,
    /// Position of the argument.
    pub(super) at: u32,
}

impl<'a> Key<'a> {
    /// The key's bytes.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Position of the argument that it is.
    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.at as usize
    }
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

/// Bytes of entries that a session keeps room for.
const KEPT_ENTRIES: usize = 64 << 10;

/// Most elements of a list that a session keeps room for from command to command.
const KEPT: usize = 64;

/// The shards a command has locked, and the time it runs at.
///
/// Invariant: the locks are of shards of `keyspace`, and are dropped with the view.
pub(crate) struct View<'v> {
    pub(super) keyspace: &'v Keyspace,
    pub(crate) scratch: &'v mut Scratch,
    pub(super) now: u64,
    /// The same in seconds.
    clock: u32,
    /// Whether the locks are in the order of their databases and shards.
    pub(super) ordered: bool,
    /// Whether changes are kept for an observer.
    pub(super) observed: bool,
    /// A read met a record whose time is over: somebody with an exclusive lock should remove it.
    stale: Cell<bool>,
    pub(super) changes: u64,
    /// Of the changes, those that need no entry any more in the journal.
    pub(super) noted: u64,
    pub(super) expired: u64,
}

/// Lists that a session's commands use one after the other, so that none has to allocate its own.
/// Empty between two commands.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(super) locks: Vec<Lock>,
    pub(crate) changes: Vec<Change>,
    /// Entries for the journal.
    pub(crate) entries: Vec<u8>,
    pub(super) garbage: Garbage,
}

// SAFETY: locks are all that must not change threads, and between two commands there are none.
unsafe impl Send for Scratch {}

impl Drop for View<'_> {
    #[inline]
    fn drop(&mut self) {
        self.scratch.locks.clear();
    }
}

/// What a view leaves behind when it is closed.
pub(crate) struct Closed {
    /// How many changes were made.
    pub(crate) changes: u64,
    /// How many keys were removed because their time was over.
    pub(crate) expired: u64,
}

impl<'v> View<'v> {
    /// A view without keys, at `now` milliseconds; `observed` when changes are to be kept.
    #[inline]
    pub(crate) fn new(
        keyspace: &'v Keyspace,
        scratch: &'v mut Scratch,
        now: u64,
        observed: bool,
    ) -> View<'v> {
        debug_assert!(scratch.locks.is_empty());
        View {
            keyspace,
            scratch,
            now,
            clock: (now / 1000) as u32,
            ordered: true,
            observed,
            stale: Cell::new(false),
            changes: 0,
            noted: 0,
            expired: 0,
        }
    }

    /// How many databases there are.
    pub(crate) fn databases(&self) -> usize {
        self.keyspace.len()
    }

    /// Whether a key was met, since the last call, whose time is over but that could not be removed
    /// under a shared lock.
    #[inline]
    pub(crate) fn met_stale(&self) -> bool {
        self.stale.take()
    }

    /// Ends a command: tells what it has changed, while its keys are still locked.
    #[inline]
    pub(crate) fn announce(&mut self, observe: impl FnOnce(&[Change])) {
        if !self.scratch.changes.is_empty() {
            observe(&self.scratch.changes);
            self.scratch.changes.clear();
            self.scratch.changes.shrink_to(KEPT);
        }
    }

    /// Whether the running command has made changes for which there is no entry yet in the journal.
    #[inline]
    pub(crate) fn is_to_note(&self) -> bool {
        self.changes != self.noted
    }

    /// There is an entry, or need be none, for all changes that were made.
    #[inline]
    pub(crate) fn set_noted(&mut self) {
        self.noted = self.changes;
    }

    /// Keeps changes from now on, for whoever is told of them, or for the journal.
    pub(crate) fn keep_changes(&mut self) {
        self.observed = true;
    }

    /// Appends the entries to the journal, while what they are about is still locked.
    #[cold]
    fn append(&mut self) {
        if let Some(journal) = self.keyspace.journal.get() {
            journal.append(&self.scratch.entries);
        }
        self.scratch.entries.clear();
        self.scratch.entries.shrink_to(KEPT_ENTRIES);
    }

    /// Appends what is to be kept to the journal, drops the locks, then frees what was removed under them.
    #[inline]
    pub(crate) fn close(&mut self) -> Closed {
        if !self.scratch.entries.is_empty() {
            self.append();
        }
        self.scratch.locks.clear();
        if self.scratch.locks.capacity() > KEPT {
            self.scratch.locks.shrink_to(KEPT);
        }
        if !self.scratch.garbage.is_empty() {
            self.scratch.garbage.free(&self.keyspace.trash);
        }
        Closed { changes: self.changes, expired: self.expired }
    }

    /// Milliseconds since the Unix epoch at which this command runs.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// The access clock at this instant: seconds, of which a record keeps the low 24 bits.
    #[inline]
    pub(crate) fn clock(&self) -> u32 {
        self.clock
    }

    /// The key of these bytes in database `db`, for keys that stand in the request for another
    /// database, or do not stand in it at all.
    ///
    /// # Errors
    /// [`Error::UndeclaredKey`] if the plan did not lock the shard it lives in.
    pub(crate) fn key_in<'k>(&self, db: usize, bytes: &'k [u8]) -> Result<Key<'k>, Error> {
        let hash = self.keyspace.hash(bytes);
        let lock = self.lock_of(db, self.keyspace.layout.shard_of(hash));
        debug_assert!(lock.is_ok(), "a command names a key of a shard that it did not lock");
        let lock = lock.map_err(|_| Error::UndeclaredKey)? as u32;
        // It stands nowhere: no argument is read as this key.
        Ok(Key { bytes, hash, lock, at: u32::MAX })
    }

    /// The lock of a shard among those held, or where it would be.
    fn lock_of(&self, db: usize, shard: usize) -> Result<usize, usize> {
        let place = |lock: &Lock| (lock.db as usize, usize::from(lock.shard));
        match self.ordered {
            true => self.scratch.locks.binary_search_by_key(&(db, shard), place),
            false => {
                let found = self.scratch.locks.iter().position(|lock| place(lock) == (db, shard));
                found.ok_or(self.scratch.locks.len())
            }
        }
    }

    /// The live record at `key`.
    #[inline]
    pub(crate) fn find(&self, key: Key<'_>) -> Option<&Record> {
        let lock = &self.scratch.locks[key.lock as usize];
        let (record, _) = lock.table().get(key.hash, |(record, _)| record.matches(key.bytes))?;
        if record.is_over(self.now) {
            self.stale.set(!lock.is_exclusive() || self.stale.get());
            return None;
        }
        Some(record)
    }

    /// Lets `read` see the table of one shard, under the lock held here or one taken for the call.
    pub(super) fn with_shard<R>(
        &self,
        db: usize,
        shard: usize,
        read: impl FnOnce(&Table) -> R,
    ) -> R {
        match self.lock_of(db, shard) {
            Ok(at) => read(self.scratch.locks[at].table()),
            Err(_) => {
                debug_assert!(
                    self.scratch.locks.is_empty(),
                    "a walk takes no lock on top of others"
                );
                read(&self.keyspace.database(db).shard(shard).read())
            }
        }
    }

    /// The hash of a key, the same in every database.
    pub(super) fn hash(&self, key: &[u8]) -> u64 {
        self.keyspace.hash(key)
    }

    pub(super) fn is_live(&self, record: &Record) -> bool {
        !record.is_over(self.now)
    }
}
