//! Removal of keys whose time is over, in bounded steps.
//!
//! There is no second table of deadlines: each shard knows its earliest one, so a sweep locks only
//! shards in which something is due.

#![expect(unsafe_code, reason = "iterates the raw table")]

use std::sync::atomic::{AtomicUsize, Ordering};

use kv_types::Record;

use super::database::{Database, Deadlines};
use super::edit::{elements_event, ended, expire_elements};
use super::{Keyspace, SHARDS};
use crate::event::{Change, Event, Observer};
use crate::journal;

/// Where the next sweep goes on: a shard, counted through all databases.
#[derive(Debug, Default)]
pub(crate) struct SweepPosition(AtomicUsize);

impl Keyspace {
    /// Removes keys that ended before `now` (milliseconds), locking at most `shards` shards, one at
    /// a time. Returns how many keys were removed. `observer` is told of them under the shard's
    /// lock.
    pub(crate) fn sweep(
        &self,
        position: &SweepPosition,
        now: u64,
        shards: usize,
        observer: Option<&dyn Observer>,
    ) -> u64 {
        let total = self.len() * SHARDS;
        let (mut removed, mut locked) = (0, 0);
        let mut at = position.0.load(Ordering::Relaxed);
        let end = at + total;
        while at < end && locked < shards {
            let (db, shard) = (at % total / SHARDS, at % SHARDS);
            // A database without deadlines is passed over as a whole.
            let Some(database) = self.databases[db].get().filter(|db| db.has_deadlines()) else {
                at += SHARDS - shard;
                continue;
            };
            if database.has_due(shard, now) {
                removed += sweep_shard(self, database, (db, shard), now, observer);
                locked += 1;
            }
            at += 1;
        }
        position.0.store(at % total, Ordering::Relaxed);
        removed
    }
}

fn sweep_shard(
    keyspace: &Keyspace,
    database: &Database,
    (db, shard): (usize, usize),
    now: u64,
    observer: Option<&dyn Observer>,
) -> u64 {
    let mut table = database.shard(shard).write();
    let mut earliest = u64::MAX;
    let mut freed = Vec::new();
    let mut changes = Vec::new();
    let journal = keyspace.journal.get();
    let mut entries = Vec::new();
    let mut note = |record: &Record, events: &[Event]| {
        if journal.is_some() {
            journal::expired(&mut entries, db, now, record.key());
        }
        if observer.is_some() {
            let key = record.key();
            changes.extend(events.iter().map(|&event| Change::Key { db, key: key.into(), event }));
        }
    };
    // SAFETY: the iterator lives while the table is locked, and hashbrown lets the bucket that the
    // iterator has just yielded be removed.
    unsafe {
        for bucket in table.iter() {
            let record = &mut bucket.as_mut().0;
            if keyspace.is_saving() && (record.is_over(now) || record.has_due_elements(now)) {
                database.keep(shard, &table, keyspace.hash(record.key()), record.key());
            }
            if record.is_over(now) {
                note(record, ended(record, now));
                freed.push(table.remove(bucket).0.0);
                continue;
            }
            if record.has_due_elements(now) {
                note(record, &[elements_event(record)]);
                expire_elements(record, database, shard, now);
            }
            earliest = earliest.min(record.due().unwrap_or(u64::MAX));
        }
    }
    for record in &freed {
        database.count(shard, -1, -(record.memory() as i64));
        database.count_deadlines(shard, Deadlines::of(record), None);
    }
    database.set_earliest(shard, earliest);
    database.shrink(shard, &mut table);
    if let Some(observer) = observer
        && !changes.is_empty()
    {
        observer.committed(&changes);
    }
    if let Some(journal) = journal
        && !entries.is_empty()
    {
        journal.append(&entries);
    }
    // Freed after the lock, below.
    drop(table);
    freed.len() as u64
}
