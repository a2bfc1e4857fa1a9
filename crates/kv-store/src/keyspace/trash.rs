//! What was removed and is freed outside of the locks: at once if it is little, else in slices.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::raw::RawIntoIter;
use kv_types::{Collection, Record, Remains};
use parking_lot::Mutex;

use super::database::{Slot, Table};

/// A record of more bytes than this is freed after the locks are dropped …
pub(super) const FREE_LATER: usize = 16 << 10;
/// … and one of more than this not by the thread that removed it, if somebody else can be left to do
/// it.
const HUGE: usize = 1 << 20;

/// Most bytes of huge records that wait to be freed. Who removes more frees them, so that memory
/// is bounded however fast huge values are overwritten. (Tables are not counted: what a flush removes
/// was there before, and slices grow with it.)
const MOST_WAITING: usize = 256 << 20;

/// Small records freed in a slice, some tens of microseconds' worth …
const SLICE: usize = 1024;
/// … or so many, if much waits: who fills and flushes again and again must not be faster. What waits is
/// to be freed in about so many slices.
const LONGEST_SLICE: usize = 8 * SLICE;
const SLICES: usize = 512;

/// Parts of collections freed in a slice.
const PARTS: usize = 16;

/// Bytes of a record that take as long to free as a small one: the system takes them back by the page.
const PAGE: usize = 4096;

/// Records whose freeing takes as long as that of a table without any.
const EMPTY_TABLE: usize = 4;

/// What a command has removed.
#[derive(Default)]
pub(super) struct Garbage {
    pub(super) records: Vec<Record>,
    pub(super) tables: Vec<Table>,
    /// Whether the client waits for the memory to be free.
    pub(super) at_once: bool,
}

impl Garbage {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.tables.is_empty()
    }

    /// Frees it, or leaves what is large to `trash`.
    #[cold]
    pub(super) fn free(&mut self, trash: &Trash) {
        let Garbage { records, tables, at_once } = std::mem::take(self);
        let lazy = trash.is_lazy() && !at_once;
        for record in records {
            if lazy && record.memory() > HUGE {
                trash.add_record(record);
            }
        }
        if tables.is_empty() {
            return;
        }
        if lazy {
            trash.add_tables(tables);
        } else {
            drop(tables);
            // What this thread caches would keep memory of the records that are gone.
            kv_types::slab::collect();
        }
    }
}

/// What waits to be freed.
#[derive(Default)]
pub(crate) struct Trash {
    lazy: AtomicBool,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    records: Vec<Record>,
    /// Bytes of these records.
    bytes: usize,
    /// A collection of one of them that has been begun with.
    remains: Option<Remains>,
    tables: VecDeque<RawIntoIter<Slot>>,
    /// Records in these tables, about.
    entries: usize,
}

impl Trash {
    /// From here on, what is large is left for [`free_slice`](Trash::free_slice).
    pub(crate) fn set_lazy(&self) {
        self.lazy.store(true, Ordering::Relaxed);
    }

    fn is_lazy(&self) -> bool {
        self.lazy.load(Ordering::Relaxed)
    }

    fn add_record(&self, record: Record) {
        let mut waiting = self.waiting.lock();
        let bytes = waiting.bytes + record.memory();
        if bytes <= MOST_WAITING {
            waiting.bytes = bytes;
            waiting.records.push(record);
        } else {
            // Freed here, without the lock.
            drop(waiting);
        }
    }

    fn add_tables(&self, tables: Vec<Table>) {
        let mut waiting = self.waiting.lock();
        waiting.entries += tables.iter().map(Table::len).sum::<usize>();
        waiting.tables.extend(tables.into_iter().map(Table::into_iter));
    }

    /// Frees a little of what waits, more if much does; whether there was anything.
    pub(crate) fn free_slice(&self) -> bool {
        let mut waiting = self.waiting.lock();
        if let Some(mut remains) = waiting.remains.take() {
            drop(waiting);
            if remains.by_ref().take(PARTS).count() == PARTS {
                self.waiting.lock().remains = Some(remains);
            }
            return true;
        }
        if let Some(record) = waiting.records.pop() {
            waiting.bytes -= record.memory();
            drop(waiting);
            let remains = record.into_large().map(Collection::dismantle);
            if remains.is_some() {
                self.waiting.lock().remains = remains;
            }
            return true;
        }
        let slice = (waiting.entries / SLICES).clamp(SLICE, LONGEST_SLICE);
        let mut left = slice;
        while let Some(mut table) = waiting.tables.pop_front() {
            // Others may add to the queue meanwhile.
            drop(waiting);
            let mut freed = 0;
            while left > 0
                && let Some((record, _)) = table.next()
            {
                left = left.saturating_sub(1 + record.memory() / PAGE);
                freed += 1;
            }
            let rest = (left == 0).then_some(table);
            left = left.saturating_sub(EMPTY_TABLE);
            waiting = self.waiting.lock();
            waiting.entries = waiting.entries.saturating_sub(freed);
            if let Some(table) = rest {
                waiting.tables.push_front(table);
                return true;
            }
        }
        waiting.entries = 0;
        drop(waiting);
        if left < slice {
            // That was the last one.
            kv_types::slab::collect();
        }
        left < slice
    }
}

#[cfg(test)]
mod tests {
    use crate::Store;

    fn filled() -> std::sync::Arc<Store> {
        let store = Store::builder().lazy_free().build();
        let mut session = store.session();
        for number in 0..20_000 {
            session.call(["SET", &number.to_string(), "v"]);
        }
        store
    }

    #[test]
    fn a_flush_leaves_its_work_to_slices() {
        let store = filled();
        assert!(!store.reclaim(), "nothing waits yet");
        store.session().call(["FLUSHALL"]);
        assert_eq!(store.used_memory(), 0);
        let slices = (0..100_000).take_while(|_| store.reclaim()).count();
        assert!((20..60).contains(&slices), "{slices}");
        assert!(!store.reclaim());
    }

    #[test]
    fn a_huge_value_waits_and_a_small_one_does_not() {
        let store = Store::builder().lazy_free().build();
        let mut session = store.session();
        session.call(["SET", "small", &"v".repeat(100_000)]);
        session.call(["DEL", "small"]);
        assert!(!store.reclaim());
        session.call(["SET", "huge", &"v".repeat(2 << 20)]);
        session.call(["SET", "huge", "other"]);
        assert!(store.reclaim());
        assert!(!store.reclaim());
    }

    #[test]
    fn what_waits_is_bounded() {
        let store = Store::builder().lazy_free().build();
        let mut session = store.session();
        let value = "v".repeat(8 << 20);
        for _ in 0..80 {
            session.call(["SET", "huge", &value]);
        }
        let waiting = (0..).take_while(|_| store.reclaim()).count();
        assert!((20..=super::MOST_WAITING >> 23).contains(&waiting), "{waiting}");
    }

    #[test]
    fn without_somebody_to_free_it_nothing_waits() {
        let store = Store::builder().build();
        store.session().call(["SET", "huge", &"v".repeat(2 << 20)]);
        store.session().call(["FLUSHALL"]);
        assert!(!store.reclaim());
    }
}
