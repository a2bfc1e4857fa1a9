//! One entry: its head, its data, and the length that is read backwards.
//!
//! | head | data |
//! |---|---|
//! | `0xxxxxxx` | none: an integer of 0 to 127 |
//! | `10xxxxxx` | a string of that length, up to 63 |
//! | `110xxxxx` and a byte | none: a signed integer of 13 bits |
//! | `1110xxxx` and a byte | a string of that length, up to 4,095 |
//! | `0xF0` and 4 bytes | a string of that length, little-endian |
//! | `0xF1` to `0xF4` | a signed integer of 2, 3, 4, 8 bytes, little-endian |

use crate::integer;

/// An entry's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value<'a> {
    /// A string that is no canonical integer.
    Bytes(&'a [u8]),
    /// A string that is one.
    Int(i64),
}

/// Room for the digits of an integer, to look at a [`Value`] as text.
pub type Digits = itoa::Buffer;

impl<'a> Value<'a> {
    /// The string: that of an integer is written to `digits`.
    #[inline]
    pub fn text<'t>(self, digits: &'t mut Digits) -> &'t [u8]
    where
        'a: 't,
    {
        match self {
            Value::Bytes(bytes) => bytes,
            Value::Int(int) => digits.format(int).as_bytes(),
        }
    }

    /// The integer that the string is, if it is the canonical text of one.
    #[inline]
    pub fn int(self) -> Option<i64> {
        match self {
            Value::Bytes(bytes) => integer::parse(bytes),
            Value::Int(int) => Some(int),
        }
    }

    /// The string, in a buffer of its own.
    pub fn to_vec(self) -> Vec<u8> {
        self.text(&mut Digits::new()).to_vec()
    }

    /// Whether the string is `other`.
    #[inline]
    pub fn is(self, other: &[u8]) -> bool {
        match self {
            Value::Bytes(bytes) => bytes == other,
            Value::Int(int) => integer::parse(other) == Some(int),
        }
    }

    /// The string's length in bytes.
    pub fn text_len(self) -> usize {
        match self {
            Value::Bytes(bytes) => bytes.len(),
            Value::Int(int) => Digits::new().format(int).len(),
        }
    }
}

/// A value as it is written: head and data, and the length of both.
pub(crate) struct Encoded<'a> {
    /// The head; for an integer, all there is.
    head: [u8; 9],
    head_len: u8,
    data: &'a [u8],
    back: [u8; 5],
    back_len: u8,
}

impl<'a> Encoded<'a> {
    #[inline]
    pub(crate) fn new(value: &'a [u8]) -> Encoded<'a> {
        let (head, head_len, data) = match integer::parse(value) {
            Some(int) => {
                let (head, len) = int_head(int);
                (head, len, &[][..])
            }
            None => {
                let (head, len) = string_head(value.len());
                (head, len, value)
            }
        };
        let (back, back_len) = backlen(head_len + data.len());
        Encoded { head, head_len: head_len as u8, data, back, back_len }
    }

    /// Bytes of head and data.
    pub(super) fn size(&self) -> usize {
        usize::from(self.head_len) + self.data.len()
    }

    #[inline]
    pub(super) fn parts(&self) -> [&[u8]; 3] {
        let (head, back) = (usize::from(self.head_len), usize::from(self.back_len));
        [&self.head[..head], self.data, &self.back[..back]]
    }

    /// Bytes of all of it.
    #[inline]
    pub(crate) fn whole_size(&self) -> usize {
        self.size() + usize::from(self.back_len)
    }

    /// Writes it over `bytes`, which are so many.
    #[inline]
    pub(crate) fn write_to(&self, bytes: &mut [u8]) {
        let (head, back) = (usize::from(self.head_len), bytes.len() - usize::from(self.back_len));
        bytes[..head].copy_from_slice(&self.head[..head]);
        bytes[head..back].copy_from_slice(self.data);
        bytes[back..].copy_from_slice(&self.back[..usize::from(self.back_len)]);
    }

    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) {
        self.parts().into_iter().for_each(|part| bytes.extend_from_slice(part));
    }
}

/// The size of the head of a string of `len` bytes.
#[inline]
pub(super) fn head_size(len: usize) -> usize {
    match len {
        0..64 => 1,
        64..4096 => 2,
        _ => 5,
    }
}

#[inline]
fn string_head(len: usize) -> ([u8; 9], usize) {
    let mut head = [0; 9];
    let size = head_size(len);
    match size {
        1 => head[0] = 0x80 | len as u8,
        2 => head[..2].copy_from_slice(&(0xE000 | len as u16).to_be_bytes()),
        _ => {
            head[0] = 0xF0;
            head[1..5].copy_from_slice(&(len as u32).to_le_bytes());
        }
    }
    (head, size)
}

fn int_head(int: i64) -> ([u8; 9], usize) {
    let mut head = [0; 9];
    let bytes = int.to_le_bytes();
    let (tag, width) = match int {
        0..=127 => {
            head[0] = int as u8;
            return (head, 1);
        }
        -4096..=4095 => {
            head[0] = 0xC0 | (int >> 8) as u8 & 0x1F;
            head[1] = int as u8;
            return (head, 2);
        }
        -0x8000..=0x7FFF => (0xF1, 2),
        -0x80_0000..=0x7F_FFFF => (0xF2, 3),
        -0x8000_0000..=0x7FFF_FFFF => (0xF3, 4),
        _ => (0xF4, 8),
    };
    head[0] = tag;
    head[1..=width].copy_from_slice(&bytes[..width]);
    (head, 1 + width)
}

/// How many bytes the backward length of `size` takes. (That 16,383 takes three is Redis's way.)
#[inline]
pub(super) fn backlen_size(size: usize) -> usize {
    match size {
        0..=127 => 1,
        128..16_383 => 2,
        16_383..2_097_151 => 3,
        2_097_151..268_435_455 => 4,
        _ => 5,
    }
}

/// The length in groups of seven bits, most significant first; all but the first have the high bit set.
#[inline]
fn backlen(size: usize) -> ([u8; 5], u8) {
    let len = backlen_size(size);
    let mut bytes = [0; 5];
    for (at, byte) in bytes[..len].iter_mut().enumerate() {
        let group = (size >> (7 * (len - 1 - at))) as u8 & 127;
        *byte = group | if at > 0 { 128 } else { 0 };
    }
    (bytes, len as u8)
}

/// The value of the entry that `bytes` begin with, and the size of that entry.
#[inline(always)]
pub(super) fn decode(bytes: &[u8]) -> (Value<'_>, usize) {
    let head = bytes[0];
    match head {
        0..0x80 => (Value::Int(head.into()), 2),
        0x80..0xC0 => {
            let end = 1 + usize::from(head & 0x3F);
            (Value::Bytes(&bytes[1..end]), end + 1)
        }
        _ => decode_longer(bytes),
    }
}

/// As [`decode`], where the head is neither all nor that of a short string.
#[inline(never)]
fn decode_longer(bytes: &[u8]) -> (Value<'_>, usize) {
    let head = bytes[0];
    let (value, size) = match head {
        0xC0..0xE0 => {
            let bits = i16::from(head & 0x1F) << 8 | i16::from(bytes[1]);
            // From 13 bits to 16, sign included.
            (Value::Int((bits << 3 >> 3).into()), 2)
        }
        0xE0..0xF0 => {
            let end = 2 + (usize::from(head & 0x0F) << 8 | usize::from(bytes[1]));
            (Value::Bytes(&bytes[2..end]), end)
        }
        0xF0 => {
            let end = head_and_data(bytes);
            (Value::Bytes(&bytes[5..end]), end)
        }
        _ => {
            let end = head_and_data(bytes);
            let mut int = [0; 8];
            int[..end - 1].copy_from_slice(&bytes[1..end]);
            let unused = 64 - 8 * (end - 1) as u32;
            (Value::Int(i64::from_le_bytes(int) << unused >> unused), end)
        }
    };
    (value, size + backlen_size(size))
}

/// The size of head and data of the entry that `bytes` begin with.
#[inline]
pub(super) fn head_and_data(bytes: &[u8]) -> usize {
    match bytes[0] {
        0..0x80 => 1,
        head @ 0x80..0xC0 => 1 + usize::from(head & 0x3F),
        _ => head_and_data_longer(bytes),
    }
}

/// The size of the entry that `bytes` begin with.
#[inline]
pub(super) fn whole_size(bytes: &[u8]) -> usize {
    match bytes[0] {
        0..0x80 => 2,
        head @ 0x80..0xC0 => 2 + usize::from(head & 0x3F),
        _ => {
            let size = head_and_data_longer(bytes);
            size + backlen_size(size)
        }
    }
}

#[inline(never)]
fn head_and_data_longer(bytes: &[u8]) -> usize {
    match bytes[0] {
        0xC0..0xE0 => 2,
        head @ 0xE0..0xF0 => 2 + (usize::from(head & 0x0F) << 8 | usize::from(bytes[1])),
        0xF0 => 5 + u32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]) as usize,
        0xF1 => 3,
        0xF2 => 4,
        0xF3 => 5,
        _ => 9,
    }
}
