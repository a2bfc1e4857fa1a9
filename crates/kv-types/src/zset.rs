//! Members in the order of their scores.

/// Members in the order of their scores, in memory of its own.
#[derive(Clone, Debug, Default)]
pub struct SortedTree;

impl SortedTree {
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
}
