//! Fields with values.

/// Fields with values, in memory of its own.
#[derive(Clone, Debug, Default)]
pub struct HashTable;

impl HashTable {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        0
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that it takes.
    pub fn memory(&self) -> usize {
        0
    }

    /// The first moment (milliseconds) after which an element's time is over.
    pub fn earliest(&self) -> Option<u64> {
        None
    }

    /// How many elements there are whose time is not over at `now` (milliseconds).
    pub fn live_len(&self, _now: u64) -> usize {
        self.len()
    }

    /// Removes the elements whose time is over at `now` (milliseconds); how many.
    pub fn expire(&mut self, _now: u64) -> usize {
        0
    }

    /// Frees a part at each step.
    pub fn dismantle(self) -> impl Iterator<Item = ()> {
        std::iter::empty()
    }
}
