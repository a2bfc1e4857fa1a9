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
    /// The elements from the one of number `index` on; none if there is no such element.
    pub(super) fn new(list: &'a Row<Shared<Row<Chunk>>>, index: usize) -> Iter<'a, BACK> {
        if index >= list.len() {
            return Iter { segments: &[], chunks: &[], elements: Listpack::EMPTY.iter() };
        }
        let (segment, index) = list.find(index);
        let (chunk, index) = list.parts()[segment].find(index);
        let (segments, chunks) = (list.parts(), list.parts()[segment].parts());
        let elements = chunks[chunk].elements();
        let place = elements.seek(index).unwrap_or(elements.end());
        match BACK {
            false => Iter {
                segments: &segments[segment + 1..],
                chunks: &chunks[chunk + 1..],
                elements: elements.iter_from(place),
            },
            true => Iter {
                segments: &segments[..segment],
                chunks: &chunks[..chunk],
                elements: elements.iter_to(elements.entry(place).map_or(place, |(_, next)| next)),
            },
        }
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
