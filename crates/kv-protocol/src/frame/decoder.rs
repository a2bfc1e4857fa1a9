//! From bytes to frames, for clients.

use bytes::{Bytes, BytesMut};

use super::Frame;
use crate::elements::Elements;
use crate::error::ProtocolError;
use crate::header::{Aggregate, Blob, Header, VERBATIM_PREFIX};
use crate::limits::Limits;
use crate::scan::Scanner;

/// Cuts frames off the front of a growing buffer.
///
/// Resumable at any byte without looking at one twice. Texts and payloads are slices of the
/// buffer's memory, not copies: keep a small one long and it keeps its neighbours; copy it then.
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
        Ok(scanned?.map(|end| build(&buf.split_to(end).freeze())))
    }

    /// After `None`: the fewest further bytes with which decoding can go on, at least 1.
    pub fn needed(&self) -> usize {
        self.scanner.needed()
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
        let slice = || self.whole.slice_ref(text);
        Some(match header {
            Header::Simple => Frame::Simple(slice()),
            Header::Error => Frame::Error(slice()),
            Header::Integer(value) => Frame::Integer(value),
            Header::Double(value) => Frame::Double(value),
            Header::Boolean(value) => Frame::Boolean(value),
            Header::BigNumber => Frame::BigNumber(slice()),
            Header::Null => Frame::Null,
            Header::NullArray => Frame::NullArray,
            Header::Blob(Blob::Bulk, _) => Frame::Bulk(slice()),
            Header::Blob(Blob::Error, _) => Frame::BulkError(slice()),
            Header::Blob(Blob::Verbatim, _) => Frame::Verbatim {
                format: *text.first_chunk()?,
                text: slice().slice(VERBATIM_PREFIX..),
            },
            Header::Aggregate(Aggregate::Array, count) => Frame::Array(self.frames(count)?),
            Header::Aggregate(Aggregate::Set, count) => Frame::Set(self.frames(count)?),
            Header::Aggregate(Aggregate::Push, count) => Frame::Push(self.frames(count)?),
            Header::Aggregate(Aggregate::Map, count) => Frame::Map(self.pairs(count)?),
            Header::Aggregate(Aggregate::Attribute, count) => {
                let attributes = self.pairs(count)?;
                Frame::Attribute { attributes, frame: Box::new(self.frame()?) }
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
