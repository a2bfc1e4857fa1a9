//! Replies that are frames a native client has stored.

use bytes::Bytes;

use super::{ReplyWriter, Sink};
use crate::elements::Elements;
use crate::frame;
use crate::header::{Aggregate, Header};
use crate::protocol::Protocol;
use crate::scan::Scanner;

impl ReplyWriter<'_> {
    /// One encoded frame, as a request decoder has handed it out ([`Arg::Frame`](crate::Arg)).
    ///
    /// A native client gets the same bytes. Redis clients, who can't have stored it, get what
    /// their commands expect: numbers, texts and errors as bulk strings, nulls as nulls, arrays,
    /// maps and sets by the protocol, a push as an array (a client would take it for one that
    /// answers nothing), and of a frame with attributes the frame.
    ///
    /// Bytes that are no frame come out as a bulk string, except that a native connection's are
    /// passed on unseen.
    pub fn raw_frame(&mut self, frame: &[u8]) {
        let native = self.protocol == Protocol::Native;
        match &mut self.sink {
            Sink::Wire(wire) if native => wire.raw(frame),
            _ if !Scanner::is_frame(frame) => self.bulk(frame),
            Sink::Tree(tree) if native => tree.leaf(frame::build(&Bytes::copy_from_slice(frame))),
            _ => self.translate(frame),
        }
    }

    /// Writes a frame, known to be whole, element by element: they come in the order in which
    /// they are written.
    fn translate(&mut self, frame: &[u8]) {
        let mut elements = Elements::new(frame);
        while let Some((header, text)) = elements.next() {
            match header {
                Header::Null => self.null(),
                Header::NullArray => self.null_array(),
                Header::Aggregate(Aggregate::Attribute, pairs) => elements.skip_frames(pairs * 2),
                Header::Aggregate(Aggregate::Map, pairs) => self.map(pairs),
                Header::Aggregate(Aggregate::Set, len) => self.set(len),
                Header::Aggregate(Aggregate::Array | Aggregate::Push, len) => self.array(len),
                scalar => self.bulk(scalar.plain_text(text).unwrap_or_default()),
            }
        }
    }
}
