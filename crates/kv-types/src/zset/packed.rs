//! A small sorted set: a listpack of members and their scores, in their order.
//!
//! A score is kept as the integer that it is, or as the text that Redis prints it as: what lies here is what
//! `DUMP` gives away.

use std::ops::Range;

use kv_number::DoubleText;

use super::ZsetRef;
use super::place::{Element, Place};
use crate::listpack::{Listpack, Value};

/// A sorted set in its record, to be read.
#[derive(Clone, Copy, Debug)]
pub struct Packed<'a>(Listpack<'a>);

/// A member that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// The offset of its element.
    pub(super) at: usize,
    pub(super) score: f64,
}

impl<'a> Packed<'a> {
    pub(super) const EMPTY: Packed<'static> = Packed(Listpack::EMPTY);

    /// The sorted set in a listpack of pairs.
    pub(super) fn new(list: Listpack<'a>) -> Packed<'a> {
        Packed(list)
    }

    /// Its bytes, as a listpack.
    #[inline]
    pub fn listpack(self) -> Listpack<'a> {
        self.0
    }

    /// How many elements there are.
    #[inline]
    pub fn len(self) -> usize {
        self.0.len() / 2
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The element at offset `at`, and the offset of the next; `None` at the end.
    #[inline]
    pub(super) fn element(self, at: usize) -> Option<(Element<'a>, usize)> {
        let (member, at) = self.0.entry(at)?;
        let (score, at) = self.0.entry(at)?;
        Some(((member, score_of(score)), at))
    }

    /// The offset of the element before the one at `at`, or before the end.
    #[inline]
    pub(super) fn before(self, at: usize) -> Option<usize> {
        self.0.before(self.0.before(at)?)
    }

    /// The offset of the element of `rank`, or of the end.
    pub(super) fn seek(self, rank: usize) -> usize {
        self.0.seek(2 * rank).unwrap_or(self.0.end())
    }

    /// How many elements are in front of that at offset `at`.
    pub(super) fn rank(self, at: usize) -> usize {
        let (mut rank, mut before) = (0, self.0.start());
        while before < at
            && let Some((_, next)) = self.element(before)
        {
            (rank, before) = (rank + 1, next);
        }
        rank
    }

    /// The element with `member`.
    pub(super) fn find(self, member: &[u8]) -> Option<Found> {
        let at = self.0.find(member, 2)?;
        let ((_, score), _) = self.element(at)?;
        Some(Found { at, score })
    }

    /// How many elements lie in front of `place`, and the offset of the first that does not.
    pub(super) fn position(self, place: Place<'_>) -> (usize, usize) {
        let (mut rank, mut at) = (0, self.0.start());
        while let Some((element, next)) = self.element(at)
            && place.is_behind(element)
        {
            (rank, at) = (rank + 1, next);
        }
        (rank, at)
    }

    /// How many elements lie in front of `place`.
    pub fn count_before(self, place: Place<'_>) -> usize {
        match place {
            Place::End => self.len(),
            place => self.position(place).0,
        }
    }

    /// Whether no element can be between two places, as the first and the last element tell.
    fn has_none_between(self, min: Place<'_>, max: Place<'_>) -> bool {
        let first = self.element(self.0.start());
        let last = self.before(self.0.end()).and_then(|at| self.element(at));
        first
            .zip(last)
            .is_none_or(|((first, _), (last, _))| min.is_behind(last) || !max.is_behind(first))
    }

    /// The ranks of the elements between two places.
    pub(super) fn between(self, min: Place<'_>, max: Place<'_>) -> Range<usize> {
        if self.has_none_between(min, max) {
            return 0..0;
        }
        let (start, mut at) = self.position(min);
        let mut end = start;
        while let Some((element, next)) = self.element(at)
            && max.is_behind(element)
        {
            (end, at) = (end + 1, next);
        }
        start..end
    }

    /// The ranks of the elements between two places, which are sought from the end.
    pub(super) fn between_from_end(self, min: Place<'_>, max: Place<'_>) -> Range<usize> {
        if self.has_none_between(min, max) {
            return 0..0;
        }
        let mut elements = ZsetRef::Packed(self).iter().rev().peekable();
        let mut end = self.len();
        while elements.next_if(|&element| !max.is_behind(element)).is_some() {
            end -= 1;
        }
        end - elements.take_while(|&element| !min.is_behind(element)).count()..end
    }
}

/// The score that an entry spells.
#[inline]
fn score_of(entry: Value<'_>) -> f64 {
    match entry {
        Value::Int(int) => int as f64,
        // What this module has written, or whoever restores a dump has checked.
        Value::Bytes(text) => {
            std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()).unwrap_or(0.0)
        }
    }
}

/// The entry of a score, as text. The sign of a zero is lost, as it is in Redis.
#[inline]
pub(super) fn entry_of(score: f64) -> DoubleText {
    DoubleText::new(if score == 0.0 { 0.0 } else { score })
}

/// Whether a listpack that comes from elsewhere is a sorted set: pairs of a member and a number, in order.
pub fn is_sorted(list: Listpack<'_>) -> bool {
    let number = |entry: Value<'_>| match entry {
        Value::Int(_) => true,
        Value::Bytes(text) => std::str::from_utf8(text)
            .is_ok_and(|text| text.parse().is_ok_and(|number: f64| !number.is_nan())),
    };
    let pairs = list.len().is_multiple_of(2) && list.iter().skip(1).step_by(2).all(number);
    let packed = Packed(list);
    let elements =
        std::iter::successors(packed.element(list.start()), |(_, at)| packed.element(*at));
    pairs && elements.map(|(element, _)| element).is_sorted_by(|a, b| super::order(*a, *b).is_lt())
}
