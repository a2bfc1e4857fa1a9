//! The index of a sorted set: which leaf a member is in.
//!
//! A table of 32 bits of a member's hash and the number of a leaf, nothing more: whoever asks looks whether
//! the member is in that leaf. It grows and shrinks bucket by bucket ([linear hashing](crate::linear)).

use super::leaf::hash;
use super::node::LeafId;
use crate::blob::Blob;
use crate::linear;
use crate::segments::Segments;

/// There is a bucket for so many entries …
const LOAD: usize = 14;
/// … and one bucket fewer from so few on.
const LOAD_MIN: usize = 9;
/// Cache lines of a bucket that are asked for ahead.
const BUCKET_LINES: usize = 2;
/// Bytes of an entry: the hash and the leaf.
const ENTRY: usize = 8;

/// Leaves by the hashes of their members.
#[derive(Clone, Debug)]
pub(super) struct Index {
    buckets: Segments<Blob, 64>,
    len: usize,
    /// Bytes that the buckets take.
    bytes: usize,
}

impl Default for Index {
    fn default() -> Index {
        let mut buckets = Segments::default();
        buckets.push(Blob::new());
        Index { buckets, len: 0, bytes: 0 }
    }
}

fn entry(hash: u32, leaf: LeafId) -> [u8; ENTRY] {
    (u64::from(leaf) << 32 | u64::from(hash)).to_le_bytes()
}

fn hash_of(entry: &[u8; ENTRY]) -> u32 {
    u64::from_le_bytes(*entry) as u32
}

fn leaf_of(entry: &[u8; ENTRY]) -> LeafId {
    (u64::from_le_bytes(*entry) >> 32) as LeafId
}

/// The bucket of a hash, among `buckets`.
#[inline]
fn bucket_of(hash: u32, buckets: usize) -> usize {
    linear::bucket_of(hash.into(), buckets)
}

impl Index {
    /// The leaves that a member with this hash may be in.
    #[inline]
    pub(super) fn find(&self, hash: u32) -> impl Iterator<Item = LeafId> + '_ {
        let entries = self.entries(bucket_of(hash, self.buckets.len()));
        entries.iter().filter(move |entry| hash_of(entry) == hash).map(leaf_of)
    }

    /// Asks for what leads to an entry of this hash: its bucket's place at the first `step`, the bucket at
    /// the next.
    #[inline]
    pub(super) fn prefetch(&self, hash: u32, step: usize) {
        let bucket = bucket_of(hash, self.buckets.len());
        match step {
            0 => self.buckets.prefetch(bucket),
            _ => self.buckets.get(bucket).prefetch(BUCKET_LINES),
        }
    }

    fn entries(&self, bucket: usize) -> &[[u8; ENTRY]] {
        self.buckets.get(bucket).as_chunks().0
    }

    /// A member with this hash is in `leaf`.
    fn insert(&mut self, hash: u32, leaf: LeafId) {
        self.len += 1;
        if self.len > self.buckets.len() * LOAD {
            self.grow();
        }
        let bucket = bucket_of(hash, self.buckets.len());
        let end = self.buckets.get(bucket).len();
        self.change(bucket, |blob| blob.splice(end..end, &[&entry(hash, leaf)]));
    }

    /// A member with this hash is in leaf `to`, and no longer in the one it has `moved` from, if it has.
    pub(super) fn put(&mut self, hash: u32, moved: Option<LeafId>, to: LeafId) {
        match moved {
            None => self.insert(hash, to),
            Some(from) => self.replace(hash, from, to),
        }
    }

    /// A member with this hash is no longer in `leaf`.
    pub(super) fn remove(&mut self, hash: u32, leaf: LeafId) {
        let (bucket, at) = self.position(hash, leaf);
        self.change(bucket, |blob| blob.splice(at..at + ENTRY, &[]));
        self.len -= 1;
        if self.len < self.buckets.len() * LOAD_MIN && self.buckets.len() > 1 {
            self.shrink();
        }
    }

    /// A member with this hash is in leaf `to`, no longer in `from`.
    fn replace(&mut self, hash: u32, from: LeafId, to: LeafId) {
        let (bucket, at) = self.position(hash, from);
        self.buckets.get_mut(bucket).bytes_mut()[at..at + ENTRY].copy_from_slice(&entry(hash, to));
    }

    /// The members are in leaf `to`, no longer in `from`.
    pub(super) fn replace_all<'m>(
        &mut self,
        members: impl Iterator<Item = &'m [u8]>,
        from: LeafId,
        to: LeafId,
    ) {
        members.for_each(|member| self.replace(hash(member), from, to));
    }

    /// Bucket and offset of an entry.
    ///
    /// # Panics
    /// If it is not there: then tree and index do not agree.
    fn position(&self, hash: u32, leaf: LeafId) -> (usize, usize) {
        let (bucket, wanted) = (bucket_of(hash, self.buckets.len()), entry(hash, leaf));
        let at = self.entries(bucket).iter().position(|entry| *entry == wanted);
        (bucket, ENTRY * at.expect("every member is in the index"))
    }

    fn change(&mut self, bucket: usize, change: impl FnOnce(&mut Blob)) {
        let blob = self.buckets.get_mut(bucket);
        let before = blob.memory();
        change(blob);
        self.bytes = self.bytes + blob.memory() - before;
    }

    /// Splits the next bucket: a new one takes the entries that belong there from now on.
    fn grow(&mut self) {
        let buckets = self.buckets.len() + 1;
        let (source, fresh) = (linear::split_from(buckets), buckets - 1);
        let goes = |entry: &&[u8; ENTRY]| bucket_of(hash_of(entry), buckets) == fresh;
        let of = |entries: Vec<[u8; ENTRY]>| Blob::copied(&[entries.as_flattened()]);
        let (gone, kept): (Vec<_>, Vec<_>) = self.entries(source).iter().partition(goes);
        self.buckets.push(Blob::new());
        self.change(source, |blob| *blob = of(kept));
        self.change(fresh, |blob| *blob = of(gone));
    }

    /// Takes the last bucket away: its entries return to the one they were split from.
    fn shrink(&mut self) {
        let target = linear::split_from(self.buckets.len());
        let Some(last) = self.buckets.pop() else { return };
        self.bytes -= last.memory();
        let end = self.buckets.get(target).len();
        self.change(target, |blob| blob.splice(end..end, &[&last]));
    }

    /// Shows the entries of the buckets at `cursor`; the cursor to go on with, or 0 behind the last.
    pub(super) fn scan(&self, cursor: u64, mut show: impl FnMut(u32, LeafId)) -> u64 {
        linear::scan(cursor, self.buckets.len(), |bucket| {
            self.entries(bucket).iter().for_each(|entry| show(hash_of(entry), leaf_of(entry)));
        })
    }

    /// Frees a part at each step.
    pub(super) fn dismantle(self) -> impl Iterator<Item = ()> {
        self.buckets.dismantle()
    }

    /// Bytes of memory that it takes.
    pub(super) fn memory(&self) -> usize {
        self.buckets.memory() + self.bytes
    }

    /// How many entries there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// What [`memory`](Index::memory) must say.
    #[cfg(test)]
    pub(super) fn walked_memory(&self) -> usize {
        let buckets = (0..self.buckets.len()).map(|at| self.buckets.get(at).memory());
        self.buckets.memory() + buckets.sum::<usize>()
    }
}
