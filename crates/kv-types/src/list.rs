//! Large lists: chunks of packed elements, in segments that clones share.
//!
//! ```text
//! List            [ Shared ┬ Shared ┬ … ]
//! segment           └ [ Chunk ┬ Chunk ┬ … ]  up to 64 of them
//! chunk                 └ a listpack of up to 2 KiB, or of one longer element
//! ```
//!
//! List and segment are one thing, a row of parts. An element is found by its number: past whole
//! segments, then past whole chunks, then past elements, each from the nearer end. A push or a pop moves
//! the bytes of one chunk at most. A clone counts up once for each segment; a change copies the one segment
//! (its pointers) and the one chunk that it is in, if they are shared.
//!
//! - `part.rs`: what a part of a list can do.
//! - `chunk.rs`, `row.rs`, `shared.rs`: the three that there are.
//! - `packed.rs`: what is done with a single listpack, that of a chunk or of a record.
//! - `record.rs`: a list in its record, packed there or large.
//! - `iter.rs`: the elements in their order, or in the opposite one.

use std::ops::Range;

use crate::listpack::{self, Digits, Listpack, Value};

mod chunk;
mod iter;
mod packed;
mod part;
mod record;
mod row;
mod shared;

pub use iter::Iter;
pub use record::{ListMut, ListRef};

use chunk::Chunk;
use part::Part;
use row::Row;
use shared::Shared;

/// Longest listpack, in bytes, of more than one element that is one chunk of a list.
pub const CHUNK_MAX: usize = chunk::MAX;

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The left one, the head.
    Front,
    /// The right one, the tail.
    Back,
}

/// A list of strings, made for more of them than fit one chunk.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Whether it is called a quicklist.
    is_quicklist: bool,
    segments: Row<Shared<Row<Chunk>>>,
}

impl List {
    /// A list without elements.
    pub fn new() -> List {
        List::default()
    }

    /// How many elements there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.segments.len()
    }

    /// Whether there is no element.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether Redis would have the list as a quicklist, rather than as one listpack.
    #[inline]
    pub fn is_quicklist(&self) -> bool {
        self.is_quicklist
    }

    /// Bytes of memory that the list takes beside `Self`, those included that it shares.
    #[inline]
    pub fn memory(&self) -> usize {
        self.segments.size().memory
    }

    /// Frees a part at each step.
    pub fn dismantle(self) -> impl Iterator<Item = ()> {
        self.segments.into_parts().map(drop)
    }

    /// Bytes of the one listpack that could have all the elements.
    #[inline]
    pub fn packed_len(&self) -> usize {
        chunk::EMPTY + self.segments.size().packed
    }

    /// The elements in their order, some in each listpack; one alone in each that is longer than [`CHUNK_MAX`].
    pub fn chunks(&self) -> impl Iterator<Item = Listpack<'_>> {
        let segments = self.segments.parts().iter();
        segments.flat_map(|segment| segment.parts()).map(Chunk::elements)
    }

    /// The listpack that has all the elements.
    pub fn to_listpack(&self) -> Vec<u8> {
        let mut all = listpack::EMPTY.to_vec();
        self.chunks().for_each(|chunk| listpack::append(&mut all, chunk));
        all
    }

    /// Adds an element at an end.
    #[inline]
    pub fn push(&mut self, end: End, value: &[u8]) {
        let pushed = self.segments.push(end, value);
        debug_assert!(pushed, "there is no limit to the number of segments");
    }

    /// Takes the element at an end away, when `take` has seen it; `None` if there is none.
    #[inline]
    pub fn pop<R>(&mut self, end: End, take: impl FnOnce(Value<'_>) -> R) -> Option<R> {
        self.segments.pop(end, take)
    }

    /// The element of number `index`.
    pub fn get(&self, index: usize) -> Option<Value<'_>> {
        self.iter_from(index).next()
    }

    /// The elements.
    pub fn iter(&self) -> Iter<'_> {
        self.iter_from(0)
    }

    /// The elements from number `index` on.
    pub fn iter_from(&self, index: usize) -> Iter<'_> {
        Iter::new(&self.segments, index)
    }

    /// The elements from number `index` down to the first, in this order.
    pub fn iter_back_from(&self, index: usize) -> Iter<'_, true> {
        Iter::new(&self.segments, index)
    }

    /// Replaces the element of number `index`; whether there is one.
    pub fn set(&mut self, index: usize, value: &[u8]) -> bool {
        let found = index < self.len();
        if found {
            self.segments.set(index, value);
        }
        found
    }

    /// Inserts an element that will have number `index`, or be the last if there are not so many.
    pub fn insert(&mut self, index: usize, value: &[u8]) {
        if index < self.len() {
            self.segments.insert(index, value);
        } else {
            self.push(End::Back, value);
        }
    }

    /// Removes the elements of these numbers, as many of them as there are.
    pub fn remove(&mut self, range: Range<usize>) {
        let end = range.end.min(self.len());
        if range.start < end {
            self.segments.remove(range.start..end);
        }
    }

    /// Removes elements that equal `value`, at most `most`, beginning from one end. How many.
    pub fn remove_equal(&mut self, value: &[u8], most: usize, from: End) -> usize {
        self.segments.remove_equal(value, most, from)
    }
}

impl From<Listpack<'_>> for List {
    fn from(list: Listpack<'_>) -> List {
        let mut all = List::new();
        if list.bytes().len() <= CHUNK_MAX && !list.is_empty() {
            all.segments = Row::from(Shared::from(Row::from(Chunk::from(list))));
        } else {
            let mut digits = Digits::new();
            list.iter().for_each(|value| all.push(End::Back, value.text(&mut digits)));
        }
        all
    }
}

#[cfg(test)]
mod tests;
