//! A row of parts: a segment is one of chunks, the middle of a list is one of segments.

use std::iter;
use std::ops::Range;

use super::End;
use super::chunk::{self, Chunk};
use super::part::{Part, Size};
use super::shared::Shared;

/// Bytes of elements that stay in short chunks at an end when a long one is made of others: where elements come
/// and go at that end, it takes so many until the long one is undone.
const STAY_SHORT: usize = 2 * chunk::END_MAX;

/// Parts, one after the other.
///
/// Invariant: `size` is the sum of the parts' sizes. Between two changes no part is empty or too long, no
/// two neighbours join, and none has room to give back.
#[derive(Clone, Debug)]
pub(super) struct Row<P> {
    parts: Vec<P>,
    size: Size,
}

impl<P> Default for Row<P> {
    fn default() -> Row<P> {
        Row { parts: Vec::new(), size: Size::default() }
    }
}

impl<P: Part> Row<P> {
    pub(super) fn parts(&self) -> &[P] {
        &self.parts
    }

    pub(super) fn into_parts(self) -> impl Iterator<Item = P> {
        self.parts.into_iter()
    }

    /// The part that has element `index`, and the element's number in it; sought from the nearer end.
    pub(super) fn find(&self, index: usize) -> (usize, usize) {
        debug_assert!(index < self.size.len);
        if index <= self.size.len / 2 {
            let (mut at, mut index) = (0, index);
            while index >= self.parts[at].len() {
                index -= self.parts[at].len();
                at += 1;
            }
            return (at, index);
        }
        let (mut at, mut start) = (self.parts.len(), self.size.len);
        while index < start {
            at -= 1;
            start -= self.parts[at].len();
        }
        (at, index - start)
    }

    /// The part at an end, if there is any.
    fn outermost(&self, end: End) -> Option<usize> {
        let last = self.parts.len().checked_sub(1)?;
        Some(if end == End::Front { 0 } else { last })
    }

    fn edit<R>(&mut self, at: usize, change: impl FnOnce(&mut P) -> R) -> R {
        let part = &mut self.parts[at];
        self.size -= part.size();
        let result = change(part);
        self.size += part.size();
        result
    }

    fn add(&mut self, at: usize, part: P) {
        self.size += part.size();
        self.parts.insert(at, part);
    }

    fn take(&mut self, at: usize) -> P {
        let part = self.parts.remove(at);
        self.size -= part.size();
        part
    }

    /// Adds a part at an end.
    fn add_at(&mut self, end: End, part: P) {
        let at = if end == End::Front { 0 } else { self.parts.len() };
        self.add(at, part);
        self.settle(at);
    }

    /// Changes the part that has element `index`, which `change` is given as its number there.
    fn edit_element(&mut self, index: usize, change: impl FnOnce(&mut P, usize)) {
        let (at, index) = self.find(index);
        self.edit(at, |part| change(part, index));
        self.settle(at);
    }

    /// Removes a part that has become empty, splits one that has become long, seals any other, and joins it
    /// with its neighbours if they are short.
    fn settle(&mut self, at: usize) {
        if self.parts[at].len() == 0 {
            self.take(at);
        } else if self.parts[at].is_long() {
            let half = self.edit(at, P::split);
            self.add(at + 1, half);
            self.settle(at + 1);
            return self.settle(at);
        } else {
            self.edit(at, P::seal);
        }
        self.join(at);
        if at > 0 {
            self.join(at - 1);
        }
    }

    /// Joins a part with the next one, if there is one and both are short.
    fn join(&mut self, at: usize) {
        if at + 1 < self.parts.len() && self.parts[at].joins(&self.parts[at + 1]) {
            let next = self.take(at + 1);
            self.edit(at, |part| {
                part.append(next);
                part.seal();
            });
        }
    }
}

impl Row<Chunk> {
    /// Adds what was a chunk at the end of the list. Once the short chunks there have more than enough for it,
    /// a long one is made of them; what is more stays in short ones.
    fn push(&mut self, end: End, chunk: Chunk) {
        self.add_at(end, chunk);
        if let Some(short) = self.enough_short(end) {
            let (long, count, rest) = Chunk::long_of(&self.parts[short.clone()], end);
            match end {
                End::Front => {
                    let chunks = rest.into_iter().chain([long]).collect();
                    self.replace(short.end - count..short.end, chunks);
                }
                End::Back => {
                    let chunks = iter::once(long).chain(rest).collect();
                    self.replace(short.start..short.start + count, chunks);
                }
            }
        }
    }

    /// Takes a chunk at an end, if there is any, to be the one at the end of the list. If it is too long for
    /// that, short ones are made of it.
    fn pop(&mut self, end: End) -> Option<Chunk> {
        let at = self.outermost(end)?;
        if self.parts[at].exceeds(chunk::END_MAX) {
            let short = self.parts[at].to_short();
            self.replace(at..at + 1, short);
        }
        self.outermost(end).map(|at| self.take(at))
    }

    /// Those chunks at an end that are short, if they have so many elements that a long one is to be made.
    fn enough_short(&self, end: End) -> Option<Range<usize>> {
        let parts = self.parts.len();
        let mut packed = chunk::EMPTY;
        for count in 1..=parts {
            let (short, inner) = match end {
                End::Front => (0..count, count - 1),
                End::Back => (parts - count..parts, parts - count),
            };
            packed += self.parts[inner].size().packed;
            if !self.parts[inner].is_short() {
                return None;
            }
            if packed > chunk::MAX + STAY_SHORT {
                return Some(short);
            }
        }
        None
    }

    /// Replaces chunks by others, none of which is too long or has room.
    fn replace(&mut self, range: Range<usize>, others: Vec<Chunk>) {
        let (start, end) = (range.start, range.start + others.len());
        others.iter().for_each(|part| self.size += part.size());
        self.parts.splice(range, others).for_each(|part| self.size -= part.size());
        self.join(end - 1);
        if start > 0 {
            self.join(start - 1);
        }
    }
}

impl Row<Shared<Row<Chunk>>> {
    /// Adds what was the chunk at the end of the list, and may be too long there.
    pub(super) fn push(&mut self, end: End, chunk: Chunk) {
        match self.outermost(end) {
            Some(at) if self.parts[at].parts().len() < Chunk::MOST => {
                self.edit(at, |segment| segment.edit(|chunks| chunks.push(end, chunk)));
                self.settle(at);
            }
            _ => {
                let mut chunks = Row::default();
                chunks.add_at(end, chunk);
                self.add_at(end, Shared::from(chunks));
            }
        }
    }

    /// Takes elements at an end, if there are any, to be the chunk at the end of the list.
    pub(super) fn pop(&mut self, end: End) -> Option<Chunk> {
        let at = self.outermost(end)?;
        let chunk = self.edit(at, |segment| segment.edit(|chunks| chunks.pop(end)));
        self.settle(at);
        chunk
    }
}

impl<P: Part> Part for Row<P> {
    const MOST: usize = usize::MAX;

    #[inline]
    fn size(&self) -> Size {
        let own = self.parts.capacity() * size_of::<P>();
        Size { memory: self.size.memory + own, ..self.size }
    }

    #[inline]
    fn len(&self) -> usize {
        self.size.len
    }

    fn set(&mut self, index: usize, value: &[u8]) {
        self.edit_element(index, |part, index| part.set(index, value));
    }

    fn insert(&mut self, index: usize, value: &[u8]) {
        self.edit_element(index, |part, index| part.insert(index, value));
    }

    fn remove(&mut self, range: Range<usize>) {
        let ((first, start), (last, end)) = (self.find(range.start), self.find(range.end - 1));
        if first == last {
            self.edit(first, |part| part.remove(start..end + 1));
        } else {
            self.edit(last, |part| part.remove(0..end + 1));
            self.edit(first, |part| part.remove(start..part.len()));
            for part in self.parts.drain(first + 1..last) {
                self.size -= part.size();
            }
            self.settle(first + 1);
        }
        self.settle(first);
    }

    fn contains(&self, value: &[u8]) -> bool {
        self.parts.iter().any(|part| part.contains(value))
    }

    fn remove_equal(&mut self, value: &[u8], most: usize, from: End) -> usize {
        let mut removed = 0;
        let parts = self.parts.len();
        for step in 0..parts {
            let at = if from == End::Front { step } else { parts - 1 - step };
            if removed < most && self.parts[at].contains(value) {
                removed += self.edit(at, |part| part.remove_equal(value, most - removed, from));
            }
        }
        if removed > 0 {
            (0..parts).rev().for_each(|at| self.settle(at));
        }
        removed
    }

    fn is_long(&self) -> bool {
        self.parts.len() > P::MOST
    }

    fn split(&mut self) -> Row<P> {
        let mut half = Row { parts: self.parts.split_off(self.parts.len() / 2), ..Row::default() };
        self.parts.shrink_to_fit();
        half.parts.iter().for_each(|part| half.size += part.size());
        self.size -= half.size;
        half
    }

    fn joins(&self, next: &Row<P>) -> bool {
        self.parts.len() + next.parts.len() <= P::MOST / 2
    }

    fn append(&mut self, mut next: Row<P>) {
        let seam = self.parts.len();
        self.parts.append(&mut next.parts);
        self.size += next.size;
        if seam > 0 {
            self.join(seam - 1);
        }
    }
}
