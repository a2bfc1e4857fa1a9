//! Values that do not lie in their record: shared while they are read, a buffer while they change.

use std::ops::{Deref, DerefMut, Range};

use bytes::{Bytes, BytesMut};

/// What `Bytes` allocates beside the bytes themselves when it is shared for the first time: where
/// they lie, how many there are, how many hold them. Counted from the start, since the first reader
/// may come under a shared lock, where nothing is counted.
const COUNTS: usize = 3 * size_of::<usize>();

/// A value's bytes, and the size of the allocation that they are in.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(crate) bytes: Bytes,
    pub(crate) allocated: usize,
}

impl Handle {
    /// A copy of `value`, in an allocation of its length.
    pub(crate) fn copied(value: &[u8]) -> Handle {
        Handle { bytes: Bytes::copy_from_slice(value), allocated: value.len() }
    }

    /// No bytes, and no allocation.
    pub(crate) fn empty() -> Handle {
        Handle { bytes: Bytes::new(), allocated: 0 }
    }

    /// Bytes that the value takes from the allocator.
    pub(crate) fn memory(&self) -> usize {
        Handle::memory_of(self.allocated)
    }

    /// Bytes that a value in an allocation of this size takes.
    pub(crate) fn memory_of(allocated: usize) -> usize {
        allocated + COUNTS
    }
}

/// The bytes of a value while an [`edit`](crate::Record::edit) changes them: a slice that can grow and
/// shrink. Growing costs as much as what is added, over many times.
#[derive(Debug)]
pub struct ValueBuf {
    bytes: BytesMut,
    /// Size of the allocation. It has more room than `bytes` knows of when those begin further in.
    allocated: usize,
}

impl ValueBuf {
    /// A buffer with a copy of `value`.
    pub fn copied(value: &[u8]) -> ValueBuf {
        let bytes = BytesMut::from(value);
        ValueBuf { allocated: bytes.capacity(), bytes }
    }

    /// Adds `more` at the end.
    pub fn extend_from_slice(&mut self, more: &[u8]) {
        self.reserve(more.len());
        self.bytes.extend_from_slice(more);
    }

    /// Cuts the value at `len` bytes, or fills it up to them with `filler`.
    pub fn resize(&mut self, len: usize, filler: u8) {
        self.reserve(len.saturating_sub(self.bytes.len()));
        self.bytes.resize(len, filler);
    }

    /// Puts `with` in place of the bytes `range`.
    ///
    /// # Panics
    /// If they are not all there.
    pub fn splice(&mut self, range: Range<usize>, with: &[u8]) {
        let (len, end) = (self.bytes.len(), range.start + with.len());
        let changed = len - range.len() + with.len();
        self.resize(len.max(changed), 0);
        self.bytes.copy_within(range.end..len, end);
        self.bytes[range.start..end].copy_from_slice(with);
        self.bytes.truncate(changed);
    }

    /// Makes room for `more` bytes: in the allocation there is, or else in one at least twice as large.
    fn reserve(&mut self, more: usize) {
        if more <= self.bytes.capacity() - self.bytes.len() {
            return;
        }
        if self.allocated == self.bytes.capacity() {
            self.bytes.reserve(more);
        } else {
            // The bytes begin somewhere inside of the allocation: the next one begins with them.
            let room = (self.bytes.len() + more).max(2 * self.bytes.len());
            let mut roomy = BytesMut::with_capacity(room);
            roomy.extend_from_slice(&self.bytes);
            self.bytes = roomy;
        }
        self.allocated = self.bytes.capacity();
    }
}

impl Deref for ValueBuf {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for ValueBuf {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl From<Handle> for ValueBuf {
    /// The same bytes in the same place, unless somebody else holds them too: a copy then.
    fn from(handle: Handle) -> ValueBuf {
        match handle.bytes.try_into_mut() {
            Ok(bytes) => ValueBuf { bytes, allocated: handle.allocated },
            Err(shared) => ValueBuf::copied(&shared),
        }
    }
}

impl From<ValueBuf> for Handle {
    fn from(value: ValueBuf) -> Handle {
        Handle { bytes: value.bytes.freeze(), allocated: value.allocated }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::ValueBuf;

    proptest! {
        #[test]
        fn splices(
            bytes in vec(any::<u8>(), 0..20),
            from in 0..20usize,
            to in 0..20usize,
            with in vec(any::<u8>(), 0..9),
        ) {
            let to = to.min(bytes.len());
            let range = from.min(to)..to;
            let mut value = ValueBuf::copied(&bytes);
            value.splice(range.clone(), &with);
            let mut model = bytes;
            model.splice(range, with);
            prop_assert_eq!(&value[..], &model[..]);
        }
    }
}
