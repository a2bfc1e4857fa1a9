//! Replies that are frames a native client has stored.

use bytes::Bytes;

use super::{ReplyWriter, Sink};
use crate::elements::Elements;
use crate::frame::{self, Frame};
use crate::header::{Aggregate, Header};
use crate::protocol::Protocol;

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
        if self.protocol == Protocol::Native {
            return match &mut self.sink {
                Sink::Wire(wire) => wire.raw(frame),
                Sink::Tree(tree) => tree.leaf(match frame::whole(frame) {
                    Some(frame) => frame,
                    None => Frame::Bulk(Bytes::copy_from_slice(frame)),
                }),
            };
        }
        let mark = self.mark();
        if self.translate(frame).is_none() {
            self.truncate(mark);
            self.bulk(frame);
        }
    }

    /// Writes the frame element by element; `None` when it's not whole, or not alone.
    fn translate(&mut self, frame: &[u8]) -> Option<()> {
        let mut elements = Elements::new(frame);
        let mut left = 1usize;
        while left > 0 {
            let (header, text) = elements.next()?;
            left -= 1;
            match header {
                Header::Null => self.null(),
                Header::NullArray => self.null_array(),
                Header::Aggregate(Aggregate::Attribute, pairs) => {
                    elements.skip_frames(pairs.checked_mul(2)?)?;
                    left += 1;
                }
                Header::Aggregate(kind, count) => {
                    left = left.checked_add(header.frames())?;
                    match kind {
                        Aggregate::Map => self.map(count),
                        Aggregate::Set => self.set(count),
                        _ => self.array(count),
                    }
                }
                scalar => self.bulk(scalar.plain_text(text)?),
            }
        }
        elements.rest().is_empty().then_some(())
    }
}
