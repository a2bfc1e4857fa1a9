//! Leaves of the tree: a few elements each, in their order, packed.
//!
//! ```text
//! ┌ count:u8 ┬ score:f64 … ┬ tag:u8 … ┬ length:u8 … ┬ member … ┐
//! ```
//!
//! The four rows have an item for each element. Scores beside each other are compared several at a time;
//! the tag, 8 bits of the member's hash, finds a member without looking at the others. A member that is
//! longer than [`INLINE_MAX`] is not in the row but in a blob of its own, so that no change copies it.

use std::ops::Range;
use std::sync::Arc;

use super::place::{Element, Place, order};
use crate::blob::Blob;
use crate::hashing;
use crate::listpack::Value;
use crate::segments::COUNTS;

/// Most elements of a leaf.
pub(super) const LEAF_MAX: usize = 32;
/// A leaf takes no more elements from so many bytes on.
const LEAF_BYTES: usize = 1024;
/// Two neighbours become one when they have at most so many elements together …
pub(super) const MERGE_MAX: usize = 20;
/// … and so many bytes.
const MERGE_BYTES: usize = 640;
/// Cache lines that are asked for of a leaf: most have no more.
const LINES: usize = 10;
/// Longest member in the row, in bytes.
pub(super) const INLINE_MAX: usize = 128;
/// The length that stands for a member in a blob of its own.
const LONG: u8 = u8::MAX;

/// 32 bits of a member's hash: what the index goes by.
#[inline]
pub(super) fn hash(member: &[u8]) -> u32 {
    hashing::hash(member) as u32
}

/// The tag of a member with this hash: bits that do not tell the index's bucket.
#[inline]
pub(super) fn tag(hash: u32) -> u8 {
    (hash >> 24) as u8
}

/// A leaf.
///
/// Invariant: elements ascend; `long` has the blobs of those whose length is [`LONG`], in their order, and
/// is `None` if there are none.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaf {
    packed: Blob,
    long: Option<Arc<Vec<Blob>>>,
}

impl Leaf {
    /// How many elements there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.packed.first().map_or(0, |&count| usize::from(count))
    }

    /// Asks for it ahead.
    #[inline]
    pub(super) fn prefetch(&self) {
        self.packed.prefetch(LINES);
    }

    /// All elements.
    #[inline]
    pub(super) fn run(&self) -> Run<'_> {
        let Some((&count, rows)) = self.packed.bytes().split_first() else { return Run::EMPTY };
        let count = usize::from(count);
        let (scores, rows) = rows.split_at(8 * count);
        let (tags, rows) = rows.split_at(count);
        let (lengths, members) = rows.split_at(count);
        let long = self.long.as_ref().map_or(&[][..], |long| long);
        Run { scores: scores.as_chunks().0, tags, lengths, members, long }
    }

    /// The elements of several runs, one after the other.
    pub(super) fn of([a, b, c]: [Run<'_>; 3]) -> Leaf {
        let count = a.len() + b.len() + c.len();
        if count == 0 {
            return Leaf::default();
        }
        debug_assert!(count <= LEAF_MAX);
        let packed = Blob::copied(&[
            &[count as u8],
            a.scores.as_flattened(),
            b.scores.as_flattened(),
            c.scores.as_flattened(),
            a.tags,
            b.tags,
            c.tags,
            a.lengths,
            b.lengths,
            c.lengths,
            a.members,
            b.members,
            c.members,
        ]);
        let none = a.long.is_empty() && b.long.is_empty() && c.long.is_empty();
        let long = if none { None } else { Some(Arc::new([a.long, b.long, c.long].concat())) };
        Leaf { packed, long }
    }

    /// Whether no element may be added.
    pub(super) fn is_full(&self) -> bool {
        self.len() >= LEAF_MAX || self.len() > 1 && self.packed.len() >= LEAF_BYTES
    }

    /// Whether it and its neighbour should be one.
    pub(super) fn merges_with(&self, other: &Leaf) -> bool {
        self.len() + other.len() <= MERGE_MAX
            && self.packed.len() + other.packed.len() <= MERGE_BYTES
    }

    /// Gives element `at` another score, which leaves it at its place.
    pub(super) fn set_score(&mut self, at: usize, score: f64) {
        self.packed.bytes_mut()[1 + 8 * at..][..8].copy_from_slice(&score.to_le_bytes());
    }

    /// Bytes that it takes beside those of the type itself.
    pub(super) fn memory(&self) -> usize {
        let long = self.long.as_ref().map_or(0, |long| {
            let blobs: usize = long.iter().map(Blob::memory).sum();
            COUNTS + size_of::<Vec<Blob>>() + long.capacity() * size_of::<Blob>() + blobs
        });
        self.packed.memory() + long
    }
}

/// Elements of a leaf that follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    scores: &'a [[u8; 8]],
    tags: &'a [u8],
    lengths: &'a [u8],
    members: &'a [u8],
    long: &'a [Blob],
}

impl<'a> Run<'a> {
    /// No elements.
    pub(super) const EMPTY: Run<'static> =
        Run { scores: &[], tags: &[], lengths: &[], members: &[], long: &[] };

    /// How many elements there are.
    #[inline]
    pub(super) fn len(self) -> usize {
        self.tags.len()
    }

    #[inline]
    pub(super) fn score(self, at: usize) -> f64 {
        f64::from_le_bytes(self.scores[at])
    }

    /// Where the member of element `at` begins in the row, and how many before it are not in the row.
    #[inline]
    fn offset(self, at: usize) -> (usize, usize) {
        let before = &self.lengths[..at];
        if self.long.is_empty() {
            return (sum(before), 0);
        }
        let long = before.iter().filter(|&&length| length == LONG).count();
        (sum(before) - long * usize::from(LONG), long)
    }

    #[inline]
    pub(super) fn member(self, at: usize) -> &'a [u8] {
        let (offset, long) = self.offset(at);
        self.member_at(at, offset, long)
    }

    #[inline]
    fn member_at(self, at: usize, offset: usize, long: usize) -> &'a [u8] {
        match self.lengths[at] {
            LONG => self.long[long].bytes(),
            length => &self.members[offset..offset + usize::from(length)],
        }
    }

    /// Member and score.
    #[inline]
    pub(super) fn pair(self, at: usize) -> (&'a [u8], f64) {
        (self.member(at), self.score(at))
    }

    #[inline]
    pub(super) fn element(self, at: usize) -> Element<'a> {
        (Value::Bytes(self.member(at)), self.score(at))
    }

    /// The members, in order.
    pub(super) fn members(self) -> impl Iterator<Item = &'a [u8]> {
        let (mut offset, mut long) = (0, 0);
        (0..self.len()).map(move |at| {
            let member = self.member_at(at, offset, long);
            match self.lengths[at] {
                LONG => long += 1,
                length => offset += usize::from(length),
            }
            member
        })
    }

    /// The elements before element `at`, and the rest.
    #[inline]
    pub(super) fn split(self, at: usize) -> (Run<'a>, Run<'a>) {
        let (offset, long) = self.offset(at);
        let scores = self.scores.split_at(at);
        let tags = self.tags.split_at(at);
        let lengths = self.lengths.split_at(at);
        let members = self.members.split_at(offset);
        let long = self.long.split_at(long);
        (
            Run {
                scores: scores.0,
                tags: tags.0,
                lengths: lengths.0,
                members: members.0,
                long: long.0,
            },
            Run {
                scores: scores.1,
                tags: tags.1,
                lengths: lengths.1,
                members: members.1,
                long: long.1,
            },
        )
    }

    /// The element with this member, whose tag is `tag`.
    #[inline]
    pub(super) fn find(self, tag: u8, member: &[u8]) -> Option<usize> {
        self.tagged(tag).find(|&at| self.member(at) == member)
    }

    /// The elements with this tag.
    #[inline]
    pub(super) fn tagged(self, tag: u8) -> impl Iterator<Item = usize> + use<'a> {
        self.tags.iter().enumerate().filter(move |found| *found.1 == tag).map(|(at, _)| at)
    }

    /// How many elements have a score below `bound`.
    #[inline]
    fn below(self, bound: f64) -> usize {
        self.scores.iter().filter(|&&score| f64::from_le_bytes(score) < bound).count()
    }

    /// How many elements have a score of `bound` at most.
    #[inline]
    fn up_to(self, bound: f64) -> usize {
        self.scores.iter().filter(|&&score| f64::from_le_bytes(score) <= bound).count()
    }

    /// How many elements lie in front of `place`.
    #[inline]
    pub(super) fn before(self, place: Place<'_>) -> usize {
        let behind = |at| place.is_behind(self.element(at));
        match place {
            Place::Start => 0,
            Place::End => self.len(),
            Place::BeforeScore(bound) => self.below(bound),
            Place::AfterScore(bound) => self.up_to(bound),
            Place::BeforeMember(_) | Place::AfterMember(_) => partition(0..self.len(), behind),
            Place::Element(_, score) => partition(self.below(score)..self.up_to(score), behind),
        }
    }

    /// Whether element `at` can have another score without leaving its place, as far as this run tells.
    pub(super) fn keeps_place(self, at: usize, score: f64) -> bool {
        let fresh = || (Value::Bytes(self.member(at)), score);
        let above = match at.checked_sub(1) {
            None => score >= self.score(at),
            Some(before) if self.score(before) == score => {
                order(self.element(before), fresh()).is_lt()
            }
            Some(before) => self.score(before) < score,
        };
        let below = match at + 1 {
            after if after == self.len() => score <= self.score(at),
            after if self.score(after) == score => order(fresh(), self.element(after)).is_lt(),
            after => score < self.score(after),
        };
        above && below
    }
}

/// The sum of a few lengths: eight at a time, in lanes of 16 bits.
#[inline]
fn sum(lengths: &[u8]) -> usize {
    const EVEN: u64 = 0x00FF_00FF_00FF_00FF;
    let (eights, rest) = lengths.as_chunks();
    let lanes: u64 = eights
        .iter()
        .map(|&eight| u64::from_le_bytes(eight))
        .map(|eight| (eight & EVEN) + (eight >> 8 & EVEN))
        .sum();
    let all = lanes.wrapping_mul(0x0001_0001_0001_0001) >> 48;
    rest.iter().fold(all as usize, |all, &length| all + usize::from(length))
}

/// The first number in `range` for which `behind` does not hold, which holds for those before it alone.
pub(super) fn partition(range: Range<usize>, behind: impl Fn(usize) -> bool) -> usize {
    let Range { mut start, mut end } = range;
    while start < end {
        let middle = start + (end - start) / 2;
        if behind(middle) {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    start
}

/// The fields of a new element, as a run is made of them.
pub(super) struct Fresh<'a> {
    member: &'a [u8],
    score: f64,
    hash: u32,
    tag: [u8; 1],
    length: [u8; 1],
    bytes: [[u8; 8]; 1],
    long: Option<[Blob; 1]>,
}

impl<'a> Fresh<'a> {
    pub(super) fn new(member: &'a [u8], score: f64, hash: u32) -> Fresh<'a> {
        let inline = member.len() <= INLINE_MAX;
        Fresh {
            member,
            score,
            hash,
            tag: [tag(hash)],
            length: [if inline { member.len() as u8 } else { LONG }],
            bytes: [score.to_le_bytes()],
            long: if inline { None } else { Some([Blob::copied(&[member])]) },
        }
    }

    /// Its place.
    pub(super) fn place(&self) -> Place<'_> {
        Place::Element(self.member, self.score)
    }

    pub(super) fn score(&self) -> f64 {
        self.score
    }

    /// The hash of its member.
    pub(super) fn hash(&self) -> u32 {
        self.hash
    }

    /// The element as a run.
    pub(super) fn run(&self) -> Run<'_> {
        Run {
            scores: &self.bytes,
            tags: &self.tag,
            lengths: &self.length,
            members: if self.long.is_none() { self.member } else { &[] },
            long: self.long.as_ref().map_or(&[], |long| long),
        }
    }
}

/// A position in a run that goes from element to element without adding up lengths.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    run: Run<'a>,
    at: usize,
    offset: usize,
    long: usize,
}

impl<'a> Cursor<'a> {
    /// In front of element `at`, or behind the last.
    pub(super) fn new(run: Run<'a>, at: usize) -> Cursor<'a> {
        let (offset, long) = run.offset(at);
        Cursor { run, at, offset, long }
    }

    /// The element behind the position, over which it moves.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Element<'a>> {
        if self.at >= self.run.len() {
            return None;
        }
        let member = self.run.member_at(self.at, self.offset, self.long);
        let score = self.run.score(self.at);
        match self.run.lengths[self.at] {
            LONG => self.long += 1,
            length => self.offset += usize::from(length),
        }
        self.at += 1;
        Some((Value::Bytes(member), score))
    }

    /// The element in front of the position, over which it moves.
    #[inline]
    pub(super) fn previous(&mut self) -> Option<Element<'a>> {
        self.at = self.at.checked_sub(1)?;
        match self.run.lengths[self.at] {
            LONG => self.long -= 1,
            length => self.offset -= usize::from(length),
        }
        let member = self.run.member_at(self.at, self.offset, self.long);
        Some((Value::Bytes(member), self.run.score(self.at)))
    }
}
