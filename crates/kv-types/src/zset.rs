//! Sorted sets: members in the order of their scores, and of their bytes where scores are equal.
//!
//! | elements | held as |
//! |---|---|
//! | few, no member long | pairs of member and score in a [`listpack`](crate::listpack) in the record, in their order |
//! | any | a [`SortedTree`] |
//!
//! Where the border is is Redis's way to the letter, for programs look at it (`OBJECT ENCODING`):
//! [`prepare`] and [`update`] have the rules. A sorted set does not go back when it shrinks.
//!
//! [`ZsetRef`] reads either. A [`Place`] lies between two elements, so every range, by rank, score or
//! member, is one of ranks: [`ZsetRef::count_before`] turns places into ranks.

use std::ops::Range;

use crate::collection::{Collection, Form};
use crate::record::Record;

mod edit;
mod index;
mod leaf;
mod node;
mod packed;
mod place;
#[cfg(test)]
mod tests;
mod tree;
mod walk;

pub use edit::{made_of, prepare, remove, remove_range, update};
pub use packed::{Packed, is_sorted};
pub use place::{Element, Place, order};
pub use tree::SortedTree;
pub use walk::Walk;

/// A sorted set, to be read, however it is held.
#[derive(Clone, Copy, Debug)]
pub enum ZsetRef<'a> {
    /// In the record.
    Packed(Packed<'a>),
    /// In memory of its own.
    Tree(&'a SortedTree),
}

impl<'a> ZsetRef<'a> {
    /// A sorted set without elements: what is at a key that is missing.
    pub const EMPTY: ZsetRef<'static> = ZsetRef::Packed(Packed::EMPTY);

    /// The sorted set in `record`, if that is what is in it.
    #[inline]
    pub fn new(record: &'a Record) -> Option<ZsetRef<'a>> {
        match record.form()? {
            Form::Listpack(list) => Some(ZsetRef::Packed(Packed::new(list))),
            Form::Large(Collection::Zset(tree)) => Some(ZsetRef::Tree(tree)),
            Form::Large(_) | Form::Ints(_) => None,
        }
    }

    /// How many elements there are.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            ZsetRef::Packed(packed) => packed.len(),
            ZsetRef::Tree(tree) => tree.len(),
        }
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The score of `member`.
    #[inline]
    pub fn score(self, member: &[u8]) -> Option<f64> {
        match self {
            ZsetRef::Packed(packed) => packed.find(member).map(|found| found.score),
            ZsetRef::Tree(tree) => tree.score(member),
        }
    }

    /// How many elements are in front of that with `member`, and its score.
    #[inline]
    pub fn rank(self, member: &[u8]) -> Option<(usize, f64)> {
        match self {
            ZsetRef::Packed(packed) => {
                packed.find(member).map(|found| (packed.rank(found.at), found.score))
            }
            ZsetRef::Tree(tree) => tree.rank(member),
        }
    }

    /// How many elements lie in front of `place`.
    #[inline]
    pub fn count_before(self, place: Place<'_>) -> usize {
        match self {
            ZsetRef::Packed(packed) => packed.count_before(place),
            ZsetRef::Tree(tree) => tree.count_before(place),
        }
    }

    /// The ranks of the elements between two places, sought from the end if it is to be read from there.
    ///
    /// From which end makes a difference only to members' places where scores are not all the same, and
    /// what they bound is not defined: a small set is then searched as Redis searches it.
    #[inline]
    pub fn between(self, min: Place<'_>, max: Place<'_>, from_end: bool) -> Range<usize> {
        match self {
            ZsetRef::Packed(packed) if from_end => packed.between_from_end(min, max),
            ZsetRef::Packed(packed) => packed.between(min, max),
            ZsetRef::Tree(tree) => {
                let (start, end) = (tree.count_before(min), tree.count_before(max));
                start..end.max(start)
            }
        }
    }

    /// The elements whose ranks are in `ranks`, as far as there are so many, from either end.
    #[inline]
    pub fn range(self, ranks: Range<usize>) -> Walk<'a> {
        Walk::new(self, ranks)
    }

    /// All elements.
    #[inline]
    pub fn iter(self) -> Walk<'a> {
        self.range(0..self.len())
    }

    /// Shows `visit` some elements: about `count` of them, from where `cursor` stands; 0 is the beginning.
    /// Returns where to go on, 0 at the end.
    ///
    /// Whatever is there from the beginning to the end is shown at least once, whatever else is added and
    /// removed meanwhile. A packed set is shown as a whole.
    pub fn scan(self, mut cursor: u64, count: usize, mut visit: impl FnMut(Element<'a>)) -> u64 {
        let ZsetRef::Tree(tree) = self else {
            self.iter().for_each(visit);
            return 0;
        };
        let mut shown = 0;
        while shown < count {
            cursor = tree.scan(cursor, |element| {
                shown += 1;
                visit(element);
            });
            if cursor == 0 {
                break;
            }
        }
        cursor
    }
}
