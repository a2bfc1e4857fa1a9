//! Integers of one of three widths, read alike.

use std::ops::Range;

/// The integers' bytes, by their width.
#[derive(Clone, Copy)]
pub(super) enum Lanes<'a> {
    Two(&'a [[u8; 2]]),
    Four(&'a [[u8; 4]]),
    Eight(&'a [[u8; 8]]),
}

impl<'a> Lanes<'a> {
    /// The integers in `bytes`, each `width` bytes wide: 2, 4, or else 8.
    #[inline]
    pub(super) fn new(bytes: &'a [u8], width: usize) -> Lanes<'a> {
        match width {
            2 => Lanes::Two(bytes.as_chunks().0),
            4 => Lanes::Four(bytes.as_chunks().0),
            _ => Lanes::Eight(bytes.as_chunks().0),
        }
    }

    #[inline]
    pub(super) fn width(self) -> usize {
        match self {
            Lanes::Two(_) => 2,
            Lanes::Four(_) => 4,
            Lanes::Eight(_) => 8,
        }
    }

    #[inline]
    pub(super) fn len(self) -> usize {
        match self {
            Lanes::Two(integers) => integers.len(),
            Lanes::Four(integers) => integers.len(),
            Lanes::Eight(integers) => integers.len(),
        }
    }

    /// The integer at `index`, of which there must be one.
    #[inline]
    pub(super) fn get(self, index: usize) -> i64 {
        match self {
            Lanes::Two(integers) => two(&integers[index]),
            Lanes::Four(integers) => four(&integers[index]),
            Lanes::Eight(integers) => eight(&integers[index]),
        }
    }

    /// The first index in `range` whose integer is not below `bound`, or the range's end.
    #[inline]
    pub(super) fn below(self, range: Range<usize>, bound: i64) -> usize {
        let start = range.start;
        // The standard library's search does not branch on what it compares.
        let below = match self {
            Lanes::Two(integers) => integers[range].partition_point(|lane| two(lane) < bound),
            Lanes::Four(integers) => integers[range].partition_point(|lane| four(lane) < bound),
            Lanes::Eight(integers) => integers[range].partition_point(|lane| eight(lane) < bound),
        };
        start + below
    }
}

#[inline]
fn two(lane: &[u8; 2]) -> i64 {
    i16::from_le_bytes(*lane).into()
}

#[inline]
fn four(lane: &[u8; 4]) -> i64 {
    i32::from_le_bytes(*lane).into()
}

#[inline]
fn eight(lane: &[u8; 8]) -> i64 {
    i64::from_le_bytes(*lane)
}

/// The least width that holds `integer`.
#[inline]
pub(super) fn width_for(integer: i64) -> usize {
    match integer {
        -0x8000..=0x7FFF => 2,
        -0x8000_0000..=0x7FFF_FFFF => 4,
        _ => 8,
    }
}
