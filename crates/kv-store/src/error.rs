//! What can go wrong with a command, and how it reads on the wire.

use std::borrow::Cow;

/// An error reply. Its `Display` is the whole text behind the `-`, first word included: clients
/// dispatch on that word, so the texts are Redis's to the letter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The key holds a value that the command does not work on.
    #[error("WRONGTYPE Operation against a key holding the wrong kind of value")]
    WrongType,
    /// Options that do not fit together, or words where none belong.
    #[error("ERR syntax error")]
    Syntax,
    /// The number that announces fields is not that of the fields behind it.
    #[error("ERR numfields should be greater than 0 and match the provided number of fields")]
    FieldCount,
    /// An argument, or the value at the key, is not a canonical 64-bit integer.
    #[error("ERR value is not an integer or out of range")]
    NotInteger,
    /// An argument, or the value at the key, is not a floating-point number.
    #[error("ERR value is not a valid float")]
    NotFloat,
    /// The command needs the key to exist.
    #[error("ERR no such key")]
    NoSuchKey,
    /// A number outside of what the argument allows.
    #[error("ERR value is out of range, must be positive")]
    NotPositive,
    /// A number outside of these bounds, both of which are allowed.
    #[error("ERR value is out of range, value must between {0} and {1}")]
    OutOfRange(i64, i64),
    /// An offset below zero or beyond the longest string.
    #[error("ERR offset is out of range")]
    OffsetOutOfRange,
    /// The number of a database that is not there.
    #[error("ERR DB index is out of range")]
    NoSuchDatabase,
    /// A key that was to be copied or moved onto itself.
    #[error("ERR source and destination objects are the same")]
    SameObject,
    /// Not an unsigned decimal number where `SCAN` takes its cursor.
    #[error("ERR invalid cursor")]
    InvalidCursor,
    /// A time to live that is not positive, or too far away to be a date.
    #[error("ERR invalid expire time in '{0}' command")]
    InvalidExpire(&'static str),
    /// Adding would leave the 64-bit range.
    #[error("ERR increment or decrement would overflow")]
    Overflow,
    /// Adding would leave the finite numbers.
    #[error("ERR increment would produce NaN or Infinity")]
    NotFinite,
    /// The string would become longer than `proto-max-bulk-len`.
    #[error("ERR string exceeds maximum allowed size (proto-max-bulk-len)")]
    StringTooLong,
    /// The number of arguments does not fit the command's arity.
    #[error("ERR wrong number of arguments for '{0}' command")]
    Arity(Cow<'static, str>),
    /// A native frame (array, dictionary, null …) where the command takes text.
    #[error("ERR argument must be a string or a number")]
    NotText,
    /// `DEBUG`, where the setting `enable-debug-command` does not let it run.
    #[error(
        "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"yes\", \
         it can be run; set it at the start of the server."
    )]
    DebugForbidden,
    /// A command named a key that its declaration does not: a defect of that command.
    #[error("ERR command touched a key it did not declare")]
    UndeclaredKey,
    /// Any other error: the whole text, starting with its code, as in `ERR something is off`.
    #[error("{0}")]
    Other(Cow<'static, str>),
    /// The same, repeating bytes of the client's that need not be text.
    #[error("{}", String::from_utf8_lossy(.0))]
    Quoting(Box<[u8]>),
}

/// Bytes of a client's own words that an error repeats at most.
pub(crate) const QUOTED: usize = 128;

impl Error {
    /// An error with the general code `ERR`; `text` follows it.
    pub fn new(text: impl AsRef<str>) -> Error {
        Error::Other(format!("ERR {}", text.as_ref()).into())
    }

    /// An error with the general code `ERR` that repeats a client's word between two texts: its
    /// first 128 bytes at most, and none behind a zero byte, as Redis prints it.
    pub fn quoting(before: &str, word: &[u8], after: &str) -> Error {
        let parts = [b"ERR ", before.as_bytes(), quoted(word, QUOTED), after.as_bytes()];
        Error::Quoting(parts.concat().into())
    }

    /// The text behind the `-` of the reply.
    pub(crate) fn wire(&self) -> Cow<'_, [u8]> {
        match self {
            Error::Quoting(bytes) => Cow::Borrowed(bytes),
            error => Cow::Owned(error.to_string().into_bytes()),
        }
    }

    /// An error with a code of its own, as in `Error::coded("BUSYKEY", "Target key name already exists.")`.
    pub fn coded(code: &str, text: impl AsRef<str>) -> Error {
        Error::Other(format!("{code} {}", text.as_ref()).into())
    }
}

/// As much of a client's word as an error repeats: `room` bytes at most, up to a zero byte.
pub(crate) fn quoted(word: &[u8], room: usize) -> &[u8] {
    let word = &word[..word.len().min(room)];
    word.split(|byte| *byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_clients_are_repeated_as_they_were_sent() {
        let error = Error::quoting("no such thing '", b"\xffa\0b", "'");
        assert_eq!(&*error.wire(), b"ERR no such thing '\xffa'");
        let long = Error::quoting("", &[b'x'; 1000], "");
        assert_eq!(long.wire().len(), "ERR ".len() + QUOTED);
    }
}
