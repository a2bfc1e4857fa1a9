//! Snapshots, as those see them who write them to files.

use std::sync::Arc;

use crate::Store;
use crate::keyspace::{Reading, Scratch, View};
use crate::rdb::{Code, Writer};
use crate::settings::RDBCOMPRESSION;

/// Records of so many bytes are made ready to be written at a time.
const SLICE_BYTES: usize = 16 << 10;

/// All keys as they were at one instant: see [`Store::snapshot`]. It is over when it is dropped.
pub struct Snapshot {
    store: Arc<Store>,
    reading: Reading,
    writer: Writer<Vec<u8>>,
}

/// The instant of a snapshot: no command runs.
pub struct Cut<'s> {
    store: &'s Store,
}

/// A snapshot is being read already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a snapshot is being read already")]
pub struct Busy;

/// A database of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseSize {
    /// Its number.
    pub db: usize,
    /// How many keys it has, those included whose time is over but that are not removed.
    pub keys: u64,
    /// How many of them have a time to live.
    pub expiring: u64,
}

impl Cut<'_> {
    /// Appends changes to the attached journal from now on, or does so no longer.
    pub fn switch_journal(&self, on: bool) {
        self.store.keyspace.journal.switch(on);
    }
}

impl Store {
    /// Takes a snapshot. `at_cut` is called at its instant, while no command runs; so it must be quick, and not
    /// call into the store. What commands append to the journal before is part of the snapshot, what they append
    /// after is not.
    ///
    /// It takes as long as the longest command that runs at that moment, and the fraction of a millisecond that
    /// locking everything takes. While it is read, what is written to is kept as it was.
    ///
    /// # Errors
    /// If another one is being read.
    pub fn snapshot<R>(
        self: &Arc<Self>,
        at_cut: impl FnOnce(&Cut<'_>) -> R,
    ) -> Result<(Snapshot, R), Busy> {
        let mut scratch = Scratch::default();
        let now = self.clock.now_us() / 1000;
        let mut view = View::new(&self.keyspace, &mut scratch, now, false);
        let cut = || at_cut(&Cut { store: self });
        let (reading, result) = self.keyspace.cut(&mut view, cut).ok_or(Busy)?;
        let compress = self.settings().number(&RDBCOMPRESSION) != 0;
        let writer = Writer::new(Vec::new(), compress);
        Ok((Snapshot { store: self.clone(), reading, writer }, result))
    }
}

impl Snapshot {
    /// The databases that have keys, in ascending order.
    pub fn databases(&self) -> Vec<DatabaseSize> {
        let databases = self.reading.databases();
        databases.map(|(db, keys, expiring)| DatabaseSize { db, keys, expiring }).collect()
    }

    /// The version of the format that the keys need: see [`Code::version`]. If no element has a deadline, it is
    /// one that Redis 7.0 reads, too, if it knows what is in it.
    pub fn version(&self) -> u16 {
        let needed = if self.reading.has_timed() { Code::HashTtl } else { Code::HashListpack };
        needed.version()
    }

    /// Appends the next keys to `out`, as they stand in a snapshot in Redis's format (see [`rdb`](crate::rdb)): as
    /// many as take some tens of microseconds, unless a single one takes longer. Returns which database they are
    /// of, none behind the last; databases come in ascending order.
    pub fn read(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        let Snapshot { store, reading, writer } = self;
        let db = store.keyspace.read(reading)?;
        std::mem::swap(writer.get_mut(), out);
        let mut bytes = 0;
        while bytes < SLICE_BYTES
            && let Some(record) = reading.take()
        {
            bytes += record.memory();
            let code = crate::rdb::record::write_key(&record, reading.now(), writer);
            debug_assert!(code.is_none_or(|code| code != Code::HashTtl) || reading.has_timed());
        }
        std::mem::swap(writer.get_mut(), out);
        Some(db)
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        self.store.keyspace.end();
    }
}
