//! The first line of every element: what it is and what follows. One grammar for requests,
//! clients and stored frames.

use crate::error::ProtocolError;
use crate::limits::Limits;
use crate::number::{is_big_number, parse_double, parse_i64};

/// The kinds of element that announce a length in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Blob {
    Bulk,
    Error,
    Verbatim,
}

/// The kinds of element that announce a count of elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Aggregate {
    Array,
    Set,
    Push,
    Map,
    /// Pairs, then the frame they describe.
    Attribute,
}

impl Aggregate {
    /// The byte that announces it.
    #[inline]
    pub(crate) fn mark(self) -> u8 {
        match self {
            Aggregate::Array => b'*',
            Aggregate::Set => b'~',
            Aggregate::Push => b'>',
            Aggregate::Map => b'%',
            Aggregate::Attribute => b'|',
        }
    }

    /// How many frames make up an aggregate that announces `count`.
    pub(crate) fn frames(self, count: usize) -> usize {
        match self {
            Aggregate::Array | Aggregate::Set | Aggregate::Push => count,
            Aggregate::Map => count.saturating_mul(2),
            Aggregate::Attribute => count.saturating_mul(2).saturating_add(1),
        }
    }
}

/// What a line announces or, for the types that are one line, says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Header {
    Simple,
    Error,
    Integer(i64),
    Double(f64),
    Boolean(bool),
    BigNumber,
    Null,
    NullArray,
    /// So many bytes and a CR LF follow.
    Blob(Blob, usize),
    /// So many elements (or pairs) follow.
    Aggregate(Aggregate, usize),
}

impl Header {
    /// Reads a line: its type byte and its text, without the CR LF.
    pub(crate) fn parse(kind: u8, text: &[u8], limits: &Limits) -> Result<Header, ProtocolError> {
        let header = match kind {
            b'+' | b'-' if memchr::memchr(b'\n', text).is_some() => return Err(invalid("line")),
            b'+' => Header::Simple,
            b'-' => Header::Error,
            b':' => Header::Integer(integer(text)?),
            b',' => Header::Double(parse_double(text).ok_or(invalid("double"))?),
            b'#' => Header::Boolean(boolean(text)?),
            b'(' if is_big_number(text) => Header::BigNumber,
            b'(' => return Err(invalid("big number")),
            b'_' if text.is_empty() => Header::Null,
            b'_' => return Err(invalid("null")),
            b'$' if text == b"-1" => Header::Null,
            b'$' => Header::Blob(Blob::Bulk, bulk_length(text, limits)?),
            b'!' => Header::Blob(Blob::Error, bulk_length(text, limits)?),
            b'=' => Header::Blob(Blob::Verbatim, verbatim_length(text, limits)?),
            b'*' if text == b"-1" => Header::NullArray,
            b'*' => Header::Aggregate(Aggregate::Array, count(text, limits)?),
            b'~' => Header::Aggregate(Aggregate::Set, count(text, limits)?),
            b'>' => Header::Aggregate(Aggregate::Push, count(text, limits)?),
            b'%' => Header::Aggregate(Aggregate::Map, count(text, limits)?),
            b'|' => Header::Aggregate(Aggregate::Attribute, count(text, limits)?),
            b';' | b'.' => return Err(ProtocolError::Streamed),
            other => return Err(ProtocolError::UnknownType(other)),
        };
        Ok(header)
    }

    /// A scalar's text with nothing around it: the digits of a number, `1` or `0` for a boolean,
    /// the words of a verbatim string, an error's. `text` is the element's line or payload.
    pub(crate) fn plain_text(self, text: &[u8]) -> Option<&[u8]> {
        match self {
            Header::Integer(_) => Some(text.strip_prefix(b"+").unwrap_or(text)),
            Header::Boolean(true) => Some(b"1"),
            Header::Boolean(false) => Some(b"0"),
            Header::Blob(Blob::Verbatim, _) => text.get(VERBATIM_PREFIX..),
            Header::Simple | Header::Error | Header::Double(_) | Header::BigNumber => Some(text),
            Header::Blob(Blob::Bulk | Blob::Error, _) => Some(text),
            Header::Null | Header::NullArray | Header::Aggregate(..) => None,
        }
    }

    /// Frames that belong to the element beyond its own line and payload.
    pub(crate) fn frames(self) -> usize {
        match self {
            Header::Aggregate(kind, count) => kind.frames(count),
            _ => 0,
        }
    }

    /// The error for a line of this type that doesn't end.
    pub(crate) fn too_big(kind: u8) -> ProtocolError {
        match kind {
            b'$' | b'!' | b'=' => ProtocolError::TooBigBulkCount,
            b'*' | b'~' | b'>' | b'%' | b'|' => ProtocolError::TooBigMultibulkCount,
            _ => ProtocolError::TooBigLine,
        }
    }
}

/// The count of a request's own line: what is not positive carries nothing.
pub(crate) fn request_count(text: &[u8], limits: &Limits) -> Result<usize, ProtocolError> {
    match parse_i64(text).ok_or(ProtocolError::InvalidMultibulkLength)? {
        ..=0 => Ok(0),
        count => checked_count(count as u64, limits),
    }
}

/// The bytes of a blob, checked.
pub(crate) fn bulk_length(text: &[u8], limits: &Limits) -> Result<usize, ProtocolError> {
    match length(text, ProtocolError::InvalidBulkLength)? {
        len if len <= limits.max_bulk as u64 => Ok(len as usize),
        len if limits.authenticated || len > Limits::DEFAULT.max_bulk as u64 => {
            Err(ProtocolError::InvalidBulkLength)
        }
        _ => Err(ProtocolError::UnauthenticatedBulk),
    }
}

fn verbatim_length(text: &[u8], limits: &Limits) -> Result<usize, ProtocolError> {
    match bulk_length(text, limits)? {
        len if len >= VERBATIM_PREFIX => Ok(len),
        _ => Err(invalid("verbatim string")),
    }
}

/// Bytes before the text of a verbatim string: three of format and a colon.
pub(crate) const VERBATIM_PREFIX: usize = 4;

/// Checks what can be told only from a blob's payload.
pub(crate) fn check_payload(kind: Blob, payload: &[u8]) -> Result<(), ProtocolError> {
    match kind {
        Blob::Verbatim if payload.get(VERBATIM_PREFIX - 1) != Some(&b':') => {
            Err(invalid("verbatim string"))
        }
        _ => Ok(()),
    }
}

fn count(text: &[u8], limits: &Limits) -> Result<usize, ProtocolError> {
    checked_count(length(text, ProtocolError::InvalidMultibulkLength)?, limits)
}

fn checked_count(count: u64, limits: &Limits) -> Result<usize, ProtocolError> {
    if count <= limits.max_args as u64 {
        Ok(count as usize)
    } else if limits.authenticated || count > Limits::DEFAULT.max_args as u64 {
        Err(ProtocolError::InvalidMultibulkLength)
    } else {
        Err(ProtocolError::UnauthenticatedMultibulk)
    }
}

fn length(text: &[u8], otherwise: ProtocolError) -> Result<u64, ProtocolError> {
    if text.first() == Some(&b'?') {
        return Err(ProtocolError::Streamed);
    }
    parse_i64(text).and_then(|len| u64::try_from(len).ok()).ok_or(otherwise)
}

fn integer(text: &[u8]) -> Result<i64, ProtocolError> {
    let digits = match text {
        [b'+', b'-', ..] => return Err(invalid("integer")),
        [b'+', digits @ ..] => digits,
        digits => digits,
    };
    parse_i64(digits).ok_or(invalid("integer"))
}

fn boolean(text: &[u8]) -> Result<bool, ProtocolError> {
    match text {
        b"t" => Ok(true),
        b"f" => Ok(false),
        _ => Err(invalid("boolean")),
    }
}

fn invalid(what: &'static str) -> ProtocolError {
    ProtocolError::InvalidScalar(what)
}
