//! Loading snapshots: keys come in any order, from several threads at once, before anybody reads them.

use kv_types::Limits;

use crate::Store;
use crate::keyspace::Arriving;
use crate::rdb::record::Restore;
use crate::rdb::{self, Head, Reader};

/// What becomes of keys, and of elements, whose time is over when they are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// They are left out.
    Drop,
    /// They are loaded all the same: a log follows that was written when they had not ended. It is not to
    /// find them missing, nor may they be removed (by [`Store::sweep`]) before it has been replayed.
    Keep,
}

/// Why an entry of a snapshot was not loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The value is damaged, or of a kind that this store does not have.
    #[error(transparent)]
    Value(#[from] rdb::Error),
    /// The store has no database of this number; see the setting `databases`.
    #[error("there is no database {0}: see the setting databases")]
    Database(u64),
    /// The key is there already.
    #[error("a key is there twice")]
    Duplicate,
}

/// Adds keys to a store that come from a snapshot. Each thread that loads has its own.
///
/// Nobody is told of what it adds: neither observers nor the log.
pub struct Loader<'s> {
    store: &'s Store,
    /// Unix milliseconds; 0 if nothing is to have ended.
    now: u64,
    /// Seconds of the access clock.
    clock: u32,
    limits: Limits,
}

/// A key with its value that is to be added to a store: see [`Loader::decode`].
pub struct Decoded(Arriving);

impl Store {
    /// What loads a part of a snapshot, with the settings and the time there are now.
    pub fn loader(&self, ended: Ended) -> Loader<'_> {
        let now = self.clock.now_us() / 1000;
        Loader {
            store: self,
            now: if ended == Ended::Keep { 0 } else { now },
            clock: (now / 1000) as u32,
            limits: self.settings().limits(),
        }
    }

    /// Makes room for `keys` keys in all in database `db`, which will be loaded: some 20 bytes of memory for
    /// each, so the number must be known to be about right.
    ///
    /// # Errors
    /// [`LoadError::Database`] if there is no such database.
    pub fn expect_keys(&self, db: u64, keys: u64) -> Result<(), LoadError> {
        self.keyspace.reserve(self.loaded_database(db)?, keys);
        Ok(())
    }

    fn loaded_database(&self, db: u64) -> Result<usize, LoadError> {
        let number = usize::try_from(db).ok();
        number.filter(|db| *db < self.keyspace.len()).ok_or(LoadError::Database(db))
    }
}

impl Loader<'_> {
    /// Adds the key of `head` to database `db`, with the value that `reader` stands in front of; `false` if
    /// it is left out, as it has ended. The value is read to its end, and before any lock is taken.
    ///
    /// # Errors
    /// A [`LoadError`]; nothing is added then. Offsets in it are those of `reader`.
    pub fn load(
        &self,
        db: u64,
        head: &Head<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<bool, LoadError> {
        match self.decode(db, head, reader)? {
            Some(loaded) => self.add(loaded).map(|()| true),
            None => Ok(false),
        }
    }

    /// The first part of [`load`](Loader::load): the key with its value; none if it is left out.
    ///
    /// What leads to its place is on its way to the processor's cache then: it is best to decode a few more
    /// before it is [added](Loader::add).
    ///
    /// # Errors
    /// As there, but for [`LoadError::Duplicate`].
    pub fn decode(
        &self,
        db: u64,
        head: &Head<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Option<Decoded>, LoadError> {
        let db = self.store.loaded_database(db)?;
        let deadline = head.marks.deadline;
        let (now, limits) = (self.now, self.limits);
        // How long strings may be is up to the reader.
        let restore = Restore { deadline, now, limits, max_string: usize::MAX };
        let record = restore.value(&head.key, head.code, reader)?;
        let Some(record) = record.filter(|_| deadline.is_none_or(|at| at >= self.now)) else {
            return Ok(None);
        };
        let idle = head.marks.idle.map_or(0, |idle| idle.min(u64::from(u32::MAX)) as u32);
        record.touch(self.clock.wrapping_sub(idle));
        Ok(Some(Decoded(self.store.keyspace.arriving(db, record))))
    }

    /// The second part of [`load`](Loader::load): adds a key that was decoded.
    ///
    /// # Errors
    /// [`LoadError::Duplicate`] if it is there.
    pub fn add(&self, decoded: Decoded) -> Result<(), LoadError> {
        match self.store.keyspace.arrive(decoded.0) {
            true => Ok(()),
            false => Err(LoadError::Duplicate),
        }
    }
}

#[cfg(test)]
mod tests;
