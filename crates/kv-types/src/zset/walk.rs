//! The elements of a sorted set between two ranks.

use std::ops::Range;

use super::ZsetRef;
use super::leaf::{Cursor, Run};
use super::packed::Packed;
use super::place::Element;
use super::tree::SortedTree;

/// Elements in their order, from either end.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    ranks: Range<usize>,
    ends: Ends<'a>,
}

/// Where the two ends stand.
#[derive(Clone, Debug)]
enum Ends<'a> {
    /// The offsets of the first element that is left, and behind the last.
    Packed { set: Packed<'a>, front: usize, back: usize },
    /// Each end seeks its leaf by rank, and goes through it without looking at the tree.
    Tree { tree: &'a SortedTree, front: Cursor<'a>, back: Cursor<'a> },
}

impl<'a> Walk<'a> {
    pub(super) fn new(zset: ZsetRef<'a>, ranks: Range<usize>) -> Walk<'a> {
        let end = ranks.end.min(zset.len());
        let ranks = ranks.start.min(end)..end;
        let ends = match zset {
            ZsetRef::Packed(set) => {
                Ends::Packed { set, front: set.seek(ranks.start), back: set.seek(ranks.end) }
            }
            ZsetRef::Tree(tree) => {
                let nowhere = Cursor::new(Run::EMPTY, 0);
                Ends::Tree { tree, front: nowhere.clone(), back: nowhere }
            }
        };
        Walk { ranks, ends }
    }

    /// The ranks of the elements that are left.
    pub fn ranks(&self) -> Range<usize> {
        self.ranks.clone()
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        let rank = self.ranks.next()?;
        match &mut self.ends {
            Ends::Packed { set, front, .. } => {
                let (element, next) = set.element(*front)?;
                *front = next;
                Some(element)
            }
            Ends::Tree { tree, front, .. } => front.next().or_else(|| {
                let (run, at) = tree.run_at(rank);
                *front = Cursor::new(run, at);
                front.next()
            }),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ranks.size_hint()
    }
}

impl<'a> DoubleEndedIterator for Walk<'a> {
    #[inline]
    fn next_back(&mut self) -> Option<Element<'a>> {
        let rank = self.ranks.next_back()?;
        match &mut self.ends {
            Ends::Packed { set, back, .. } => {
                *back = set.before(*back)?;
                set.element(*back).map(|(element, _)| element)
            }
            Ends::Tree { tree, back, .. } => back.previous().or_else(|| {
                let (run, at) = tree.run_at(rank);
                *back = Cursor::new(run, at + 1);
                back.previous()
            }),
        }
    }
}

impl ExactSizeIterator for Walk<'_> {}
