//! Which entries of a table end when.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes that an entry of the map takes, about: its nodes are about two thirds full.
const ENTRY: usize = 3 * (size_of::<(u64, u64)>() + size_of::<u32>()) / 2;

/// The deadlines of entries, in order, each with the hash of its key. A clone shares them until one of
/// the two changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Deadlines {
    /// How many entries have this deadline and this hash: one, but for an unlikely accident.
    map: Option<Arc<BTreeMap<(u64, u64), u32>>>,
    len: usize,
}

impl Deadlines {
    /// Notes that the deadline of a key with this hash changes.
    #[inline]
    pub(super) fn change(&mut self, hash: u64, before: Option<u64>, after: Option<u64>) {
        if before != after {
            self.change_entry(hash, before, after);
        }
    }

    fn change_entry(&mut self, hash: u64, before: Option<u64>, after: Option<u64>) {
        let map = Arc::make_mut(self.map.get_or_insert_default());
        if let Some(at) = before
            && let Some(count) = map.get_mut(&(at, hash))
        {
            *count -= 1;
            if *count == 0 {
                map.remove(&(at, hash));
            }
            self.len -= 1;
        }
        if let Some(at) = after {
            *map.entry((at, hash)).or_default() += 1;
            self.len += 1;
        }
        if map.is_empty() {
            self.map = None;
        }
    }

    /// The first deadline.
    #[inline]
    pub(super) fn earliest(&self) -> Option<u64> {
        self.first().map(|(at, _)| at)
    }

    /// The first deadline, and the hash of its key.
    #[inline]
    pub(super) fn first(&self) -> Option<(u64, u64)> {
        self.map.as_ref()?.first_key_value().map(|(&first, _)| first)
    }

    /// How many deadlines are before `now`.
    pub(super) fn over(&self, now: u64) -> usize {
        let Some(map) = &self.map else { return 0 };
        map.range(..(now, 0)).map(|(_, &count)| count as usize).sum()
    }

    /// Whether there are deadlines that are not before `now`.
    pub(super) fn are_left(&self, now: u64) -> bool {
        self.map.as_ref().is_some_and(|map| map.range((now, 0)..).next().is_some())
    }

    /// Bytes of memory that they take, about.
    pub(super) fn memory(&self) -> usize {
        self.len * ENTRY
    }
}
