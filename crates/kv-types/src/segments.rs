//! A sequence in shared segments: what a large collection finds its parts in.

use std::sync::Arc;

use crate::cache;

/// Values by number, `N` to an allocation, which clones share until one of them changes it.
///
/// A clone costs one increment for `N` values; a change copies the segment first if it is shared.
/// Values are added and taken at the end alone.
///
/// Invariant: there are as many segments as `len` values need; what lies behind is `T::default()`.
#[derive(Clone, Debug)]
pub(crate) struct Segments<T, const N: usize> {
    segments: Vec<Arc<[T; N]>>,
    len: usize,
}

impl<T: Clone + Default, const N: usize> Segments<T, N> {
    /// How many values there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Value `at`.
    ///
    /// # Panics
    /// If there are not so many.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> &T {
        &self.segments[at / N][at % N]
    }

    /// Asks for the cache line that value `at` is in, if there are so many.
    #[inline]
    pub(crate) fn prefetch(&self, at: usize) {
        if let Some(segment) = self.segments.get(at / N) {
            cache::prefetch(&segment[at % N]);
        }
    }

    /// Value `at`, to be changed.
    ///
    /// # Panics
    /// If there are not so many.
    #[inline]
    pub(crate) fn get_mut(&mut self, at: usize) -> &mut T {
        &mut Arc::make_mut(&mut self.segments[at / N])[at % N]
    }

    /// Adds a value at the end.
    pub(crate) fn push(&mut self, value: T) {
        if self.len.is_multiple_of(N) {
            self.segments.push(Arc::new(std::array::from_fn(|_| T::default())));
        }
        self.len += 1;
        *self.get_mut(self.len - 1) = value;
    }

    /// Takes the last value.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let last = self.len.checked_sub(1)?;
        let value = std::mem::take(self.get_mut(last));
        self.len = last;
        if last.is_multiple_of(N) {
            self.segments.pop();
            if self.segments.len() < self.segments.capacity() / 4 {
                self.segments.shrink_to(self.segments.len() * 2);
            }
        }
        Some(value)
    }

    /// Frees a segment at each step, unless others share it.
    pub(crate) fn dismantle(self) -> impl Iterator<Item = ()> {
        self.segments.into_iter().map(drop)
    }

    /// Bytes of memory that the segments take, what their values point to apart.
    pub(crate) fn memory(&self) -> usize {
        let segment = COUNTS + size_of::<[T; N]>();
        self.segments.capacity() * size_of::<Arc<[T; N]>>() + self.segments.len() * segment
    }
}

impl<T, const N: usize> Default for Segments<T, N> {
    fn default() -> Segments<T, N> {
        Segments { segments: Vec::new(), len: 0 }
    }
}

/// Bytes of the two counts of an [`Arc`].
pub(crate) const COUNTS: usize = 2 * size_of::<usize>();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_and_its_clones() {
        let mut numbers: Segments<u32, 4> = Segments::default();
        (0..1000).for_each(|n| numbers.push(n));
        let before = numbers.clone();
        *numbers.get_mut(500) = 7;
        assert_eq!((*numbers.get(500), *before.get(500)), (7, 500));
        let full = numbers.memory();
        for n in (0..1000).rev() {
            assert_eq!(numbers.pop(), Some(if n == 500 { 7 } else { n }));
            assert_eq!(numbers.len(), n as usize);
        }
        assert_eq!(numbers.pop(), None);
        assert!(full > 4000 && numbers.memory() < 100, "{full} {}", numbers.memory());
        assert!((0..1000).all(|n| *before.get(n as usize) == n));
    }
}
