//! Entries that are too long for a bucket.

use crate::blob::Blob;
use crate::segments::Segments;

/// Long entries by number, without gaps.
#[derive(Clone, Debug, Default)]
pub(super) struct Long {
    entries: Segments<Blob, 16>,
    /// Bytes that they take.
    bytes: usize,
}

impl Long {
    pub(super) fn get(&self, number: u32) -> (&[u8], &[u8]) {
        let bytes = self.entries.get(number as usize).bytes();
        let Some((len, rest)) = bytes.split_first_chunk() else { return (&[], &[]) };
        rest.split_at(u32::from_le_bytes(*len) as usize)
    }

    /// Adds an entry; its number.
    pub(super) fn push(&mut self, key: &[u8], value: &[u8]) -> u32 {
        let blob = Blob::copied(&[&(key.len() as u32).to_le_bytes(), key, value]);
        self.bytes += blob.memory();
        self.entries.push(blob);
        self.last().unwrap_or_default()
    }

    /// The highest number there is.
    pub(super) fn last(&self) -> Option<u32> {
        self.entries.len().checked_sub(1).map(|last| last as u32)
    }

    pub(super) fn set_value(&mut self, number: u32, value: &[u8]) {
        let start = size_of::<u32>() + self.get(number).0.len();
        let blob = self.entries.get_mut(number as usize);
        self.bytes -= blob.memory();
        blob.splice(start..blob.len(), &[value]);
        self.bytes += blob.memory();
    }

    /// Removes entry `number`; the last one takes that number, unless it is it.
    pub(super) fn swap_remove(&mut self, number: u32) {
        let Some(mut blob) = self.entries.pop() else { return };
        if (number as usize) < self.entries.len() {
            std::mem::swap(&mut blob, self.entries.get_mut(number as usize));
        }
        self.bytes -= blob.memory();
    }

    pub(super) fn dismantle(self) -> impl Iterator<Item = ()> {
        self.entries.dismantle()
    }

    pub(super) fn memory(&self) -> usize {
        self.entries.memory() + self.bytes
    }

    #[cfg(test)]
    pub(super) fn walked_memory(&self) -> usize {
        let blobs = (0..self.entries.len()).map(|at| self.entries.get(at).memory());
        self.entries.memory() + blobs.sum::<usize>()
    }
}
