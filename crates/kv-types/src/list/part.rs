//! What the parts of a list have in common, whether they are one chunk or a row of smaller parts.

use std::ops::{AddAssign, Range, SubAssign};

use super::End;

/// Consecutive elements of a list.
///
/// Elements are numbered within their part. The functions that take a number or a range are given what is
/// there.
pub(super) trait Part: Clone {
    /// Most parts of this kind that make up a larger one.
    const MOST: usize;

    fn size(&self) -> Size;

    fn len(&self) -> usize;

    /// Replaces an element, room or not.
    fn set(&mut self, index: usize, value: &[u8]);

    /// Inserts an element in front of another, room or not.
    fn insert(&mut self, index: usize, value: &[u8]);

    /// Removes elements.
    fn remove(&mut self, range: Range<usize>);

    /// Whether there is an element that equals `value`.
    fn contains(&self, value: &[u8]) -> bool;

    /// Removes elements that equal `value`, at most `most`, beginning from one end. How many.
    fn remove_equal(&mut self, value: &[u8], most: usize, from: End) -> usize;

    /// Whether it has become too long, and can be split.
    fn is_long(&self) -> bool;

    /// Takes its second half away. It and what is left both have elements.
    fn split(&mut self) -> Self;

    /// Whether it and the `next` part are so short that one would do. The two halves of a part are not.
    fn joins(&self, next: &Self) -> bool;

    /// Adds all elements of the `next` part.
    fn append(&mut self, next: Self);

    /// Gives back the room that is left for more elements. What a larger part is made of has done so.
    fn seal(&mut self) {}
}

/// How much there is in a part of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Number of elements.
    pub(super) len: usize,
    /// Bytes of the elements as they are packed.
    pub(super) packed: usize,
    /// Bytes of memory.
    pub(super) memory: usize,
}

impl AddAssign for Size {
    #[inline]
    fn add_assign(&mut self, more: Size) {
        self.len += more.len;
        self.packed += more.packed;
        self.memory += more.memory;
    }
}

impl SubAssign for Size {
    #[inline]
    fn sub_assign(&mut self, less: Size) {
        self.len -= less.len;
        self.packed -= less.packed;
        self.memory -= less.memory;
    }
}
