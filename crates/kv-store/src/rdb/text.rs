//! A string as it comes out of a reader.

use std::ops::Deref;

use kv_types::listpack::Value;

/// A string that was read, or the decimal text of a number that stands for one.
#[derive(Clone, Debug)]
pub enum Text<'a> {
    /// Bytes where they were read.
    Borrowed(&'a [u8]),
    /// Bytes that were compressed.
    Owned(Vec<u8>),
    /// A number.
    Digits(Digits),
}

impl Deref for Text<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Text::Borrowed(bytes) => bytes,
            Text::Owned(bytes) => bytes,
            Text::Digits(digits) => digits,
        }
    }
}

impl From<i64> for Text<'_> {
    fn from(number: i64) -> Self {
        Text::Digits(number.into())
    }
}

impl<'a> From<Value<'a>> for Text<'a> {
    fn from(value: Value<'a>) -> Text<'a> {
        match value {
            Value::Bytes(bytes) => Text::Borrowed(bytes),
            Value::Int(number) => number.into(),
        }
    }
}

/// The decimal text of a number, without an allocation.
#[derive(Clone, Debug)]
pub struct Digits {
    text: [u8; kv_types::integer::MAX_LEN],
    len: u8,
}

impl From<i64> for Digits {
    fn from(number: i64) -> Digits {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(number).as_bytes();
        let mut text = [0; kv_types::integer::MAX_LEN];
        text[..digits.len()].copy_from_slice(digits);
        Digits { text, len: digits.len() as u8 }
    }
}

impl Deref for Digits {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.text[..usize::from(self.len)]
    }
}
