//! What a peer can do wrong on the wire. Each is answered once, then the connection closes.

use thiserror::Error;

/// Malformed or oversized input.
///
/// `Display` is the error's text without its `ERR ` prefix;
/// [`ReplyWriter::protocol_error`](crate::ReplyWriter::protocol_error) writes the whole reply.
/// The stream can't be followed any further: answer what came before, then this, then close.
#[derive(Error, Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProtocolError {
    /// The count after `*` (or of another aggregate) isn't a number, or is past the limit.
    #[error("Protocol error: invalid multibulk length")]
    InvalidMultibulkLength,
    /// The length after `$` (or of another blob) isn't a number, is negative or past the limit.
    #[error("Protocol error: invalid bulk length")]
    InvalidBulkLength,
    /// An inline request has no line end within [`Limits::max_inline`](crate::Limits).
    #[error("Protocol error: too big inline request")]
    TooBigInlineRequest,
    /// A count line has no end within [`Limits::max_inline`](crate::Limits).
    #[error("Protocol error: too big mbulk count string")]
    TooBigMultibulkCount,
    /// A length line has no end within [`Limits::max_inline`](crate::Limits).
    #[error("Protocol error: too big bulk count string")]
    TooBigBulkCount,
    /// An argument of the Redis syntax is not a bulk string; the byte is what stood there.
    #[error("Protocol error: expected '$', got '{}'", char::from(*.0))]
    ExpectedBulk(u8),
    /// A quote of an inline request is not closed on its line.
    #[error("Protocol error: unbalanced quotes in request")]
    UnbalancedQuotes,
    /// More arguments than a peer may send before it has authenticated.
    #[error("Protocol error: unauthenticated multibulk length")]
    UnauthenticatedMultibulk,
    /// A longer argument than a peer may send before it has authenticated.
    #[error("Protocol error: unauthenticated bulk length")]
    UnauthenticatedBulk,
    /// A line or a blob is not followed by CR LF.
    #[error("Protocol error: invalid CRLF in request")]
    InvalidCrlf,
    /// A request or frame is longer as a whole than [`Limits::max_request`](crate::Limits).
    #[error("Protocol error: too big request")]
    TooBigRequest,
    /// More aggregates inside one another than [`Limits::max_depth`](crate::Limits).
    #[error("Protocol error: too deep nesting")]
    TooDeep,
    /// A line of a frame (not a length) has no end within [`Limits::max_inline`](crate::Limits).
    #[error("Protocol error: too big line")]
    TooBigLine,
    /// A RESP3 type of unknown length (`$?`, `*?`, …), which this crate does not speak.
    #[error("Protocol error: streamed types are not supported")]
    Streamed,
    /// No frame starts with this byte.
    #[error("Protocol error: unknown frame type '{}'", char::from(*.0))]
    UnknownType(u8),
    /// A frame's text is not of its type: "integer", "double", "boolean", …
    #[error("Protocol error: invalid {0}")]
    InvalidScalar(&'static str),
}

impl ProtocolError {
    /// The whole text of the error reply, `ERR ` included, as the bytes to send.
    ///
    /// Unlike `Display`, this quotes an offending byte as it was sent, UTF-8 or not.
    pub fn to_reply(&self) -> Vec<u8> {
        let (text, byte) = match *self {
            ProtocolError::ExpectedBulk(byte) => ("expected '$', got '", byte),
            ProtocolError::UnknownType(byte) => ("unknown frame type '", byte),
            _ => return format!("ERR {self}").into_bytes(),
        };
        [b"ERR Protocol error: ", text.as_bytes(), &[byte], b"'"].concat()
    }
}
