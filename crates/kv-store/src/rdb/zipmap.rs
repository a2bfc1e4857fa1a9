//! The zipmap: what Redis packed small hashes into before version 2.6.
//!
//! ```text
//! count:u8 │ entries … │ 0xff
//! entry: length │ field │ length │ unused:u8 │ value │ unused bytes
//! ```
//!
//! A length is a byte, or 0xfe and 4 bytes, low byte first; a count of 254 or more says nothing.

/// The byte behind the entries.
const END: u8 = 0xff;
/// In front of a length of 4 bytes; and the least count that says nothing.
const WIDE: u8 = 0xfe;

/// The bytes of a zipmap, which have been checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zipmap<'a> {
    /// The entries, without what is around them.
    entries: &'a [u8],
    len: usize,
}

impl<'a> Zipmap<'a> {
    /// The map that `bytes` are, if they are one.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Zipmap<'a>> {
        let [count, entries @ .., END] = bytes else { return None };
        let (mut rest, mut len) = (entries, 0);
        while !rest.is_empty() {
            (_, rest) = entry(rest)?;
            len += 1;
        }
        (*count >= WIDE || usize::from(*count) == len).then_some(Zipmap { entries, len })
    }

    /// How many fields there are.
    pub(super) fn len(self) -> usize {
        self.len
    }

    /// The fields and their values.
    pub(super) fn fields(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let mut rest = self.entries;
        std::iter::from_fn(move || {
            let (pair, behind) = entry(rest)?;
            rest = behind;
            Some(pair)
        })
    }
}

type Pair<'a> = (&'a [u8], &'a [u8]);

/// A field and its value, and what is behind them.
fn entry(bytes: &[u8]) -> Option<(Pair<'_>, &[u8])> {
    let (len, bytes) = length(bytes)?;
    let (field, bytes) = bytes.split_at_checked(len)?;
    let (len, bytes) = length(bytes)?;
    let (unused, bytes) = bytes.split_first()?;
    let (value, bytes) = bytes.split_at_checked(len)?;
    let (_, rest) = bytes.split_at_checked(usize::from(*unused))?;
    Some(((field, value), rest))
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [WIDE, bytes @ ..] => {
            let (len, rest) = bytes.split_first_chunk()?;
            Some((u32::from_le_bytes(*len) as usize, rest))
        }
        [END, ..] | [] => None,
        [len, rest @ ..] => Some((usize::from(*len), rest)),
    }
}
