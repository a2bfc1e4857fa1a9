//! Reading the parts that values are made of.

use super::length::Length;
use super::{Error, Reason, Text, lzf};

/// Longest string that is read, in bytes, unless the reader is given another limit: what
/// `proto-max-bulk-len` is by default.
pub const MAX_STRING: usize = 512 << 20;

/// A cursor over encoded bytes.
///
/// Nothing here trusts what it reads: no method panics, whatever the bytes are, and none takes memory
/// for a length that is announced before as many bytes are there. Compressed strings yield at most
/// [`lzf::MAX_EXPANSION`] bytes for each byte, and no string is longer than the limit.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    max_string: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0, max_string: MAX_STRING }
    }

    /// The same, reading strings of up to `max_string` bytes.
    pub fn with_max_string(self, max_string: usize) -> Reader<'a> {
        Reader { max_string, ..self }
    }

    /// How many bytes have been read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The error that what begins at offset `at` is wrong for this reason.
    pub(super) fn error<T>(at: usize, reason: Reason) -> Result<T, Error> {
        Err(Error { at, reason })
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    /// [`Reason::Truncated`] if there are fewer.
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], Error> {
        match self.bytes[self.at..].get(..len) {
            Some(bytes) => {
                self.at += len;
                Ok(bytes)
            }
            None => Reader::error(self.at, Reason::Truncated),
        }
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// As [`bytes`](Reader::bytes).
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        match self.bytes[self.at..].first_chunk() {
            Some(bytes) => {
                self.at += N;
                Ok(*bytes)
            }
            None => Reader::error(self.at, Reason::Truncated),
        }
    }

    /// The next byte.
    ///
    /// # Errors
    /// As [`bytes`](Reader::bytes).
    pub fn byte(&mut self) -> Result<u8, Error> {
        self.array().map(|[byte]| byte)
    }

    /// The next length, or the special encoding that stands in its place.
    ///
    /// # Errors
    /// [`Reason::Truncated`]; [`Reason::Length`] or [`Reason::Encoding`] if it is neither.
    pub fn length(&mut self) -> Result<Length, Error> {
        Length::read(self)
    }

    /// The next length where only a number can be.
    ///
    /// # Errors
    /// As [`length`](Reader::length); [`Reason::Encoding`] for a special encoding.
    pub fn number(&mut self) -> Result<u64, Error> {
        let at = self.at;
        match self.length()? {
            Length::Plain(number) => Ok(number),
            _ => Reader::error(at, Reason::Encoding),
        }
    }

    /// The next length, of something whose elements take at least `size` bytes each.
    ///
    /// # Errors
    /// As [`number`](Reader::number); [`Reason::Truncated`] if not so many elements can follow, so
    /// room for as many elements may be taken.
    pub fn count(&mut self, size: usize) -> Result<usize, Error> {
        let at = self.at;
        let room = self.remaining() / size;
        match usize::try_from(self.number()?) {
            Ok(count) if count <= room => Ok(count),
            _ => Reader::error(at, Reason::Truncated),
        }
    }

    /// The next string.
    ///
    /// # Errors
    /// [`Reason::Truncated`]; [`Reason::TooLong`] for one above the limit; [`Reason::Lzf`] if what is
    /// compressed is damaged; errors of [`length`](Reader::length).
    pub fn string(&mut self) -> Result<Text<'a>, Error> {
        let at = self.at;
        match self.length()? {
            Length::Plain(len) => {
                let len = self.checked_len(len, at)?;
                self.bytes(len).map(Text::Borrowed)
            }
            Length::Int8 => self.array().map(|bytes| i64::from(i8::from_le_bytes(bytes)).into()),
            Length::Int16 => self.array().map(|bytes| i64::from(i16::from_le_bytes(bytes)).into()),
            Length::Int32 => self.array().map(|bytes| i64::from(i32::from_le_bytes(bytes)).into()),
            Length::Lzf => {
                let (compressed, len) = (self.number()?, self.number()?);
                let len = self.checked_len(len, at)?;
                let compressed = self.checked_len(compressed, at)?;
                match lzf::decompress(self.bytes(compressed)?, len) {
                    Some(bytes) => Ok(Text::Owned(bytes)),
                    None => Reader::error(at, Reason::Lzf),
                }
            }
        }
    }

    fn checked_len(&self, len: u64, at: usize) -> Result<usize, Error> {
        match usize::try_from(len) {
            Ok(len) if len <= self.max_string => Ok(len),
            _ => Reader::error(at, Reason::TooLong),
        }
    }

    /// The next 8 bytes as a floating-point number.
    ///
    /// # Errors
    /// [`Reason::Truncated`]; [`Reason::Number`] for one that is none.
    pub fn double(&mut self) -> Result<f64, Error> {
        let at = self.at;
        let number = f64::from_le_bytes(self.array()?);
        if number.is_nan() { Reader::error(at, Reason::Number) } else { Ok(number) }
    }

    /// The next floating-point number in its old form: a byte that is the length of its decimal
    /// text, or says that it is infinite.
    ///
    /// # Errors
    /// As [`double`](Reader::double).
    pub fn decimal(&mut self) -> Result<f64, Error> {
        let at = self.at;
        let number = match self.byte()? {
            255 => Some(f64::NEG_INFINITY),
            254 => Some(f64::INFINITY),
            253 => None,
            len => crate::float::parse(self.bytes(len.into())?),
        };
        number.map_or_else(|| Reader::error(at, Reason::Number), Ok)
    }

    /// The next 8 bytes as a point in time in Unix milliseconds; `None` for −1, which stands for none.
    ///
    /// # Errors
    /// [`Reason::Truncated`]; [`Reason::Deadline`] for another negative number.
    pub fn deadline(&mut self) -> Result<Option<u64>, Error> {
        let at = self.at;
        match i64::from_le_bytes(self.array()?) {
            -1 => Ok(None),
            millis => match u64::try_from(millis) {
                Ok(millis) => Ok(Some(millis)),
                Err(_) => Reader::error(at, Reason::Deadline),
            },
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Reason::Trailing`] if there are bytes left.
    pub fn finish(&self) -> Result<(), Error> {
        if self.remaining() == 0 { Ok(()) } else { Reader::error(self.at, Reason::Trailing) }
    }
}
