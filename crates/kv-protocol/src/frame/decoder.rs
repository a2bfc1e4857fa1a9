//! From bytes to frames, for clients.

use bytes::{Buf, Bytes, BytesMut};

use super::Frame;
use crate::elements::Elements;
use crate::error::ProtocolError;
use crate::header::{Aggregate, Blob, Header, VERBATIM_PREFIX};
use crate::limits::Limits;
use crate::scan::Scanner;

/// Cuts frames off the front of a growing buffer.
///
/// Resumable at any byte without going over anything again. Texts and payloads are slices of the
/// buffer's memory, not copies: keep a small one long and it keeps its neighbours; copy it then.
/// A [`Frame`] takes 40 bytes for itself, so that an array of nulls, 3 bytes each on the wire, grows
/// to 13 times its size: lower [`Limits::max_request`] for peers that aren't trusted.
#[derive(Debug)]
pub struct FrameDecoder {
    limits: Limits,
    scanner: Scanner,
    in_frame: bool,
}

impl FrameDecoder {
    /// A decoder at the start of a stream.
    pub fn new(limits: Limits) -> FrameDecoder {
        FrameDecoder { limits, scanner: Scanner::default(), in_frame: false }
    }

    /// Takes the next frame off `buf`; `None`, and `buf` untouched, while it isn't whole.
    ///
    /// # Errors
    /// A [`ProtocolError`] when the bytes are no frame or pass a limit. The stream can't be
    /// followed after it.
    pub fn decode(&mut self, buf: &mut BytesMut) -> Result<Option<Frame>, ProtocolError> {
        if !self.in_frame {
            self.scanner.start(0);
            self.in_frame = true;
        }
        let scanned = self.scanner.scan(buf, &self.limits);
        // Both an error and a whole frame end this one.
        self.in_frame = matches!(scanned, Ok(None));
        let Some((end, last)) = scanned? else { return Ok(None) };
        Ok(Some(match buf.first() {
            Some(b'*' | b'%' | b'~' | b'>' | b'|') => build(&buf.split_to(end).freeze()),
            _ => single(buf, end, last),
        }))
    }

    /// After `None`: the fewest further bytes with which decoding can go on, at least 1.
    pub fn needed(&self) -> usize {
        self.scanner.needed()
    }
}

/// Takes a frame of one element, `end` bytes long, off `buf`: most replies are one, and a number
/// needs no share in the buffer's memory.
fn single(buf: &mut BytesMut, end: usize, header: Header) -> Frame {
    let len = match header {
        Header::Blob(_, len) => len,
        _ => end - LINE_ENDS,
    };
    let before = buf.len();
    let frame = scalar(header, || {
        // Line or payload, it ends where the last CR LF starts.
        buf.advance(end - 2 - len);
        match &buf[..len] {
            b"OK" => Bytes::from_static(b"OK"),
            _ => buf.split_to(len).freeze(),
        }
    });
    let taken = before - buf.len();
    buf.advance(end - taken);
    frame
}

/// Bytes around the text of a line: its type, CR, LF.
const LINE_ENDS: usize = 3;

/// The frame for an element that has no members; `text` makes its line or payload, if wanted.
fn scalar(header: Header, text: impl FnOnce() -> Bytes) -> Frame {
    match header {
        Header::Simple => Frame::Simple(text()),
        Header::Error => Frame::Error(text()),
        Header::Integer(value) => Frame::Integer(value),
        Header::Double(value) => Frame::Double(value),
        Header::Boolean(value) => Frame::Boolean(value),
        Header::BigNumber => Frame::BigNumber(text()),
        Header::NullArray => Frame::NullArray,
        Header::Blob(Blob::Bulk, _) => Frame::Bulk(text()),
        Header::Blob(Blob::Error, _) => Frame::BulkError(text()),
        Header::Blob(Blob::Verbatim, _) => {
            let mut text = text();
            let prefix = text.split_to(VERBATIM_PREFIX);
            Frame::Verbatim { format: [prefix[0], prefix[1], prefix[2]], text }
        }
        Header::Null | Header::Aggregate(..) => Frame::Null,
    }
}

/// The frame that `whole` holds, which a [`Scanner`] has found to be whole and no deeper than
/// [`Limits::DEEPEST`].
pub(crate) fn build(whole: &Bytes) -> Frame {
    let mut elements = Elements::new(whole);
    Builder { whole, elements: &mut elements }.frame().expect("the scanner saw a whole frame")
}

struct Builder<'a, 'b> {
    whole: &'a Bytes,
    elements: &'b mut Elements<'a>,
}

impl Builder<'_, '_> {
    fn frame(&mut self) -> Option<Frame> {
        let (header, text) = self.elements.next()?;
        let Header::Aggregate(kind, count) = header else {
            return Some(scalar(header, || self.whole.slice_ref(text)));
        };
        Some(match kind {
            Aggregate::Array => Frame::Array(self.frames(count)?),
            Aggregate::Set => Frame::Set(self.frames(count)?),
            Aggregate::Push => Frame::Push(self.frames(count)?),
            Aggregate::Map => Frame::Map(self.pairs(count)?),
            Aggregate::Attribute => {
                Frame::Attribute { attributes: self.pairs(count)?, frame: Box::new(self.frame()?) }
            }
        })
    }

    // The members are known to be there, so their number is safe to reserve for.

    fn frames(&mut self, count: usize) -> Option<Vec<Frame>> {
        let mut frames = Vec::with_capacity(count);
        for _ in 0..count {
            frames.push(self.frame()?);
        }
        Some(frames)
    }

    fn pairs(&mut self, count: usize) -> Option<Vec<(Frame, Frame)>> {
        let mut pairs = Vec::with_capacity(count);
        for _ in 0..count {
            pairs.push((self.frame()?, self.frame()?));
        }
        Some(pairs)
    }
}
