//! Finding where an entry of a snapshot ends, without reading what is in it.

use super::head::Marks;
use super::length::Length;
use super::{Code, Error, Reader, Reason};

/// Why the end of an entry was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It lies at least so many bytes behind what there is.
    Short(u64),
    /// There is no such entry.
    Wrong(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        match error.reason {
            Reason::Truncated => Stop::Short(1),
            _ => Stop::Wrong(error),
        }
    }
}

/// What can be told of an entry that was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The form of its value.
    pub code: Code,
    /// Whether the key ends at some time.
    pub has_deadline: bool,
}

/// Skips an entry: a [`Head`](super::Head) and its value, in a snapshot of this version. Nothing is
/// decompressed, and what is packed is not looked into.
///
/// # Errors
/// [`Stop::Short`] if the bytes may be the beginning of an entry, else what is wrong with them.
pub fn skip(reader: &mut Reader<'_>, version: u16) -> Result<Skipped, Stop> {
    let (marks, code) = Marks::read(reader, version)?;
    string(reader)?;
    value(code, reader)?;
    Ok(Skipped { code, has_deadline: marks.deadline.is_some() })
}

fn value(code: Code, reader: &mut Reader<'_>) -> Result<(), Stop> {
    match code {
        Code::String
        | Code::Frame
        | Code::HashZipmap
        | Code::ListZiplist
        | Code::SetIntset
        | Code::SetListpack
        | Code::ZsetZiplist
        | Code::ZsetListpack
        | Code::HashZiplist
        | Code::HashListpack
        | Code::HashListpackTtlPreview => string(reader),
        Code::HashListpackTtl => {
            bytes(reader, 8)?;
            string(reader)
        }
        Code::List | Code::Set | Code::ListZiplists => each(reader, 1, string),
        Code::Hash => each(reader, 2, pair),
        Code::SetTtl => each(reader, 9, |reader| {
            string(reader)?;
            bytes(reader, 8)
        }),
        Code::Zset => each(reader, 9, |reader| {
            string(reader)?;
            bytes(reader, 8)
        }),
        Code::ZsetDecimal => each(reader, 2, |reader| {
            string(reader)?;
            match reader.byte()? {
                // Without a text: infinities, and what is no number.
                253.. => Ok(()),
                len => bytes(reader, len.into()),
            }
        }),
        Code::HashTtl => each(reader, 10, |reader| {
            pair(reader)?;
            bytes(reader, 8)
        }),
        Code::ListNodes => each(reader, 2, |reader| {
            reader.number()?;
            string(reader)
        }),
        Code::HashTtlPreview => each(reader, 3, deadline_and_pair),
        Code::HashTtlRelative => {
            bytes(reader, 8)?;
            each(reader, 3, deadline_and_pair)
        }
    }
}

fn deadline_and_pair(reader: &mut Reader<'_>) -> Result<(), Stop> {
    reader.number()?;
    pair(reader)
}

fn pair(reader: &mut Reader<'_>) -> Result<(), Stop> {
    string(reader)?;
    string(reader)
}

/// Skips as many elements as a number says, of at least `size` bytes each.
fn each(
    reader: &mut Reader<'_>,
    size: u64,
    element: impl Fn(&mut Reader<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let count = reader.number()?;
    let missing = count.saturating_mul(size).saturating_sub(reader.remaining() as u64);
    if missing > 0 {
        return Err(Stop::Short(missing));
    }
    (0..count).try_for_each(|_| element(reader))
}

/// Skips a string.
///
/// # Errors
/// As [`skip`].
pub fn string(reader: &mut Reader<'_>) -> Result<(), Stop> {
    match reader.length()? {
        Length::Plain(len) => bytes(reader, len),
        Length::Int8 => bytes(reader, 1),
        Length::Int16 => bytes(reader, 2),
        Length::Int32 => bytes(reader, 4),
        Length::Lzf => {
            let compressed = reader.number()?;
            reader.number()?;
            bytes(reader, compressed)
        }
    }
}

/// Skips so many bytes.
///
/// # Errors
/// [`Stop::Short`] if there are fewer.
pub fn bytes(reader: &mut Reader<'_>, len: u64) -> Result<(), Stop> {
    let missing = len.saturating_sub(reader.remaining() as u64);
    if missing > 0 {
        return Err(Stop::Short(missing));
    }
    reader.bytes(len as usize)?;
    Ok(())
}
