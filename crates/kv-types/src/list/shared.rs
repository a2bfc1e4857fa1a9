//! A part that clones of the list share, and that is copied before one of them changes it.

use std::ops::{Deref, Range};
use std::sync::Arc;

use super::End;
use super::part::{Part, Size};

/// A part and the number of its elements, which is here so that whoever looks for one among many parts
/// need not touch them.
#[derive(Clone, Debug)]
pub(super) struct Shared<P> {
    len: usize,
    part: Arc<P>,
}

/// What an `Arc` allocates beside its value: two counts.
const COUNTS: usize = 2 * size_of::<usize>();

impl<P> Deref for Shared<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.part
    }
}

impl<P: Part> From<P> for Shared<P> {
    fn from(part: P) -> Shared<P> {
        Shared { len: part.len(), part: Arc::new(part) }
    }
}

impl<P: Part> Shared<P> {
    /// The part, if nobody else shares it.
    pub(super) fn into_unshared(self) -> Option<P> {
        Arc::into_inner(self.part)
    }

    /// Changes the part, or a copy of it if others share it.
    pub(super) fn edit<R>(&mut self, change: impl FnOnce(&mut P) -> R) -> R {
        let part = Arc::make_mut(&mut self.part);
        let result = change(part);
        self.len = part.len();
        result
    }
}

impl<P: Part> Part for Shared<P> {
    const MOST: usize = usize::MAX;

    #[inline]
    fn size(&self) -> Size {
        let size = self.part.size();
        Size { memory: size.memory + COUNTS + size_of::<P>(), ..size }
    }

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    fn set(&mut self, index: usize, value: &[u8]) {
        self.edit(|part| part.set(index, value));
    }

    fn insert(&mut self, index: usize, value: &[u8]) {
        self.edit(|part| part.insert(index, value));
    }

    fn remove(&mut self, range: Range<usize>) {
        self.edit(|part| part.remove(range));
    }

    fn contains(&self, value: &[u8]) -> bool {
        self.part.contains(value)
    }

    fn remove_equal(&mut self, value: &[u8], most: usize, from: End) -> usize {
        self.edit(|part| part.remove_equal(value, most, from))
    }

    fn is_long(&self) -> bool {
        self.part.is_long()
    }

    fn split(&mut self) -> Shared<P> {
        Shared::from(self.edit(P::split))
    }

    fn joins(&self, next: &Shared<P>) -> bool {
        self.part.joins(&next.part)
    }

    fn append(&mut self, next: Shared<P>) {
        self.edit(|part| part.append(Arc::unwrap_or_clone(next.part)));
    }
}
