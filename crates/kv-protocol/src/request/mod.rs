//! Requests: arguments borrowed from a buffer, or kept in one of their own.

mod buf;
mod decoder;
mod inline;
mod requests;

pub use buf::RequestBuf;
pub use decoder::{Decoded, RequestDecoder};
pub use requests::Requests;

use crate::elements::Elements;
use crate::header::{Blob, Header};

/// One argument of a request, borrowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arg<'a> {
    /// The payload of a bulk string, or a word of an inline request.
    Bytes(&'a [u8]),
    /// One whole encoded frame, as it was sent: a number, null, array, dictionary… Only the
    /// native syntax has these.
    Frame(&'a [u8]),
}

impl<'a> Arg<'a> {
    /// The bytes as they lie in the request: a payload, or an encoded frame.
    #[inline]
    pub fn raw(self) -> &'a [u8] {
        match self {
            Arg::Bytes(bytes) | Arg::Frame(bytes) => bytes,
        }
    }

    /// The argument as plain text: the payload of `Bytes`, or the text of a scalar frame (the
    /// digits of a number, the words of a simple or verbatim string, `1` or `0` for a boolean).
    /// `None` for nulls, errors and aggregates.
    #[inline]
    pub fn text(self) -> Option<&'a [u8]> {
        match self {
            Arg::Bytes(bytes) => Some(bytes),
            Arg::Frame(frame) => frame_text(frame),
        }
    }
}

fn frame_text(frame: &[u8]) -> Option<&[u8]> {
    match Elements::new(frame).next()? {
        (Header::Error | Header::Blob(Blob::Error, _), _) => None,
        (header, text) => header.plain_text(text),
    }
}

/// Where an argument lies in the bytes of its request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct ArgSpan {
    start: u32,
    /// The end's low 31 bits; the top bit tells a frame from bytes.
    end_and_kind: u32,
}

impl ArgSpan {
    const FRAME: u32 = 1 << 31;

    /// A span of bytes. Offsets are at most [`Limits::LARGEST`](crate::Limits), hence fit.
    #[inline]
    fn bytes(start: usize, end: usize) -> ArgSpan {
        debug_assert!(start <= end && end <= crate::Limits::LARGEST);
        ArgSpan { start: start as u32, end_and_kind: end as u32 }
    }

    /// A span of a whole frame, with the same bound.
    #[inline]
    fn frame(start: usize, end: usize) -> ArgSpan {
        let span = ArgSpan::bytes(start, end);
        ArgSpan { end_and_kind: span.end_and_kind | ArgSpan::FRAME, ..span }
    }

    #[inline]
    fn of(self, buf: &[u8]) -> Arg<'_> {
        let range = self.start as usize..(self.end_and_kind & !ArgSpan::FRAME) as usize;
        if self.end_and_kind & ArgSpan::FRAME == 0 {
            Arg::Bytes(&buf[range])
        } else {
            Arg::Frame(&buf[range])
        }
    }
}

/// A whole request, borrowed: the command's name and its arguments, never empty when decoded.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    buf: &'a [u8],
    spans: &'a [ArgSpan],
}

impl<'a> Request<'a> {
    /// Arguments, the command's name included.
    #[inline]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no argument at all.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The argument at `index`; 0 is the command's name.
    #[inline]
    pub fn arg(&self, index: usize) -> Option<Arg<'a>> {
        self.spans.get(index).map(|span| span.of(self.buf))
    }

    /// The arguments in order.
    #[inline]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Arg<'a>> + DoubleEndedIterator + use<'a> {
        let buf = self.buf;
        self.spans.iter().map(move |span| span.of(buf))
    }

    /// Appends the request as it travels: an array of bulk strings, frames as they are.
    pub fn encode(&self, out: &mut Vec<u8>) {
        buf::encode(*self, out);
    }
}

impl PartialEq for Request<'_> {
    /// Same arguments; where they lie doesn't matter.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Request<'_> {}
