//! Large lists: chunks of packed elements, those between the two ends in segments that clones share.
//!
//! ```text
//! List            Chunk [ Shared ┬ Shared ┬ … ] Chunk   the ends, and the middle
//! segment                 └ [ Chunk ┬ Chunk ┬ … ]       up to 64 of them
//! chunk                       └ a listpack of up to 8 KiB, 2 KiB at an end, or of one longer element
//! ```
//!
//! **The ends.** The first chunk and the last lie in the list itself: a push or a pop touches the list and the
//! chunk, and no more memory. A chunk at an end has room for elements to come. Once it has too little it goes
//! into the middle, and another one is begun; once it is empty, the next pop there has one come out of the
//! middle. So a list that goes back and forth between two lengths need not move chunks each time.
//!
//! **Short and long.** A chunk that comes into the middle is short, and a long one is made of such chunks once
//! there are enough: what every chunk takes beside its elements is then little. One that is to come out of the
//! middle is made short ones of.
//!
//! **The middle** and a segment are one thing, a row of parts. An element is found by its number: past whole
//! segments, then past whole chunks, then past elements, each from the nearer end. A change moves
//! the bytes of few chunks. A clone counts up once for each segment; a change copies the one segment
//! (its pointers) and the one chunk that it is in, if they are shared.
//!
//! - `part.rs`: what a part of a list can do.
//! - `chunk.rs`, `row.rs`, `shared.rs`: the three that there are.
//! - `run.rs`: elements of a chunk that are copied into others.
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
mod run;
mod shared;

pub use iter::Iter;
pub use record::{ListMut, ListRef};

use chunk::Chunk;
use part::{Part, Size};
use row::Row;
use shared::Shared;

/// Longest listpack, in bytes, of more than one element that is one chunk of a list.
pub const CHUNK_MAX: usize = chunk::MAX;

/// Longest listpack, in bytes, that is a list in its record.
const PACKED_MAX: usize = chunk::END_MAX;

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The left one, the head.
    Front,
    /// The right one, the tail.
    Back,
}

impl End {
    fn other(self) -> End {
        match self {
            End::Front => End::Back,
            End::Back => End::Front,
        }
    }
}

/// Where an element of a list is.
#[derive(Clone, Copy, Debug)]
enum Place {
    End(End),
    Middle,
}

/// A list of strings, made for more of them than fit one chunk.
///
/// Invariant: a chunk at an end is not too long to be there; it may be empty, whether or not there are elements
/// elsewhere.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Whether it is called a quicklist.
    is_quicklist: bool,
    /// By [`End`].
    ends: [Chunk; 2],
    middle: Row<Shared<Row<Chunk>>>,
}

impl List {
    /// A list without elements.
    pub fn new() -> List {
        List::default()
    }

    /// How many elements there are.
    #[inline]
    pub fn len(&self) -> usize {
        let [front, back] = &self.ends;
        front.len() + self.middle.len() + back.len()
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
        self.size().memory
    }

    #[inline]
    fn size(&self) -> Size {
        let [front, back] = &self.ends;
        let mut size = self.middle.size();
        size += front.size();
        size += back.size();
        size
    }

    /// Frees a part at each step.
    pub fn dismantle(self) -> impl Iterator<Item = ()> {
        let segments = self.middle.into_parts().filter_map(Shared::into_unshared);
        segments.flat_map(Row::into_parts).map(drop)
    }

    /// Bytes of the one listpack that could have all the elements.
    #[inline]
    pub fn packed_len(&self) -> usize {
        chunk::EMPTY + self.size().packed
    }

    /// The elements in their order, some in each listpack; one alone in each that is longer than [`CHUNK_MAX`].
    pub fn chunks(&self) -> impl Iterator<Item = Listpack<'_>> {
        let [front, back] = &self.ends;
        let middle = self.middle.parts().iter().flat_map(|segment| segment.parts());
        let chunks = std::iter::once(front).chain(middle).chain(std::iter::once(back));
        chunks.filter(|chunk| !chunk.is_empty()).map(Chunk::elements)
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
        if !self.end_mut(end).push(end, value) {
            self.stow(end, Chunk::of(end, value));
        }
    }

    /// Takes the element at an end away, when `take` has seen it; `None` if there is none.
    #[inline]
    pub fn pop<R>(&mut self, end: End, take: impl FnOnce(Value<'_>) -> R) -> Option<R> {
        let from = if self.end(end).is_empty() { self.refill(end) } else { end };
        self.end_mut(from).pop(end, take)
    }

    #[inline]
    fn end(&self, end: End) -> &Chunk {
        &self.ends[end as usize]
    }

    #[inline]
    fn end_mut(&mut self, end: End) -> &mut Chunk {
        &mut self.ends[end as usize]
    }

    /// Has `next` be the chunk at an end; the one that was goes into the middle.
    #[cold]
    fn stow(&mut self, end: End, next: Chunk) {
        let chunk = std::mem::replace(self.end_mut(end), next);
        if !chunk.is_empty() {
            self.middle.push(end, chunk);
        }
    }

    /// Has a chunk of the middle be the one at an end, where there are no elements. At which end the element
    /// is then that is the outermost: the other one if the middle was empty.
    #[cold]
    fn refill(&mut self, end: End) -> End {
        match self.middle.pop(end) {
            Some(chunk) => {
                *self.end_mut(end) = chunk;
                end
            }
            None => end.other(),
        }
    }

    /// Where the element of number `index` is, and its number there.
    fn place(&self, index: usize) -> Option<(Place, usize)> {
        let (front, middle) = (self.end(End::Front).len(), self.middle.len());
        match index {
            _ if index < front => Some((Place::End(End::Front), index)),
            _ if index < front + middle => Some((Place::Middle, index - front)),
            _ if index < self.len() => Some((Place::End(End::Back), index - front - middle)),
            _ => None,
        }
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
        Iter::new(self, index)
    }

    /// The elements from number `index` down to the first, in this order.
    pub fn iter_back_from(&self, index: usize) -> Iter<'_, true> {
        Iter::new(self, index)
    }

    /// Replaces the element of number `index`; whether there is one.
    pub fn set(&mut self, index: usize, value: &[u8]) -> bool {
        let place = self.place(index);
        match place {
            Some((Place::End(end), index)) => self.edit(end, |chunk| chunk.set(index, value)),
            Some((Place::Middle, index)) => self.middle.set(index, value),
            None => {}
        }
        place.is_some()
    }

    /// Inserts an element that will have number `index`, or be the last if there are not so many.
    pub fn insert(&mut self, index: usize, value: &[u8]) {
        match self.place(index) {
            Some((Place::End(end), index)) => self.edit(end, |chunk| chunk.insert(index, value)),
            Some((Place::Middle, index)) => self.middle.insert(index, value),
            None => self.push(End::Back, value),
        }
    }

    /// Changes the chunk at an end. If that makes it too long, it goes into the middle.
    fn edit(&mut self, end: End, change: impl FnOnce(&mut Chunk)) {
        let chunk = self.end_mut(end);
        change(chunk);
        if chunk.exceeds(chunk::END_MAX) {
            self.stow(end, Chunk::default());
        }
    }

    /// Removes the elements of these numbers, as many of them as there are.
    pub fn remove(&mut self, range: Range<usize>) {
        let [front, back] = &mut self.ends;
        let range = remove_share(front, range);
        let range = remove_share(&mut self.middle, range);
        remove_share(back, range);
    }

    /// Removes elements that equal `value`, at most `most`, beginning from one end. How many.
    pub fn remove_equal(&mut self, value: &[u8], most: usize, from: End) -> usize {
        let mut removed = self.end_mut(from).remove_equal(value, most, from);
        removed += self.middle.remove_equal(value, most - removed, from);
        removed + self.end_mut(from.other()).remove_equal(value, most - removed, from)
    }
}

/// Removes those elements of `range` that are in `part`. The others, numbered from the end of the part on.
fn remove_share(part: &mut impl Part, range: Range<usize>) -> Range<usize> {
    let len = part.len();
    let share = range.start.min(len)..range.end.min(len);
    if !share.is_empty() {
        part.remove(share);
    }
    range.start.saturating_sub(len)..range.end.saturating_sub(len)
}

impl From<Listpack<'_>> for List {
    fn from(list: Listpack<'_>) -> List {
        let mut all = List::new();
        if list.bytes().len() <= chunk::END_MAX && !list.is_empty() {
            *all.end_mut(End::Front) = Chunk::from(list);
        } else {
            let mut digits = Digits::new();
            list.iter().for_each(|value| all.push(End::Back, value.text(&mut digits)));
        }
        all
    }
}

#[cfg(test)]
mod tests;
