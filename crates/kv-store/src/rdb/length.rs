//! Lengths: numbers in as few bytes as they need, and the marks of special encodings.
//!
//! ```text
//! 00nnnnnn                     6 bits
//! 01nnnnnn nnnnnnnn            14 bits, high bits first
//! 10000000 + 4 bytes           32 bits, high byte first
//! 10000001 + 8 bytes           64 bits, high byte first
//! 110000ee                     not a length: how the string that follows is encoded
//! ```

use super::{Error, Output, Reader, Reason};

const BITS_32: u8 = 0x80;
const BITS_64: u8 = 0x81;
const INT8: u8 = 0xc0;
const INT16: u8 = 0xc1;
const INT32: u8 = 0xc2;
const LZF: u8 = 0xc3;

/// A length, or how the string in front of which it stands is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// A number: so many bytes or elements follow.
    Plain(u64),
    /// The string is the decimal text of the signed byte that follows.
    Int8,
    /// The same of 2 bytes, low byte first.
    Int16,
    /// The same of 4 bytes.
    Int32,
    /// The string is compressed: the lengths of its compressed and its plain bytes follow.
    Lzf,
}

impl Length {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Length, Error> {
        let at = reader.at();
        Ok(match reader.byte()? {
            first @ 0..0x40 => Length::Plain(first.into()),
            first @ 0x40..0x80 => {
                let second = reader.byte()?;
                Length::Plain(u16::from_be_bytes([first & 0x3f, second]).into())
            }
            BITS_32 => Length::Plain(u32::from_be_bytes(reader.array()?).into()),
            BITS_64 => Length::Plain(u64::from_be_bytes(reader.array()?)),
            INT8 => Length::Int8,
            INT16 => Length::Int16,
            INT32 => Length::Int32,
            LZF => Length::Lzf,
            0xc4.. => return Reader::error(at, Reason::Encoding),
            _ => return Reader::error(at, Reason::Length),
        })
    }

    pub(super) fn write(self, out: &mut impl Output) {
        match self {
            Length::Plain(len @ 0..0x40) => out.put(&[len as u8]),
            Length::Plain(len @ 0x40..0x4000) => out.put(&(0x4000 | len as u16).to_be_bytes()),
            Length::Plain(len) => match u32::try_from(len) {
                Ok(len) => {
                    out.put(&[BITS_32]);
                    out.put(&len.to_be_bytes());
                }
                Err(_) => {
                    out.put(&[BITS_64]);
                    out.put(&len.to_be_bytes());
                }
            },
            Length::Int8 => out.put(&[INT8]),
            Length::Int16 => out.put(&[INT16]),
            Length::Int32 => out.put(&[INT32]),
            Length::Lzf => out.put(&[LZF]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Length, Error> {
        Length::read(&mut Reader::new(bytes))
    }

    #[test]
    fn there_and_back_in_as_few_bytes_as_can_be() {
        let lengths = [
            (0, 1),
            (63, 1),
            (64, 2),
            (16383, 2),
            (16384, 5),
            (u64::from(u32::MAX), 5),
            (u64::from(u32::MAX) + 1, 9),
            (u64::MAX, 9),
        ];
        for (number, size) in lengths {
            let mut out = Vec::new();
            Length::Plain(number).write(&mut out);
            assert_eq!((out.len(), read(&out)), (size, Ok(Length::Plain(number))));
        }
        for encoding in [Length::Int8, Length::Int16, Length::Int32, Length::Lzf] {
            let mut out = Vec::new();
            encoding.write(&mut out);
            assert_eq!(read(&out), Ok(encoding));
        }
    }

    #[test]
    fn first_bytes_that_nothing_begins_with() {
        for first in 0x82..0xc0 {
            assert_eq!(read(&[first; 9]).map_err(|e| e.reason), Err(Reason::Length));
        }
        for first in 0xc4..=0xff {
            assert_eq!(read(&[first; 9]).map_err(|e| e.reason), Err(Reason::Encoding));
        }
        for truncated in [&b""[..], b"\x40", b"\x80abc", b"\x81abcdefg"] {
            assert_eq!(read(truncated).map_err(|e| e.reason), Err(Reason::Truncated));
        }
    }
}
