//! A set of integers: a sorted array.
//!
//! ```text
//! width:u32 │ count:u32 │ count numbers of `width` bytes (2, 4 or 8), ascending
//! ```
//!
//! All numbers have their low bytes first.

use super::Digits;

/// Bytes in front of the numbers.
const HEADER: usize = 8;

/// The bytes of a set of integers, which have been checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Intset<'a> {
    bytes: &'a [u8],
    width: usize,
}

impl<'a> Intset<'a> {
    /// The set that `bytes` are, if they are one: not empty, no longer than they should be, and sorted.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Intset<'a>> {
        let (width, rest) = bytes.split_first_chunk()?;
        let (count, numbers) = rest.split_first_chunk()?;
        let width = match u32::from_le_bytes(*width) {
            width @ (2 | 4 | 8) => width as usize,
            _ => return None,
        };
        let count = u32::from_le_bytes(*count) as usize;
        let set = Intset { bytes, width };
        let fits = count > 0 && count.checked_mul(width) == Some(numbers.len());
        (fits && set.numbers().is_sorted_by(|a, b| a < b)).then_some(set)
    }

    /// The set's bytes.
    pub(super) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// How many members there are.
    pub(super) fn len(self) -> usize {
        (self.bytes.len() - HEADER) / self.width
    }

    fn numbers(self) -> impl Iterator<Item = i64> + use<'a> {
        self.bytes[HEADER..].chunks_exact(self.width).map(|number| {
            // The sign of the last byte goes on to the left.
            let sign = if number[number.len() - 1] & 0x80 == 0 { 0 } else { 0xff };
            let mut wide = [sign; 8];
            wide[..number.len()].copy_from_slice(number);
            i64::from_le_bytes(wide)
        })
    }

    /// The members' texts.
    pub(super) fn members(self) -> impl Iterator<Item = Digits> + use<'a> {
        self.numbers().map(Digits::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(width: u32, count: u32, numbers: &[&[u8]]) -> Vec<u8> {
        [&width.to_le_bytes(), &count.to_le_bytes(), &numbers.concat()[..]].concat()
    }

    #[test]
    fn every_width() {
        let numbers = [i64::from(i16::MIN), -1, 0, 300, i64::from(i16::MAX)];
        let two = numbers.map(|n| (n as i16).to_le_bytes());
        let four = numbers.map(|n| (n as i32).to_le_bytes());
        let eight = numbers.map(|n| n.to_le_bytes());
        for (width, flat) in [(2, two.concat()), (4, four.concat()), (8, eight.concat())] {
            let bytes = set(width, 5, &[&flat]);
            let set = Intset::parse(&bytes).unwrap();
            assert_eq!((set.numbers().collect::<Vec<_>>(), set.len()), (numbers.to_vec(), 5));
        }
    }

    #[test]
    fn damage() {
        let sound = set(2, 2, &[&[1, 0], &[2, 0]]);
        assert!(Intset::parse(&sound).is_some());
        let others = [
            set(2, 2, &[&[2, 0], &[1, 0]]),
            set(2, 2, &[&[2, 0], &[2, 0]]),
            set(2, 0, &[]),
            set(2, 1, &[&[1, 0], &[2, 0]]),
            set(2, 3, &[&[1, 0], &[2, 0]]),
            set(4, 2, &[&[1, 0], &[2, 0]]),
            set(1, 2, &[&[1], &[2]]),
            set(0, 2, &[]),
            set(8, u32::MAX, &[]),
        ];
        for bytes in others {
            assert!(Intset::parse(&bytes).is_none(), "{bytes:?}");
        }
        for len in 0..sound.len() {
            assert!(Intset::parse(&sound[..len]).is_none(), "{len}");
        }
    }
}
