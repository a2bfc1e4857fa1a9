//! The elements of a sorted tree between two ranks.

use std::ops::Range;

use super::leaf::{Cursor, Run};
use super::place::Element;
use super::tree::SortedTree;

/// Elements in their order, from either end.
///
/// Each end seeks its leaf by rank, and goes through it without looking at the tree.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    tree: &'a SortedTree,
    ranks: Range<usize>,
    front: Cursor<'a>,
    back: Cursor<'a>,
}

impl<'a> Iter<'a> {
    pub(super) fn new(tree: &'a SortedTree, ranks: Range<usize>) -> Iter<'a> {
        let end = ranks.end.min(tree.len());
        let ranks = ranks.start.min(end)..end;
        let nowhere = Cursor::new(Run::EMPTY, 0);
        Iter { tree, ranks, front: nowhere.clone(), back: nowhere }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        let rank = self.ranks.next()?;
        if let Some(element) = self.front.next() {
            return Some(element);
        }
        let (run, at) = self.tree.run_at(rank);
        self.front = Cursor::new(run, at);
        self.front.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ranks.size_hint()
    }
}

impl<'a> DoubleEndedIterator for Iter<'a> {
    #[inline]
    fn next_back(&mut self) -> Option<Element<'a>> {
        let rank = self.ranks.next_back()?;
        if let Some(element) = self.back.previous() {
            return Some(element);
        }
        let (run, at) = self.tree.run_at(rank);
        self.back = Cursor::new(run, at + 1);
        self.back.previous()
    }
}

impl ExactSizeIterator for Iter<'_> {}
