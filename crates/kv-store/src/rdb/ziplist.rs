//! The ziplist: what Redis packed small lists, hashes and sorted sets into before version 7.
//!
//! ```text
//! bytes:u32 │ tail:u32 │ count:u16 │ entries … │ 0xff
//! entry: size of the entry before (1 byte, or 0xfe and 4 bytes) │ head │ content
//! ```
//!
//! `tail` is the offset of the last entry; `count` is 65,535 if there may be more. What the head says:
//!
//! ```text
//! 00nnnnnn                     n bytes
//! 01nnnnnn nnnnnnnn            n bytes, high bits first
//! 10------ + 4 bytes           as many bytes, high byte first
//! 0xc0, 0xd0, 0xe0             a number of 2, 4 or 8 bytes
//! 0xf0, 0xfe                   a number of 3 bytes, of 1 byte
//! 0xf1 … 0xfd                  the number 0 … 12
//! ```
//!
//! Other numbers have their low bytes first.

use super::Text;

/// Bytes in front of the entries.
const HEADER: usize = 10;
/// The byte behind the entries.
const END: u8 = 0xff;
/// In front of the size of the entry before, if that takes 4 bytes.
const WIDE: u8 = 0xfe;
/// A count that says nothing.
const UNCOUNTED: u16 = u16::MAX;

/// The bytes of a ziplist, which have been checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ziplist<'a> {
    /// The entries, without what is around them.
    entries: &'a [u8],
    len: usize,
}

/// An entry, and what is behind it.
struct Entry<'a> {
    /// How long the entry before is, according to this one.
    before: usize,
    content: Text<'a>,
    rest: &'a [u8],
}

impl<'a> Ziplist<'a> {
    /// The list that `bytes` are, if all that they say about themselves is so.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Ziplist<'a>> {
        let entries = bytes.get(HEADER..)?.strip_suffix(&[END])?;
        let total = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
        let tail = u32::from_le_bytes(*bytes[4..].first_chunk()?) as usize;
        let count = u16::from_le_bytes(*bytes[8..].first_chunk()?);
        let (mut rest, mut last, mut len) = (entries, 0, 0);
        while !rest.is_empty() {
            let entry = Entry::read(rest)?;
            if entry.before != last {
                return None;
            }
            last = rest.len() - entry.rest.len();
            rest = entry.rest;
            len += 1;
        }
        let fits = total == bytes.len()
            && tail == HEADER + entries.len() - last
            && (count == UNCOUNTED || usize::from(count) == len);
        fits.then_some(Ziplist { entries, len })
    }

    /// How many entries there are.
    pub(super) fn len(self) -> usize {
        self.len
    }

    /// The entries' texts.
    pub(super) fn texts(self) -> impl Iterator<Item = Text<'a>> + Clone + use<'a> {
        let mut rest = self.entries;
        std::iter::from_fn(move || {
            let entry = Entry::read(rest)?;
            rest = entry.rest;
            Some(entry.content)
        })
    }
}

impl<'a> Entry<'a> {
    fn read(bytes: &'a [u8]) -> Option<Entry<'a>> {
        let (before, bytes) = match bytes {
            [WIDE, bytes @ ..] => {
                let (before, bytes) = bytes.split_first_chunk()?;
                (u32::from_le_bytes(*before) as usize, bytes)
            }
            [END, ..] | [] => return None,
            [before, bytes @ ..] => (usize::from(*before), bytes),
        };
        let (head, bytes) = bytes.split_first()?;
        let (content, rest) = match head {
            0..0x40 => text(usize::from(*head), bytes)?,
            0x40..0x80 => {
                let (low, bytes) = bytes.split_first()?;
                text(usize::from(u16::from_be_bytes([head & 0x3f, *low])), bytes)?
            }
            0x80..0xc0 => {
                let (len, bytes) = bytes.split_first_chunk()?;
                text(u32::from_be_bytes(*len) as usize, bytes)?
            }
            0xc0 => number::<2>(bytes)?,
            0xd0 => number::<4>(bytes)?,
            0xe0 => number::<8>(bytes)?,
            0xf0 => number::<3>(bytes)?,
            0xfe => number::<1>(bytes)?,
            0xf1..=0xfd => (i64::from(head - 0xf1).into(), bytes),
            _ => return None,
        };
        Some(Entry { before, content, rest })
    }
}

fn text(len: usize, bytes: &[u8]) -> Option<(Text<'_>, &[u8])> {
    let (text, rest) = bytes.split_at_checked(len)?;
    Some((Text::Borrowed(text), rest))
}

fn number<const N: usize>(bytes: &[u8]) -> Option<(Text<'_>, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<N>()?;
    // In the highest bytes first, then shifted down: so the sign goes along.
    let mut high = [0; 8];
    high[8 - N..].copy_from_slice(number);
    let number = i64::from_le_bytes(high) >> (8 * (8 - N));
    Some((number.into(), rest))
}
