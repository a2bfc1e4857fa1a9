//! A run of bytes that is edited in place where that is possible.

use std::ops::Range;

/// Bytes of which a range can be replaced: the packed bytes in a record, or a [`Blob`](crate::Blob).
///
/// What is packed (a [`listpack`](crate::listpack), a set of integers) is edited through this, so each
/// format is written once, wherever its bytes are.
pub trait Buffer {
    /// The bytes.
    fn bytes(&self) -> &[u8];

    /// Replaces the bytes in `range` by those of `parts`, one after the other.
    ///
    /// # Panics
    /// If `range` does not lie in the bytes.
    fn splice(&mut self, range: Range<usize>, parts: &[&[u8]]);

    /// Writes `bytes` over those from `at` on.
    ///
    /// # Panics
    /// If there are not so many.
    fn overwrite(&mut self, at: usize, bytes: &[u8]);
}

impl Buffer for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn splice(&mut self, range: Range<usize>, parts: &[&[u8]]) {
        drop(Vec::splice(self, range, parts.concat()));
    }

    fn overwrite(&mut self, at: usize, bytes: &[u8]) {
        self[at..at + bytes.len()].copy_from_slice(bytes);
    }
}
