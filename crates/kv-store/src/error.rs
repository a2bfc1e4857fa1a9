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
    /// A command named a key that its declaration does not: a defect of that command.
    #[error("ERR command touched a key it did not declare")]
    UndeclaredKey,
    /// Any other error: the whole text, starting with its code, as in `ERR something is off`.
    #[error("{0}")]
    Other(Cow<'static, str>),
}

impl Error {
    /// An error with the general code `ERR`; `text` follows it.
    pub fn new(text: impl AsRef<str>) -> Error {
        Error::Other(format!("ERR {}", text.as_ref()).into())
    }

    /// An error with a code of its own, as in `Error::coded("BUSYKEY", "Target key name already exists.")`.
    pub fn coded(code: &str, text: impl AsRef<str>) -> Error {
        Error::Other(format!("{code} {}", text.as_ref()).into())
    }
}
