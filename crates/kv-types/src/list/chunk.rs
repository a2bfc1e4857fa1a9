//! A chunk: a run of elements in one listpack.

use std::ops::Range;

use super::End;
use super::part::{Part, Size};
use crate::Blob;
use crate::listpack::{self, Listpack, Value};

/// Longest chunk of more than one element, in bytes: with a blob's header it fills a size class of the
/// slab, and these fill a span.
pub(super) const MAX: usize = 1024 - 8;

/// Bytes of a listpack without elements.
pub(super) const EMPTY: usize = listpack::EMPTY.len();

/// Invariant: the bytes are a listpack.
#[derive(Clone, Debug)]
pub(super) struct Chunk(Blob);

impl Chunk {
    #[inline]
    pub(super) fn elements(&self) -> Listpack<'_> {
        Listpack::new(self.0.bytes())
    }

    /// The offset of an element, or of the end.
    fn place(&self, index: usize) -> usize {
        let list = self.elements();
        list.seek(index).unwrap_or(list.end())
    }
}

impl Part for Chunk {
    /// A segment is copied when it is changed while it is shared: this many pointers.
    const MOST: usize = 64;

    fn of(value: &[u8]) -> Chunk {
        let mut blob = Blob::copied(&[&listpack::EMPTY]);
        listpack::push(&mut blob, value);
        Chunk(blob)
    }

    #[inline]
    fn size(&self) -> Size {
        Size { len: self.len(), packed: self.0.len() - EMPTY, memory: self.0.memory() }
    }

    #[inline]
    fn len(&self) -> usize {
        self.elements().len()
    }

    #[inline]
    fn push(&mut self, end: End, value: &[u8]) -> bool {
        // No integer takes more room than its text: what it takes exactly is not asked for twice.
        let room = self.0.len() + listpack::text_size(value.len()) <= MAX;
        if room {
            let list = self.elements();
            let place = if end == End::Front { list.start() } else { list.end() };
            listpack::insert(&mut self.0, place, value);
        }
        room
    }

    #[inline]
    fn pop<R>(&mut self, end: End, take: impl FnOnce(Value<'_>) -> R) -> Option<R> {
        let list = self.elements();
        let place = match end {
            End::Front => list.start(),
            End::Back => list.before(list.end())?,
        };
        let taken = take(list.entry(place)?.0);
        listpack::remove(&mut self.0, place, 1);
        Some(taken)
    }

    fn set(&mut self, index: usize, value: &[u8]) {
        let place = self.place(index);
        listpack::replace(&mut self.0, place, value);
    }

    fn insert(&mut self, index: usize, value: &[u8]) {
        let place = self.place(index);
        listpack::insert(&mut self.0, place, value);
    }

    fn remove(&mut self, range: Range<usize>) {
        let place = self.place(range.start);
        listpack::remove(&mut self.0, place, range.len());
    }

    fn contains(&self, value: &[u8]) -> bool {
        self.elements().find(value, 1).is_some()
    }

    fn remove_equal(&mut self, value: &[u8], most: usize, from: End) -> usize {
        listpack::remove_equal(&mut self.0, value, most, from == End::Back)
    }

    fn is_long(&self) -> bool {
        self.0.len() > MAX && self.len() > 1
    }

    /// Splits in front of the last element that begins in the first half of the bytes; but not in front of
    /// the first one of all.
    fn split(&mut self) -> Chunk {
        let list = self.elements();
        let (mut place, mut kept) = (list.start(), 0);
        while let Some((_, next)) = list.entry(place)
            && (kept == 0 || next <= list.bytes().len() / 2)
        {
            (place, kept) = (next, kept + 1);
        }
        let mut half = self.0.clone();
        listpack::remove(&mut half, EMPTY - 1, kept);
        listpack::remove(&mut self.0, place, usize::MAX);
        Chunk(half)
    }

    fn joins(&self, next: &Chunk) -> bool {
        self.0.len() + next.0.len() - EMPTY <= MAX / 2
    }

    fn append(&mut self, next: Chunk) {
        listpack::append(&mut self.0, next.elements());
    }
}
