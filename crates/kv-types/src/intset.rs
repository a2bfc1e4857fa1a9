//! Redis's *intset*: different integers in ascending order, in one run of bytes.
//!
//! ```text
//! ┌ width:u32 ┬ count:u32 ┬ integer … ┐
//! ```
//!
//! Everything is little-endian, and each integer takes `width` bytes: 2, 4 or 8, what the one farthest
//! from zero has needed at any time. The layout is Redis's to the bit, so a set of integers is dumped and
//! restored as it is.
//!
//! [`Intset`] reads; the functions [`insert`] and [`remove`] change the bytes of any [`Buffer`].

use std::iter::FusedIterator;

use crate::buffer::Buffer;
use crate::listpack::Malformed;

mod lane;

use lane::{Lanes, width_for};

/// An intset without integers.
pub const EMPTY: [u8; HEADER] = [2, 0, 0, 0, 0, 0, 0, 0];

const HEADER: usize = 8;
/// Where the count lies.
const COUNT: usize = 4;

/// A set of integers, to be read.
///
/// Invariant: the bytes are well formed, made by this module or checked by [`parse`](Intset::parse).
#[derive(Clone, Copy)]
pub struct Intset<'a> {
    bytes: &'a [u8],
    integers: Lanes<'a>,
}

impl<'a> Intset<'a> {
    /// A set without integers.
    pub const EMPTY: Intset<'static> = Intset { bytes: &EMPTY, integers: Lanes::Two(&[]) };

    /// The intset in `bytes`, which this module has written or checked before.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Intset<'a> {
        let (head, integers) = bytes.split_at(HEADER);
        let set = Intset { bytes, integers: Lanes::new(integers, field(head, 0)) };
        debug_assert_eq!(set.len(), field(head, COUNT), "an intset knows its length");
        set
    }

    /// The intset in `bytes`, each of which is looked at. It may be empty, and wider than it needs to be.
    ///
    /// # Errors
    /// [`Malformed`] unless width and lengths agree and the integers ascend.
    pub fn parse(bytes: &'a [u8]) -> Result<Intset<'a>, Malformed> {
        let (head, integers) = bytes.split_at_checked(HEADER).ok_or(Malformed)?;
        let width = field(head, 0);
        if !matches!(width, 2 | 4 | 8) || field(head, COUNT) * width != integers.len() {
            return Err(Malformed);
        }
        let set = Intset { bytes, integers: Lanes::new(integers, width) };
        if set.iter().is_sorted_by(|a, b| a < b) { Ok(set) } else { Err(Malformed) }
    }

    /// All its bytes.
    #[inline]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// How many integers there are.
    #[inline]
    pub fn len(self) -> usize {
        self.integers.len()
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The integer at `index` in ascending order.
    #[inline]
    pub fn get(self, index: usize) -> Option<i64> {
        (index < self.len()).then(|| self.integers.get(index))
    }

    /// Whether `integer` is in the set.
    #[inline]
    pub fn contains(self, integer: i64) -> bool {
        self.position(integer).is_ok()
    }

    /// The index of `integer`, or as an error the one it would have.
    #[inline]
    pub fn position(self, integer: i64) -> Result<usize, usize> {
        let index = self.integers.below(0..self.len(), integer);
        if self.get(index) == Some(integer) { Ok(index) } else { Err(index) }
    }

    /// The integers in ascending order, from either end.
    #[inline]
    pub fn iter(self) -> Iter<'a> {
        Iter { integers: self.integers, front: 0, back: self.len() }
    }

    /// Looks for ascending integers; see [`Cursor`].
    #[inline]
    pub fn cursor(self) -> Cursor<'a> {
        Cursor { integers: self.integers, at: 0 }
    }
}

/// Adds `integer`; whether it was not there. All integers are made wider first if this one needs it.
pub fn insert(set: &mut impl Buffer, integer: i64) -> bool {
    let view = Intset::new(set.bytes());
    let Err(index) = view.position(integer) else { return false };
    let (count, width) = (view.len(), view.integers.width());
    let wanted = width_for(integer);
    if wanted > width {
        // It lies outside of what the others can be, so it is the first or the last of them.
        let mut bytes = Vec::with_capacity(HEADER + (count + 1) * wanted);
        bytes.extend_from_slice(&(wanted as u32).to_le_bytes());
        bytes.extend_from_slice(&(count as u32 + 1).to_le_bytes());
        let mut add = |integer: i64| bytes.extend_from_slice(&integer.to_le_bytes()[..wanted]);
        view.iter().take(index).for_each(&mut add);
        add(integer);
        view.iter().skip(index).for_each(&mut add);
        let end = set.bytes().len();
        set.splice(0..end, &[&bytes]);
        return true;
    }
    let at = HEADER + index * width;
    set.splice(at..at, &[&integer.to_le_bytes()[..width]]);
    set.overwrite(COUNT, &(count as u32 + 1).to_le_bytes());
    true
}

/// Removes `integer`; whether it was there. The others stay as wide as they are.
pub fn remove(set: &mut impl Buffer, integer: i64) -> bool {
    let view = Intset::new(set.bytes());
    let Ok(index) = view.position(integer) else { return false };
    let (count, width) = (view.len(), view.integers.width());
    let at = HEADER + index * width;
    set.splice(at..at + width, &[]);
    set.overwrite(COUNT, &(count as u32 - 1).to_le_bytes());
    true
}

/// The intset of `integers`, which ascend.
///
/// # Panics
/// In debug builds, if they do not ascend.
pub fn of(integers: &[i64]) -> Vec<u8> {
    debug_assert!(integers.is_sorted_by(|a, b| a < b));
    // The one farthest from zero is the first or the last.
    let ends = [integers.first(), integers.last()].into_iter().flatten();
    let width = ends.map(|end| width_for(*end)).max().unwrap_or(2);
    let mut bytes = Vec::with_capacity(HEADER + integers.len() * width);
    bytes.extend_from_slice(&(width as u32).to_le_bytes());
    bytes.extend_from_slice(&(integers.len() as u32).to_le_bytes());
    integers.iter().for_each(|integer| bytes.extend_from_slice(&integer.to_le_bytes()[..width]));
    bytes
}

/// The header's number at offset `at`.
#[inline]
fn field(head: &[u8], at: usize) -> usize {
    u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize
}

/// The integers of a set, in ascending order.
#[derive(Clone)]
pub struct Iter<'a> {
    integers: Lanes<'a>,
    front: usize,
    back: usize,
}

impl Iterator for Iter<'_> {
    type Item = i64;

    #[inline]
    fn next(&mut self) -> Option<i64> {
        (self.front < self.back).then(|| {
            self.front += 1;
            self.integers.get(self.front - 1)
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.back - self.front, Some(self.back - self.front))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<i64> {
        (self.front < self.back).then(|| {
            self.back -= 1;
            self.integers.get(self.back)
        })
    }
}

impl ExactSizeIterator for Iter<'_> {}
impl FusedIterator for Iter<'_> {}

/// Looks for integers that ascend, each from where the last search ended: near ones in a few steps, far
/// ones in the logarithm of the distance. So the intersection of two sets takes one walk over the smaller.
#[derive(Clone)]
pub struct Cursor<'a> {
    integers: Lanes<'a>,
    /// All integers before it are below whatever will be looked for.
    at: usize,
}

impl Cursor<'_> {
    /// Whether `integer`, which is not below any that was looked for before, is in the set.
    #[inline]
    pub fn seek(&mut self, integer: i64) -> bool {
        let len = self.integers.len();
        let (mut low, mut step) = (self.at, 1);
        while low + step <= len && self.integers.get(low + step - 1) < integer {
            low += step;
            step *= 2;
        }
        self.at = self.integers.below(low..len.min(low + step), integer);
        self.at < len && self.integers.get(self.at) == integer
    }
}

impl std::fmt::Debug for Intset<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests;
