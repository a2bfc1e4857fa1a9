//! The elements in their order, or in the opposite one.

use super::chunk::Chunk;
use super::part::Part;
use super::row::Row;
use super::shared::Shared;
use crate::listpack::{self, Listpack, Value};

/// Elements of a [`List`](super::List), from one on; `BACK` is towards the front.
#[derive(Clone, Debug)]
pub struct Iter<'a, const BACK: bool = false> {
    /// Segments and chunks that have not been begun.
    segments: &'a [Shared<Row<Chunk>>],
    chunks: &'a [Chunk],
    elements: listpack::Iter<'a>,
}

impl<'a, const BACK: bool> Iter<'a, BACK> {
    /// The elements of a list from the one of number `index` on; none if there is no such element.
    pub(super) fn new(list: &'a Row<Shared<Row<Chunk>>>, index: usize) -> Iter<'a, BACK> {
        if index >= list.len() {
            return Iter::packed(Listpack::EMPTY, 0);
        }
        let (segment, index) = list.find(index);
        let (before, segments) = list.parts().split_at(segment);
        let (chunk, index) = segments[0].find(index);
        let (chunks_before, chunks) = segments[0].parts().split_at(chunk);
        Iter {
            segments: if BACK { before } else { &segments[1..] },
            chunks: if BACK { chunks_before } else { &chunks[1..] },
            ..Iter::packed(chunks[0].elements(), index)
        }
    }

    /// The same of a listpack.
    pub(super) fn packed(list: Listpack<'a>, index: usize) -> Iter<'a, BACK> {
        let elements = match list.seek(index) {
            None => list.iter_from(list.end()),
            Some(place) if !BACK => list.iter_from(place),
            Some(place) => list.iter_to(list.entry(place).map_or(place, |(_, next)| next)),
        };
        Iter { segments: &[], chunks: &[], elements }
    }
}

impl<'a, const BACK: bool> Iterator for Iter<'a, BACK> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        loop {
            let next = if BACK { self.elements.next_back() } else { self.elements.next() };
            if next.is_some() {
                return next;
            }
            while self.chunks.is_empty() {
                self.chunks = take::<_, BACK>(&mut self.segments)?.parts();
            }
            self.elements = take::<_, BACK>(&mut self.chunks)?.elements().iter();
        }
    }
}

/// Takes the next of `parts` away.
fn take<'a, P, const BACK: bool>(parts: &mut &'a [P]) -> Option<&'a P> {
    let (next, rest) = if BACK { parts.split_last()? } else { parts.split_first()? };
    *parts = rest;
    Some(next)
}
