//! One owned value of any RESP type.

mod convert;
mod decoder;
mod pretty;

pub use decoder::FrameDecoder;
pub(crate) use decoder::build;

use bytes::Bytes;

use crate::error::ProtocolError;
use crate::limits::Limits;
use crate::protocol::Protocol;
use crate::reply::ReplyWriter;
use crate::scan::Scanner;

/// One owned frame: every type of RESP2 and RESP3.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// `+text`
    Simple(Bytes),
    /// `-text`, its first word the error's code
    Error(Bytes),
    /// `:number`
    Integer(i64),
    /// `$length`, then any bytes
    Bulk(Bytes),
    /// `*count`, then so many frames
    Array(Vec<Frame>),
    /// `_` or `$-1`, by the protocol
    Null,
    /// `*-1`; where RESP3 is spoken, the same as `Null`
    NullArray,
    /// `#t` or `#f`
    Boolean(bool),
    /// `,number`
    Double(f64),
    /// `(digits`, of any length
    BigNumber(Bytes),
    /// `!length`, then the error's text
    BulkError(Bytes),
    /// `=length`, then three bytes that name a format, a colon and the text
    Verbatim {
        /// `txt`, `mkd`, …
        format: [u8; 3],
        /// What follows the colon
        text: Bytes,
    },
    /// `%count`, then so many pairs: a dictionary, in the order it was sent
    Map(Vec<(Frame, Frame)>),
    /// `~count`, then so many frames
    Set(Vec<Frame>),
    /// `>count`, then so many frames: sent without having been asked for
    Push(Vec<Frame>),
    /// `|count`, then so many pairs, then the frame they tell about
    Attribute {
        /// What is told
        attributes: Vec<(Frame, Frame)>,
        /// The frame itself
        frame: Box<Frame>,
    },
}

impl Frame {
    /// Reads one frame from the start of `bytes`, within [`Limits::DEFAULT`]: the frame and how
    /// many bytes it took, or `None` when it isn't whole.
    ///
    /// # Errors
    /// A [`ProtocolError`] when the bytes are no frame or pass a limit.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Frame, usize)>, ProtocolError> {
        let mut scanner = Scanner::default();
        scanner.start(0);
        let Some((end, _)) = scanner.scan(bytes, &Limits::DEFAULT)? else { return Ok(None) };
        Ok(Some((build(&Bytes::copy_from_slice(&bytes[..end])), end)))
    }

    /// Appends the frame as `protocol` writes it; what the protocol has no type for takes the
    /// nearest one (see [`ReplyWriter`]).
    pub fn encode(&self, out: &mut Vec<u8>, protocol: Protocol) {
        ReplyWriter::wire(out, protocol).frame(self);
    }

    /// Appends the frame as an argument: RESP3 marks, but nulls as RESP2 writes them.
    pub(crate) fn encode_argument(&self, out: &mut Vec<u8>) {
        ReplyWriter::argument(out).frame(self);
    }
}
