//! The elements in their order, or in the opposite one.

use std::slice;

use super::chunk::Chunk;
use super::row::Row;
use super::shared::Shared;
use super::{End, List, Place};
use crate::listpack::{self, Listpack, Value};

/// Elements of a [`List`], from one on; `BACK` is towards the front.
#[derive(Clone, Debug)]
pub struct Iter<'a, const BACK: bool = false> {
    elements: listpack::Iter<'a>,
    /// What comes then: chunks of a segment that has been begun, segments, and the chunk at the other end.
    chunks: &'a [Chunk],
    segments: &'a [Shared<Row<Chunk>>],
    last: &'a [Chunk],
}

impl<'a, const BACK: bool> Iter<'a, BACK> {
    /// The elements of a list from the one of number `index` on; none if there is no such element.
    pub(super) fn new(list: &'a List, index: usize) -> Iter<'a, BACK> {
        let target = if BACK { End::Front } else { End::Back };
        let (segments, last) = (list.middle.parts(), slice::from_ref(list.end(target)));
        match list.place(index) {
            None => Iter::packed(Listpack::EMPTY, 0),
            Some((Place::End(end), index)) => {
                let first = Iter::packed(list.end(end).elements(), index);
                if end == target { first } else { Iter { segments, last, ..first } }
            }
            Some((Place::Middle, index)) => {
                let (segment, index) = list.middle.find(index);
                let (before, segments) = segments.split_at(segment);
                let (chunk, index) = segments[0].find(index);
                let (chunks_before, chunks) = segments[0].parts().split_at(chunk);
                Iter {
                    chunks: if BACK { chunks_before } else { &chunks[1..] },
                    segments: if BACK { before } else { &segments[1..] },
                    last,
                    ..Iter::packed(chunks[0].elements(), index)
                }
            }
        }
    }

    /// The same of a listpack.
    pub(super) fn packed(list: Listpack<'a>, index: usize) -> Iter<'a, BACK> {
        let elements = match list.seek(index) {
            None => list.iter_from(list.end()),
            Some(place) if !BACK => list.iter_from(place),
            Some(place) => list.iter_to(list.entry(place).map_or(place, |(_, next)| next)),
        };
        Iter { elements, chunks: &[], segments: &[], last: &[] }
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
                self.chunks = match take::<_, BACK>(&mut self.segments) {
                    Some(segment) => segment.parts(),
                    None if self.last.is_empty() => return None,
                    None => std::mem::take(&mut self.last),
                };
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
