//! The entries of a journal, as bytes.
//!
//! ```text
//! request   tag 1, database, time, number of arguments, arguments
//! expiry    tag 2, database, time, key
//! ```
//!
//! Numbers are of variable length, seven bits to a byte, the lowest first (LEB128); times are microseconds
//! since the Unix epoch. A key is its length and its bytes; an argument is twice its length, plus one if it is
//! an encoded frame, and its bytes.

use kv_protocol::Arg;

const REQUEST: u8 = 1;
const EXPIRY: u8 = 2;

/// Bytes of a number of 64 bits, at most.
const LONGEST: usize = 10;

/// An entry, as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry<'e> {
    /// A command ran, or what it came to could have been done by it.
    Request { place: Place, args: Args<'e> },
    /// A key, or elements of its value, were removed because their time was over.
    Expiry { place: Place, key: &'e [u8] },
}

/// Where and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) db: usize,
    pub(crate) now_us: u64,
}

/// Why bytes are no entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("it ends within an entry")]
    Short,
    #[error("there is no entry of tag {0}")]
    Tag(u8),
    #[error("a number has more than 64 bits")]
    Number,
}

/// The arguments of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Args<'e> {
    left: u64,
    bytes: &'e [u8],
}

/// Appends a request.
#[inline]
pub(super) fn request<'a>(
    out: &mut Vec<u8>,
    place: Place,
    args: impl ExactSizeIterator<Item = Arg<'a>>,
) {
    head(out, REQUEST, place);
    number(out, args.len() as u64);
    for arg in args {
        let (bytes, frame) = match arg {
            Arg::Bytes(bytes) => (bytes, 0),
            Arg::Frame(bytes) => (bytes, 1),
        };
        number(out, (bytes.len() as u64) << 1 | frame);
        out.extend_from_slice(bytes);
    }
}

/// Appends an expiry.
pub(super) fn expiry(out: &mut Vec<u8>, place: Place, key: &[u8]) {
    head(out, EXPIRY, place);
    number(out, key.len() as u64);
    out.extend_from_slice(key);
}

#[inline]
fn head(out: &mut Vec<u8>, tag: u8, place: Place) {
    out.push(tag);
    number(out, place.db as u64);
    number(out, place.now_us);
}

#[inline]
fn number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads the next entry off `bytes`.
pub(super) fn read<'e>(bytes: &mut &'e [u8]) -> Result<Entry<'e>, Malformed> {
    let (&tag, rest) = bytes.split_first().ok_or(Malformed::Short)?;
    *bytes = rest;
    let db = usize::try_from(read_number(bytes)?).map_err(|_| Malformed::Number)?;
    let place = Place { db, now_us: read_number(bytes)? };
    match tag {
        REQUEST => {
            let left = read_number(bytes)?;
            let args = Args { left, bytes };
            // What follows the arguments is found by passing over them.
            let mut rest = args;
            while rest.next()?.is_some() {}
            *bytes = rest.bytes;
            Ok(Entry::Request { place, args })
        }
        EXPIRY => {
            let len = read_number(bytes)?;
            Ok(Entry::Expiry { place, key: take(bytes, len)? })
        }
        tag => Err(Malformed::Tag(tag)),
    }
}

impl<'e> Args<'e> {
    /// The next argument.
    pub(super) fn next(&mut self) -> Result<Option<Arg<'e>>, Malformed> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        let word = read_number(&mut self.bytes)?;
        let bytes = take(&mut self.bytes, word >> 1)?;
        self.left = left;
        Ok(Some(if word & 1 == 0 { Arg::Bytes(bytes) } else { Arg::Frame(bytes) }))
    }
}

fn take<'e>(bytes: &mut &'e [u8], len: u64) -> Result<&'e [u8], Malformed> {
    let len = usize::try_from(len).map_err(|_| Malformed::Short)?;
    let (taken, rest) = bytes.split_at_checked(len).ok_or(Malformed::Short)?;
    *bytes = rest;
    Ok(taken)
}

fn read_number(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    let mut number = 0u64;
    for (at, &byte) in bytes.iter().enumerate().take(LONGEST) {
        let bits = u64::from(byte & 0x7f);
        if at + 1 == LONGEST && bits > 1 {
            return Err(Malformed::Number);
        }
        number |= bits << (7 * at);
        if byte & 0x80 == 0 {
            *bytes = &bytes[at + 1..];
            return Ok(number);
        }
    }
    Err(if bytes.len() < LONGEST { Malformed::Short } else { Malformed::Number })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    type Written = (usize, u64, Result<Vec<u8>, Vec<(Vec<u8>, bool)>>);

    fn written() -> impl Strategy<Value = Vec<Written>> {
        let bytes = || vec(any::<u8>(), 0..300);
        let args = vec((bytes(), any::<bool>()), 0..5);
        vec((0..16usize, any::<u64>(), prop::result::maybe_err(bytes(), args)), 0..6)
    }

    fn write(entries: &[Written]) -> Vec<u8> {
        let mut out = vec![];
        for (db, now_us, what) in entries {
            let place = Place { db: *db, now_us: *now_us };
            match what {
                Ok(key) => expiry(&mut out, place, key),
                Err(args) => request(&mut out, place, args.iter().map(arg)),
            }
        }
        out
    }

    fn arg((bytes, frame): &(Vec<u8>, bool)) -> Arg<'_> {
        if *frame { Arg::Frame(bytes) } else { Arg::Bytes(bytes) }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(entries in written()) {
            let bytes = write(&entries);
            let mut rest = &bytes[..];
            for (db, now_us, what) in &entries {
                let place = Place { db: *db, now_us: *now_us };
                match (read(&mut rest), what) {
                    (Ok(Entry::Expiry { place: there, key }), Ok(expected)) => {
                        prop_assert_eq!((there, key), (place, &expected[..]));
                    }
                    (Ok(Entry::Request { place: there, mut args }), Err(expected)) => {
                        prop_assert_eq!(there, place);
                        for it in expected {
                            prop_assert_eq!(args.next(), Ok(Some(arg(it))));
                        }
                        prop_assert_eq!(args.next(), Ok(None));
                    }
                    other => prop_assert!(false, "{:?}", other),
                }
            }
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn whatever_bytes_there_are_reading_ends(bytes in vec(any::<u8>(), 0..100)) {
            let mut rest = &bytes[..];
            while !rest.is_empty() && read(&mut rest).is_ok() {}
        }

        #[test]
        fn a_part_of_an_entry_is_none(entries in written(), cut in any::<prop::sample::Index>()) {
            let bytes = write(&entries[..entries.len().min(1)]);
            if !bytes.is_empty() {
                let part = &bytes[..cut.index(bytes.len())];
                prop_assert_eq!(read(&mut &part[..]), Err(Malformed::Short));
            }
        }
    }

    #[test]
    fn numbers_have_64_bits() {
        for ten in [[0xff; 10], [0x80; 10]] {
            assert_eq!(read_number(&mut &ten[..]), Err(Malformed::Number));
        }
        let mut out = vec![];
        number(&mut out, u64::MAX);
        assert_eq!((out.len(), read_number(&mut &out[..])), (LONGEST, Ok(u64::MAX)));
    }
}
