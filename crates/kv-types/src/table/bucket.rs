//! One bucket: its entries, one after the other in a few hundred bytes.
//!
//! ```text
//! ┌ count:u16 ┬ fingerprint:u8 … ┬ size:u8 … ┬ entry … ┐
//! entry: key length │ T:1 ┬ deadline:u64, if T ┬ key ┬ value        or, of a long one:
//!        127        │ T:1 ┬ deadline:u64, if T ┬ number:u32 in the table's long entries
//! ```

use std::ops::ControlFlow;

use super::lanes::{LANES, Lanes};
use crate::blob::Blob;

/// What stands for the key's length in a long entry.
const LONG: u8 = 127;
/// The entry has a deadline.
const TIMED: u8 = 128;
/// Longest entry that lies in its bucket, and longest key of such, in bytes.
const MAX_SIZE: usize = u8::MAX as usize;
const MAX_KEY: usize = LONG as usize - 1;

const COUNT: usize = 2;

/// A bucket's bytes, to be read.
#[derive(Clone, Copy)]
pub(super) struct Bucket<'a>(pub(super) &'a [u8]);

/// An entry as it lies in its bucket.
#[derive(Clone, Copy)]
pub(super) struct Raw<'a> {
    pub(super) deadline: Option<u64>,
    pub(super) body: Body<'a>,
}

/// Key and value, or where they are.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    /// In the bucket.
    Short { key: &'a [u8], value: &'a [u8] },
    /// In the long entry of this number.
    Long(u32),
}

/// Whether key and value lie in the bucket.
pub(super) fn is_short(key: &[u8], value: &[u8]) -> bool {
    key.len() <= MAX_KEY && 1 + size_of::<u64>() + key.len() + value.len() <= MAX_SIZE
}

impl<'a> Bucket<'a> {
    /// How many entries there are.
    #[inline]
    pub(super) fn len(self) -> usize {
        match self.0 {
            [low, high, ..] => usize::from(u16::from_le_bytes([*low, *high])),
            _ => 0,
        }
    }

    #[inline]
    fn fingerprints(self) -> &'a [u8] {
        &self.0[COUNT.min(self.0.len())..][..self.len()]
    }

    #[inline]
    fn sizes(self) -> &'a [u8] {
        let len = self.len();
        &self.0[(COUNT + len).min(self.0.len())..][..len]
    }

    fn entries(self) -> &'a [u8] {
        &self.0[self.start().min(self.0.len())..]
    }

    /// Where the entries begin.
    fn start(self) -> usize {
        COUNT + 2 * self.len()
    }

    /// Where entry `at` lies.
    #[inline]
    fn range(self, at: usize) -> std::ops::Range<usize> {
        let (len, mut start) = (self.len(), self.start());
        for first in (0..at).step_by(LANES) {
            start += Lanes::load(self.0, COUNT + len + first).sum(at - first);
        }
        start..start + usize::from(self.0[COUNT + len + at])
    }

    /// Entry `at`.
    #[inline]
    pub(super) fn entry(self, at: usize) -> Raw<'a> {
        Raw::read(&self.0[self.range(at)])
    }

    /// Where in the bucket `part` lies, if it is a part of it.
    #[inline]
    pub(super) fn offset_of(self, part: &[u8]) -> Option<usize> {
        let (whole, part) = (self.0.as_ptr_range(), part.as_ptr_range());
        let inside = whole.start <= part.start && part.end <= whole.end;
        inside.then(|| part.start.addr() - whole.start.addr())
    }

    /// The number of the first entry with this fingerprint that `is_it`.
    #[inline]
    pub(super) fn find(
        self,
        fingerprint: u8,
        mut is_it: impl FnMut(Raw<'a>) -> bool,
    ) -> Option<usize> {
        self.find_map(fingerprint, |raw| is_it(raw).then_some(())).map(|(at, ())| at)
    }

    /// The number of the first entry with this fingerprint that `choose` makes something of, and that.
    #[inline]
    pub(super) fn find_map<T>(
        self,
        fingerprint: u8,
        mut choose: impl FnMut(Raw<'a>) -> Option<T>,
    ) -> Option<(usize, T)> {
        let len = self.len();
        for first in (0..len).step_by(LANES) {
            let lanes = Lanes::load(self.0, COUNT + first).keep(len - first);
            let mut equal = lanes.equal(fingerprint);
            while equal != 0 {
                let at = first + equal.trailing_zeros() as usize;
                if let Some(chosen) = choose(self.entry(at)) {
                    return Some((at, chosen));
                }
                equal &= equal - 1;
            }
        }
        None
    }

    /// Shows `visit` each entry with each of the other bucket that has the same fingerprint.
    #[inline]
    pub(super) fn pairs<'b, B>(
        self,
        other: Bucket<'b>,
        mut visit: impl FnMut(Raw<'a>, Raw<'b>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        for first in (0..other.len()).step_by(LANES) {
            let lanes = Lanes::load(other.0, COUNT + first).keep(other.len() - first);
            let mut start = self.start();
            for (&fingerprint, &size) in self.fingerprints().iter().zip(self.sizes()) {
                let end = start + usize::from(size);
                let mut equal = lanes.equal(fingerprint);
                while equal != 0 {
                    let at = first + equal.trailing_zeros() as usize;
                    visit(Raw::read(&self.0[start..end]), other.entry(at))?;
                    equal &= equal - 1;
                }
                start = end;
            }
        }
        ControlFlow::Continue(())
    }

    /// All entries.
    #[inline]
    pub(super) fn iter(self) -> Entries<'a> {
        Entries { sizes: self.sizes().iter(), rest: self.entries() }
    }

    /// The bucket with another entry at the end.
    pub(super) fn with(self, fingerprint: u8, entry: Raw<'_>) -> Blob {
        let (count, size) = (count(self.len() + 1), [entry.size() as u8]);
        let (head, parts) = entry.head();
        let [first, second] = parts;
        let entries = [self.entries(), head.bytes(), first, second];
        let [a, b, c, d] = entries;
        Blob::copied(&[
            &count,
            self.fingerprints(),
            &[fingerprint],
            self.sizes(),
            &size,
            a,
            b,
            c,
            d,
        ])
    }

    /// The bucket with another entry in place of entry `at`, whose fingerprint is the same.
    pub(super) fn with_changed(self, at: usize, entry: Raw<'_>) -> Blob {
        let (range, sizes, size) = (self.range(at), self.sizes(), [entry.size() as u8]);
        let (head, [first, second]) = entry.head();
        let (before, behind) = (&self.0[self.start()..range.start], &self.0[range.end..]);
        let count = count(self.len());
        Blob::copied(&[
            &count,
            self.fingerprints(),
            &sizes[..at],
            &size,
            &sizes[at + 1..],
            before,
            head.bytes(),
            first,
            second,
            behind,
        ])
    }

    /// The bucket without entry `at`.
    pub(super) fn without(self, at: usize) -> Blob {
        let (range, sizes, fingerprints) = (self.range(at), self.sizes(), self.fingerprints());
        if self.len() == 1 {
            return Blob::new();
        }
        let (before, behind) = (&self.0[self.start()..range.start], &self.0[range.end..]);
        Blob::copied(&[
            &count(self.len() - 1),
            &fingerprints[..at],
            &fingerprints[at + 1..],
            &sizes[..at],
            &sizes[at + 1..],
            before,
            behind,
        ])
    }

    /// The entries of both buckets in one.
    pub(super) fn joined(self, other: Bucket<'_>) -> Blob {
        if self.len() + other.len() == 0 {
            return Blob::new();
        }
        Blob::copied(&[
            &count(self.len() + other.len()),
            self.fingerprints(),
            other.fingerprints(),
            self.sizes(),
            other.sizes(),
            self.entries(),
            other.entries(),
        ])
    }

    /// The entries that stay and those that go, as `goes` says.
    pub(super) fn split(self, mut goes: impl FnMut(Raw<'a>) -> bool) -> [Blob; 2] {
        let mut halves = [Half::default(), Half::default()];
        let mut start = self.start();
        for (&fingerprint, &size) in self.fingerprints().iter().zip(self.sizes()) {
            let end = start + usize::from(size);
            let bytes = &self.0[start..end];
            let half = &mut halves[usize::from(goes(Raw::read(bytes)))];
            half.fingerprints.push(fingerprint);
            half.sizes.push(size);
            half.entries.extend_from_slice(bytes);
            start = end;
        }
        halves.map(|half| match half.sizes.len() {
            0 => Blob::new(),
            len => Blob::copied(&[&count(len), &half.fingerprints, &half.sizes, &half.entries]),
        })
    }
}

/// The entries of a bucket.
#[derive(Clone, Default)]
pub(super) struct Entries<'a> {
    sizes: std::slice::Iter<'a, u8>,
    rest: &'a [u8],
}

impl<'a> Iterator for Entries<'a> {
    type Item = Raw<'a>;

    #[inline]
    fn next(&mut self) -> Option<Raw<'a>> {
        let size = usize::from(*self.sizes.next()?);
        let (entry, rest) = self.rest.split_at(size);
        self.rest = rest;
        Some(Raw::read(entry))
    }
}

fn count(len: usize) -> [u8; COUNT] {
    // A bucket of so many entries is one in which tens of thousands of secret hashes agree.
    (len as u16).to_le_bytes()
}

#[derive(Default)]
struct Half {
    fingerprints: Vec<u8>,
    sizes: Vec<u8>,
    entries: Vec<u8>,
}

/// The first bytes of an entry.
struct Head {
    bytes: [u8; 13],
    len: usize,
}

impl Head {
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl<'a> Raw<'a> {
    #[inline]
    fn read(bytes: &'a [u8]) -> Raw<'a> {
        let (first, mut rest) = (bytes[0], &bytes[1..]);
        let mut deadline = None;
        if first & TIMED != 0
            && let Some((at, behind)) = rest.split_first_chunk()
        {
            (deadline, rest) = (Some(u64::from_le_bytes(*at)), behind);
        }
        let body = match first & !TIMED {
            LONG => Body::Long(rest.first_chunk().map_or(0, |number| u32::from_le_bytes(*number))),
            len => {
                let (key, value) = rest.split_at(usize::from(len));
                Body::Short { key, value }
            }
        };
        Raw { deadline, body }
    }

    fn size(&self) -> usize {
        let deadline = if self.deadline.is_some() { size_of::<u64>() } else { 0 };
        1 + deadline
            + match self.body {
                Body::Short { key, value } => key.len() + value.len(),
                Body::Long(_) => size_of::<u32>(),
            }
    }

    /// What stands in front, and key and value if they lie in the bucket.
    fn head(&self) -> (Head, [&'a [u8]; 2]) {
        let mut head = Head { bytes: [0; 13], len: 1 };
        if let Some(deadline) = self.deadline {
            head.bytes[0] = TIMED;
            head.bytes[1..9].copy_from_slice(&deadline.to_le_bytes());
            head.len = 9;
        }
        match self.body {
            Body::Short { key, value } => {
                head.bytes[0] |= key.len() as u8;
                (head, [key, value])
            }
            Body::Long(number) => {
                head.bytes[0] |= LONG;
                head.bytes[head.len..head.len + 4].copy_from_slice(&number.to_le_bytes());
                head.len += 4;
                (head, [&[], &[]])
            }
        }
    }
}
