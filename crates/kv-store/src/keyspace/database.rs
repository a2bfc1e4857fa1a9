//! One database: the sharded tables and the counts beside them.

#![expect(clippy::disallowed_types, reason = "this module is the one that names DashMap")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};

use crossbeam_utils::CachePadded;
use dashmap::{DashMap, RwLock, SharedValue};
use hashbrown::raw::RawTable;
use kv_types::Record;

use super::SHARDS;
use super::layout::Whereabouts;
use super::snapshot::Saving;

/// An entry of a table: DashMap pairs a key with a value, and ours are both in the record.
pub(super) type Slot = (Record, SharedValue<()>);
/// One shard's table.
pub(super) type Table = RawTable<Slot>;
/// Counts are kept in this many cache lines, so that cores rarely write the same one.
const STRIPES: usize = 16;

/// Control bytes that hashbrown adds to those of the buckets.
const CONTROL_GROUP: usize = 16;

/// A table of more buckets than this shrinks when fewer than one in [`SPARSE`] of them is full.
const KEPT_BUCKETS: usize = 64;
const SPARSE: usize = 8;

pub(super) struct Database {
    /// Only its shards are used: keys are found by a hash that is computed once per request.
    map: DashMap<Record, (), ahash::RandomState>,
    whereabouts: Box<[Whereabouts]>,
    deadlines: Box<[ShardDeadlines]>,
    stripes: [CachePadded<Stripe>; STRIPES],
    hasher: ahash::RandomState,
    /// Whether any element has had a deadline since the database was last empty.
    has_timed: AtomicBool,
    /// What a snapshot that is being read has still to see.
    pub(super) saving: parking_lot::RwLock<Option<Arc<Saving>>>,
}

/// What the sweeper knows of a shard without locking it. Written only under the shard's lock.
struct ShardDeadlines {
    /// Records with a deadline, of their own or of an element.
    count: AtomicU32,
    /// No deadline in the shard is earlier than this (milliseconds); `u64::MAX` when there is none.
    earliest: AtomicU64,
}

#[derive(Default)]
struct Stripe {
    keys: AtomicI64,
    expiring: AtomicI64,
    /// Keys without a deadline of their own, but with elements that have one.
    timed: AtomicI64,
    memory: AtomicI64,
    tables: AtomicI64,
}

impl Stripe {
    fn fields(&self) -> [&AtomicI64; 5] {
        [&self.keys, &self.expiring, &self.timed, &self.memory, &self.tables]
    }
}

/// The deadlines of a record that has any, its own or its elements' (milliseconds).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deadlines {
    /// That of the key.
    key: Option<u64>,
    /// The first of all.
    due: u64,
    /// Whether elements have any.
    timed: bool,
}

impl Deadlines {
    #[inline]
    pub(super) fn of(record: &Record) -> Option<Deadlines> {
        let due = record.due()?;
        Some(Deadlines { key: record.deadline(), due, timed: record.is_timed() })
    }
}

/// The counts of a database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Keys, those included whose time is over but that are not removed yet.
    pub(crate) keys: u64,
    /// Keys with a time to live.
    pub(crate) expiring: u64,
    /// Bytes in records.
    pub(crate) memory: u64,
    /// Bytes in the tables that hold them.
    pub(crate) tables: u64,
}

impl Database {
    pub(super) fn new(hasher: ahash::RandomState) -> Database {
        let empty =
            || ShardDeadlines { count: AtomicU32::new(0), earliest: AtomicU64::new(u64::MAX) };
        Database {
            map: DashMap::with_hasher_and_shard_amount(hasher.clone(), SHARDS),
            whereabouts: (0..SHARDS).map(|_| Whereabouts::default()).collect(),
            deadlines: (0..SHARDS).map(|_| empty()).collect(),
            stripes: Default::default(),
            hasher,
            has_timed: AtomicBool::new(false),
            saving: Default::default(),
        }
    }

    #[inline]
    pub(super) fn hash(&self, key: &[u8]) -> u64 {
        super::hash(&self.hasher, key)
    }

    /// A shard's table and its lock.
    #[inline]
    pub(super) fn shard(&self, shard: usize) -> &RwLock<Table> {
        &self.map.shards()[shard]
    }

    /// Where the table of `shard` lies, as far as that is known without its lock.
    #[inline]
    pub(super) fn whereabouts(&self, shard: usize) -> &Whereabouts {
        &self.whereabouts[shard]
    }

    /// Adds a record that is not in the table of `shard`, which is `table`.
    #[inline]
    pub(super) fn insert(&self, shard: usize, table: &mut Table, hash: u64, record: Record) {
        self.count(shard, 1, record.memory() as i64);
        self.count_deadlines(shard, None, Deadlines::of(&record));
        let before = table.buckets();
        let slot: Slot = (record, SharedValue::new(()));
        table.insert(hash, slot, |(record, _)| self.hash(record.key()));
        if table.buckets() != before {
            self.resized(shard, before, table);
        }
    }

    /// Takes the record with this key out of the table of `shard`, which is `table`.
    pub(super) fn remove(
        &self,
        shard: usize,
        table: &mut Table,
        hash: u64,
        key: &[u8],
    ) -> Option<Record> {
        let (record, _) = table.remove_entry(hash, |(record, _)| record.matches(key))?;
        self.count(shard, -1, -(record.memory() as i64));
        self.count_deadlines(shard, Deadlines::of(&record), None);
        self.shrink(shard, table);
        Some(record)
    }

    /// Gives memory back if the table of `shard` is nearly empty; moves the few entries there are.
    pub(super) fn shrink(&self, shard: usize, table: &mut Table) {
        let before = table.buckets();
        if before > KEPT_BUCKETS && table.len() < before / SPARSE {
            table.shrink_to(2 * table.len(), |(record, _)| self.hash(record.key()));
            self.resized(shard, before, table);
        }
    }

    /// Takes everything out of the table of `shard`. Its keys are still counted.
    pub(super) fn take(&self, shard: usize, table: &mut Table) -> Table {
        let taken = std::mem::take(table);
        self.resized(shard, taken.buckets(), table);
        taken
    }

    /// Notes that the table of `shard` had `before` buckets until now.
    #[cold]
    pub(super) fn resized(&self, shard: usize, before: usize, table: &Table) {
        self.whereabouts[shard].note(table);
        let grown = table_memory(table.buckets()) as i64 - table_memory(before) as i64;
        self.stripes[shard % STRIPES].tables.fetch_add(grown, Ordering::Relaxed);
    }

    /// Counts `keys` more (or fewer) keys and `memory` more (or fewer) bytes in `shard`.
    #[inline]
    pub(super) fn count(&self, shard: usize, keys: i64, memory: i64) {
        let stripe = &self.stripes[shard % STRIPES];
        if keys != 0 {
            stripe.keys.fetch_add(keys, Ordering::Relaxed);
        }
        if memory != 0 {
            stripe.memory.fetch_add(memory, Ordering::Relaxed);
        }
    }

    /// Notes that a record of `shard`, which is locked for writing, changed its deadlines.
    #[inline]
    pub(super) fn count_deadlines(
        &self,
        shard: usize,
        before: Option<Deadlines>,
        after: Option<Deadlines>,
    ) {
        if before.is_some() || after.is_some() {
            self.change_deadlines(shard, before, after);
        }
    }

    fn change_deadlines(&self, shard: usize, before: Option<Deadlines>, after: Option<Deadlines>) {
        if before == after {
            return;
        }
        if after.is_some_and(|after| after.timed) {
            self.has_timed.store(true, Ordering::Relaxed);
        }
        let change = |has: fn(Deadlines) -> bool| {
            i64::from(after.is_some_and(has)) - i64::from(before.is_some_and(has))
        };
        let add = |count: &AtomicI64, change| {
            if change != 0 {
                count.fetch_add(change, Ordering::Relaxed);
            }
        };
        let stripe = &self.stripes[shard % STRIPES];
        add(&stripe.expiring, change(|deadlines| deadlines.key.is_some()));
        add(&stripe.timed, change(|deadlines| deadlines.key.is_none()));
        let deadlines = &self.deadlines[shard];
        let change = change(|_| true);
        if change != 0 {
            deadlines.count.fetch_add(change as u32, Ordering::Relaxed);
        }
        if let Some(after) = after {
            deadlines.earliest.fetch_min(after.due, Ordering::Relaxed);
        }
    }

    /// Whether an element may have a deadline.
    pub(super) fn has_timed(&self) -> bool {
        self.has_timed.load(Ordering::Relaxed)
    }

    /// Whether any key, or any element of one, has a deadline.
    pub(super) fn has_deadlines(&self) -> bool {
        // Others change the counts meanwhile, so the sum may be off; it is 0 only if each is, or if
        // they are on their way.
        let counts = self.stripes.iter().flat_map(|stripe| [&stripe.expiring, &stripe.timed]);
        counts.into_iter().any(|count| count.load(Ordering::Relaxed) != 0)
    }

    /// Whether some key of `shard` may have ended before `now` (milliseconds).
    pub(super) fn has_due(&self, shard: usize, now: u64) -> bool {
        let deadlines = &self.deadlines[shard];
        deadlines.count.load(Ordering::Relaxed) > 0
            && deadlines.earliest.load(Ordering::Relaxed) < now
    }

    /// States the earliest deadline left in `shard`, which is locked for writing.
    pub(super) fn set_earliest(&self, shard: usize, earliest: u64) {
        self.deadlines[shard].earliest.store(earliest, Ordering::Relaxed);
    }

    pub(super) fn totals(&self) -> Totals {
        let sum = |field: fn(&Stripe) -> &AtomicI64| {
            let total: i64 = self.stripes.iter().map(|s| field(s).load(Ordering::Relaxed)).sum();
            // Stripes are read one after the other, so a sum may pass through a negative value.
            total.max(0) as u64
        };
        Totals {
            keys: sum(|s| &s.keys),
            expiring: sum(|s| &s.expiring),
            memory: sum(|s| &s.memory),
            tables: sum(|s| &s.tables),
        }
    }

    /// Forgets all counts, for a database whose shards are all locked and have just been emptied.
    pub(super) fn clear_counts(&self) {
        self.has_timed.store(false, Ordering::Relaxed);
        for stripe in &self.stripes {
            for field in stripe.fields() {
                field.store(0, Ordering::Relaxed);
            }
        }
        for deadlines in &self.deadlines {
            deadlines.count.store(0, Ordering::Relaxed);
            deadlines.earliest.store(u64::MAX, Ordering::Relaxed);
        }
    }

    /// Exchanges the counts of two databases whose shards are all locked, with their tables.
    pub(super) fn swap_counts(&self, other: &Database) {
        let ours = self.has_timed.swap(other.has_timed(), Ordering::Relaxed);
        other.has_timed.store(ours, Ordering::Relaxed);
        for (ours, theirs) in self.stripes.iter().zip(&other.stripes) {
            for (ours, theirs) in ours.fields().into_iter().zip(theirs.fields()) {
                let count = ours.swap(theirs.load(Ordering::Relaxed), Ordering::Relaxed);
                theirs.store(count, Ordering::Relaxed);
            }
        }
        for (ours, theirs) in self.deadlines.iter().zip(&other.deadlines) {
            let count = ours.count.swap(theirs.count.load(Ordering::Relaxed), Ordering::Relaxed);
            theirs.count.store(count, Ordering::Relaxed);
            let earliest =
                ours.earliest.swap(theirs.earliest.load(Ordering::Relaxed), Ordering::Relaxed);
            theirs.earliest.store(earliest, Ordering::Relaxed);
        }
    }
}

/// Bytes of a table: a slot and a control byte for each bucket, and one more group of control bytes.
/// A table that never held anything takes none.
fn table_memory(buckets: usize) -> usize {
    match buckets {
        0 | 1 => 0,
        buckets => buckets * (size_of::<Slot>() + 1) + CONTROL_GROUP,
    }
}
