//! A chunk: a run of elements in one listpack, with room for more if it is at an end of the list.

use std::iter;
use std::ops::Range;

use super::part::{Part, Size};
use super::run::Run;
use super::{End, packed};
use crate::Blob;
use crate::buffer::Buffer;
use crate::listpack::{self, Encoded, Listpack, Value};

/// Longest chunk of more than one element, in bytes: with a blob's header it fills a size class of the
/// slab, and these fill a span.
pub(super) const MAX: usize = 8192 - Blob::HEADER;

/// As `MAX`, for a chunk at an end of the list. Pushes and pops there find all they need in few lines of the
/// processor's cache, and what the chunk has room for is not much if the list is short.
pub(super) const END_MAX: usize = 2048 - Blob::HEADER;

/// Room that a chunk begins with at an end of the list. It doubles: chunks that grow use few size classes.
const MIN_ROOM: usize = 128 - Blob::HEADER;

/// Bytes of a listpack without elements.
pub(super) const EMPTY: usize = listpack::EMPTY.len();

/// Elements in a listpack, which lies somewhere in a blob.
///
/// Where something is inserted or removed, the shorter side moves, if there is room: at either end, that
/// are the few bytes of the listpack's header or of its end.
///
/// Invariant: `filled` bytes from `start` on are a listpack of `len` elements; the blob takes `memory` bytes.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    blob: Blob,
    filled: u32,
    /// Kept here, as `len` is, for whoever has no other need to touch the blob.
    memory: u32,
    start: u16,
    len: u16,
}

impl From<Listpack<'_>> for Chunk {
    fn from(list: Listpack<'_>) -> Chunk {
        let (blob, filled) = (Blob::copied(&[list.bytes()]), list.bytes().len() as u32);
        let memory = blob.memory() as u32;
        Chunk { blob, filled, memory, start: 0, len: list.len() as u16 }
    }
}

impl Default for Chunk {
    /// One without elements.
    fn default() -> Chunk {
        Chunk::from(Listpack::EMPTY)
    }
}

impl Chunk {
    /// A chunk of one element at an end of the list.
    pub(super) fn of(end: End, value: &[u8]) -> Chunk {
        let mut chunk = Chunk::default();
        if !chunk.push(end, value) {
            chunk.insert(0, value);
        }
        chunk
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A chunk of the elements of these runs, without room for more.
    fn of_runs(runs: &[Run<'_>]) -> Chunk {
        let len = runs.iter().map(|run| run.len()).sum();
        let filled = EMPTY + runs.iter().map(|run| run.bytes().len()).sum::<usize>();
        let header = listpack::header(filled, len);
        let entries = runs.iter().map(|run| run.bytes());
        let parts = iter::once(&header[..]).chain(entries).chain([&[listpack::END][..]]);
        let blob = Blob::copied(&parts.collect::<Vec<_>>());
        let memory = blob.memory() as u32;
        Chunk { blob, filled: filled as u32, memory, start: 0, len: len as u16 }
    }

    fn run(&self) -> Run<'_> {
        Run::all(self.elements(), self.len())
    }

    /// Whether it has more bytes than `most`, and not because of a single element.
    pub(super) fn exceeds(&self, most: usize) -> bool {
        self.filled as usize > most && self.len > 1
    }

    /// Whether it may be at an end of the list and is not a long element.
    pub(super) fn is_short(&self) -> bool {
        self.filled as usize <= END_MAX
    }

    /// Chunks that may be at an end of the list, of the elements of this one.
    pub(super) fn to_short(&self) -> Vec<Chunk> {
        let (mut short, mut run) = (vec![], self.run());
        while run.len() > 0 {
            short.push(Chunk::of_runs(&[run.take(End::Front, END_MAX - EMPTY, 1)]));
        }
        short
    }

    /// A chunk of as many elements as it may have of these chunks, from the one on that is the furthest from
    /// `end`. How many chunks that are, and what is left of the last of them if it is not all.
    pub(super) fn long_of(chunks: &[Chunk], end: End) -> (Chunk, usize, Option<Chunk>) {
        let (mut runs, mut room, mut rest) = (vec![], MAX - EMPTY, None);
        for number in 0..chunks.len() {
            let at = if end == End::Back { number } else { chunks.len() - 1 - number };
            let mut run = chunks[at].run();
            let next = run.take(end.other(), room, 0);
            if next.len() == 0 {
                break;
            }
            runs.push(next);
            room -= next.bytes().len();
            if run.len() > 0 {
                rest = Some(Chunk::of_runs(&[run]));
                break;
            }
        }
        let count = runs.len();
        if end == End::Front {
            runs.reverse();
        }
        (Chunk::of_runs(&runs), count, rest)
    }

    /// Adds an element at an end, if there is room for it; whether there was.
    #[inline]
    pub(super) fn push(&mut self, end: End, value: &[u8]) -> bool {
        // No integer takes more room than its text: what it takes exactly is not asked for twice.
        let needed = self.filled as usize + listpack::text_size(value.len());
        if needed > END_MAX {
            return false;
        }
        if needed > self.blob.len() {
            self.grow(end, needed);
        }
        self.len += 1;
        let entry = Encoded::new(value);
        let (start, filled) = (usize::from(self.start), self.filled as usize);
        let size = entry.whole_size();
        let (start, at) = match end {
            End::Front if size <= start => (start - size, start - size + listpack::HEADER),
            End::Back if start + filled + size <= self.blob.len() => (start, start + filled - 1),
            // The room is at the other end.
            _ => {
                packed::push(self, end, &[value]);
                return true;
            }
        };
        entry.write_to(&mut self.blob.bytes_mut()[at..at + size]);
        self.bound(end, start, filled + size);
        true
    }

    /// Takes the element at an end away, when `take` has seen it; `None` if there is none.
    #[inline]
    pub(super) fn pop<R>(&mut self, end: End, take: impl FnOnce(Value<'_>) -> R) -> Option<R> {
        let list = self.elements();
        let place = match end {
            End::Front => list.start(),
            End::Back => list.before(list.end())?,
        };
        let (value, next) = list.entry(place)?;
        let (taken, size) = (take(value), next - place);
        self.len -= 1;
        if self.blob.len() > END_MAX {
            // The room of a long element is not kept.
            listpack::remove(self, place, 1);
            return Some(taken);
        }
        let start = usize::from(self.start) + if end == End::Front { size } else { 0 };
        self.bound(end, start, self.filled as usize - size);
        Some(taken)
    }

    /// Has the listpack be these bytes of the blob, where it was others before, up to the same entry at
    /// the other end; its entries, as many as `len` says, are there.
    #[inline]
    fn bound(&mut self, end: End, start: usize, filled: usize) {
        let header = listpack::header(filled, self.len.into());
        let bytes = &mut self.blob.bytes_mut()[start..start + filled];
        bytes[..header.len()].copy_from_slice(&header);
        // What lies at the front alone is in a cache line that need not be the last one's.
        if end == End::Back {
            bytes[filled - 1] = listpack::END;
        }
        (self.start, self.filled) = (start as u16, filled as u32);
    }

    #[inline]
    pub(super) fn elements(&self) -> Listpack<'_> {
        Listpack::new(self.bytes())
    }

    /// Moves to another blob with room for `needed` bytes, the free ones at `end`.
    #[cold]
    fn grow(&mut self, end: End, needed: usize) {
        let doubled = 2 * self.memory as usize - Blob::HEADER;
        let free = doubled.clamp(MIN_ROOM, END_MAX).max(needed) - self.bytes().len();
        let room = &[0; END_MAX][..free];
        match end {
            End::Front => self.lie_in(Blob::copied(&[room, self.bytes()]), free),
            End::Back => self.lie_in(Blob::copied(&[self.bytes(), room]), 0),
        }
    }

    /// Goes on in another blob, where the listpack is from `start` on.
    fn lie_in(&mut self, blob: Blob, start: usize) {
        (self.memory, self.start) = (blob.memory() as u32, start as u16);
        self.blob = blob;
    }

    /// As `splice`, to another blob.
    #[cold]
    fn splice_elsewhere(&mut self, range: Range<usize>, parts: &[&[u8]]) {
        let (head, tail) = (&self.bytes()[..range.start], &self.bytes()[range.end..]);
        let blob = Blob::copied(&[&[head], parts, &[tail]].concat());
        self.filled = blob.len() as u32;
        self.lie_in(blob, 0);
    }

    /// Changes the chunk anywhere.
    fn edit<R>(&mut self, change: impl FnOnce(&mut Chunk) -> R) -> R {
        let result = change(self);
        self.len = self.elements().len() as u16;
        result
    }
}

impl Buffer for Chunk {
    #[inline]
    fn bytes(&self) -> &[u8] {
        let start = usize::from(self.start);
        &self.blob.bytes()[start..start + self.filled as usize]
    }

    #[inline]
    fn splice(&mut self, range: Range<usize>, parts: &[&[u8]]) {
        let (bytes, room, start) = (self.bytes(), self.blob.len(), usize::from(self.start));
        let added: usize = parts.iter().map(|part| part.len()).sum();
        let (head, tail) = (range.start, bytes.len() - range.end);
        let fresh = head + added + tail;
        let is_long_element = room > END_MAX && self.len <= 1;
        if fresh > room || is_long_element {
            return self.splice_elsewhere(range, parts);
        }
        // The shorter side moves; where there is no room for that, all goes to the other end.
        let moved = match head < tail {
            true => (start + range.len()).checked_sub(added).unwrap_or(room - fresh),
            false if start + fresh <= room => start,
            false => 0,
        };
        let (old_tail, new_tail) = (start + range.end, moved + head + added);
        let bytes = self.blob.bytes_mut();
        // Whichever is moved first does not come to lie where the other one still is.
        if moved <= start {
            shift(bytes, start, moved, head);
            shift(bytes, old_tail, new_tail, tail);
        } else {
            shift(bytes, old_tail, new_tail, tail);
            shift(bytes, start, moved, head);
        }
        let mut at = moved + head;
        for part in parts {
            match **part {
                // Most of an entry's parts are a byte, for which copying is much ado.
                [byte] => bytes[at] = byte,
                _ => bytes[at..at + part.len()].copy_from_slice(part),
            }
            at += part.len();
        }
        (self.start, self.filled) = (moved as u16, fresh as u32);
    }

    #[inline]
    fn overwrite(&mut self, at: usize, bytes: &[u8]) {
        let at = usize::from(self.start) + at;
        self.blob.bytes_mut()[at..at + bytes.len()].copy_from_slice(bytes);
    }
}

/// Moves `len` bytes.
#[inline]
fn shift(bytes: &mut [u8], from: usize, to: usize, len: usize) {
    if from != to {
        bytes.copy_within(from..from + len, to);
    }
}

impl Part for Chunk {
    /// A segment is copied when it is changed while it is shared: this many pointers.
    const MOST: usize = 64;

    #[inline]
    fn size(&self) -> Size {
        let packed = self.filled as usize - EMPTY;
        Size { len: self.len(), packed, memory: self.memory as usize }
    }

    #[inline]
    fn len(&self) -> usize {
        self.len.into()
    }

    fn set(&mut self, index: usize, value: &[u8]) {
        self.edit(|chunk| packed::set(chunk, index, value));
    }

    fn insert(&mut self, index: usize, value: &[u8]) {
        self.edit(|chunk| packed::insert(chunk, index, value));
    }

    fn remove(&mut self, range: Range<usize>) {
        self.edit(|chunk| packed::remove(chunk, range));
    }

    fn contains(&self, value: &[u8]) -> bool {
        self.elements().find(value, 1).is_some()
    }

    fn remove_equal(&mut self, value: &[u8], most: usize, from: End) -> usize {
        self.edit(|chunk| packed::remove_equal(chunk, value, most, from))
    }

    fn is_long(&self) -> bool {
        self.exceeds(MAX)
    }

    /// Splits in front of the last element that begins in the first half of the bytes; but not in front of
    /// the first one of all.
    fn split(&mut self) -> Chunk {
        let mut run = self.run();
        let half = Chunk::of_runs(&[run.take(End::Front, run.bytes().len() / 2, 1)]);
        let other = Chunk::of_runs(&[run]);
        *self = half;
        other
    }

    fn joins(&self, next: &Chunk) -> bool {
        self.filled as usize + next.filled as usize - EMPTY <= END_MAX
    }

    fn append(&mut self, next: Chunk) {
        *self = Chunk::of_runs(&[self.run(), next.run()]);
    }

    fn seal(&mut self) {
        if Blob::memory_of(self.filled as usize) < self.memory as usize {
            self.lie_in(Blob::copied(&[self.bytes()]), 0);
        }
    }
}

#[cfg(test)]
impl Chunk {
    /// The chunk's invariant.
    pub(super) fn assert_whole(&self) {
        let elements = self.elements();
        assert_eq!((self.len(), self.is_empty()), (elements.len(), elements.is_empty()));
        assert_eq!(self.memory as usize, self.blob.memory());
    }

    /// That it has no room to give back, either.
    pub(super) fn assert_sealed(&self) {
        self.assert_whole();
        assert_eq!(self.memory as usize, Blob::memory_of(self.filled as usize));
    }
}
