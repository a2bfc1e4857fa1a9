//! The one way replies are written, and the only place that knows RESP2 from RESP3.

mod output;
mod stored;
mod tree;
mod wire;

pub use output::Output;
pub use tree::Tree;
pub(crate) use wire::header;

use bytes::Bytes;
use kv_number::DoubleText;

use crate::error::ProtocolError;
use crate::frame::Frame;
use crate::header::Aggregate;
use crate::protocol::Protocol;
use wire::Wire;

/// Writes replies, as bytes for a connection or as frames for a program.
///
/// Callers name what they mean and the protocol decides how it travels. What a protocol has no
/// type for takes the nearest one:
///
/// | | RESP3 | RESP2 | native |
/// |---|---|---|---|
/// | null, null array | `_` | `$-1`, `*-1` | as RESP2 |
/// | boolean | `#` | integer 1 or 0 | as RESP2 |
/// | double, big number, verbatim string | `,` `(` `=` | bulk string | as RESP2 |
/// | bulk error | `!` | error | as RESP2 |
/// | map of N pairs | `%N` | array of 2N | `%N` |
/// | set, push | `~` `>` | array | as RESP2 |
/// | attribute | `\|` | left out | left out |
///
/// The tree holds the frames that a client of the same protocol would decode from the wire.
///
/// Whoever announces N elements must write N: `array(2)` is followed by two replies of any type.
#[derive(Debug)]
pub struct ReplyWriter<'a> {
    sink: Sink<'a>,
    protocol: Protocol,
    /// Writes an argument, not a reply: nulls in the RESP2 form, whatever the protocol.
    argument: bool,
}

#[derive(Debug)]
enum Sink<'a> {
    Wire(Wire<'a>),
    Tree(&'a mut Tree),
}

/// A place in what has been written; see [`ReplyWriter::mark`].
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    at: usize,
    overflowed: bool,
}

/// An aggregate whose length is told at its [`end`](ReplyWriter::end).
#[must_use = "an aggregate that is begun must be ended"]
#[derive(Debug)]
pub struct Open {
    kind: Aggregate,
    at: usize,
}

impl<'a> ReplyWriter<'a> {
    /// A writer that appends bytes to `buf`, without a limit.
    #[inline]
    pub fn wire(buf: &'a mut Vec<u8>, protocol: Protocol) -> Self {
        ReplyWriter { sink: Sink::Wire(Wire::new(buf)), protocol, argument: false }
    }

    /// A writer that appends bytes to `output`, which keeps long payloads without copying them.
    #[inline]
    pub fn output(output: &'a mut Output, protocol: Protocol) -> Self {
        ReplyWriter { sink: Sink::Wire(Wire::output(output)), protocol, argument: false }
    }

    /// A writer that appends frames to `tree`.
    #[inline]
    pub fn tree(tree: &'a mut Tree, protocol: Protocol) -> Self {
        ReplyWriter { sink: Sink::Tree(tree), protocol, argument: false }
    }

    /// A writer for a native client's argument.
    pub(crate) fn argument(buf: &'a mut Vec<u8>) -> Self {
        ReplyWriter { argument: true, ..ReplyWriter::wire(buf, Protocol::Resp3) }
    }

    /// Bounds the output's whole length, in bytes. What would pass it is not appended, nor is
    /// anything after it; [`overflowed`](ReplyWriter::overflowed) tells. A number is counted with
    /// the most digits it could have, so the end may come a few bytes early. Has no effect on a
    /// tree.
    #[inline]
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        if let Sink::Wire(wire) = &mut self.sink {
            wire.set_limit(bytes);
        }
        self
    }

    /// Whether something was left out because of the limit: what has been written is incomplete,
    /// and the connection can only be closed (or truncated to a mark).
    #[inline]
    pub fn overflowed(&self) -> bool {
        match &self.sink {
            Sink::Wire(wire) => wire.overflowed,
            Sink::Tree(_) => false,
        }
    }

    /// The protocol in force.
    #[inline]
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Changes the protocol for what is written from here on.
    #[inline]
    pub fn set_protocol(&mut self, protocol: Protocol) {
        self.protocol = protocol;
    }

    /// The place reached so far.
    #[inline]
    pub fn mark(&self) -> Mark {
        match &self.sink {
            Sink::Wire(wire) => Mark { at: wire.buf.len(), overflowed: wire.overflowed },
            Sink::Tree(tree) => Mark { at: tree.nodes.len(), overflowed: false },
        }
    }

    /// Drops everything written since `mark`, an overflow included.
    pub fn truncate(&mut self, mark: Mark) {
        match &mut self.sink {
            Sink::Wire(wire) => {
                wire.truncate(mark.at);
                wire.overflowed = mark.overflowed;
            }
            Sink::Tree(tree) => tree.nodes.truncate(mark.at),
        }
    }

    /// How much has been written: bytes, or frames in the tree.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "a measure of output, not a collection")]
    pub fn len(&self) -> usize {
        match &self.sink {
            Sink::Wire(wire) => wire.len(),
            Sink::Tree(tree) => tree.nodes.len(),
        }
    }

    /// Whether anything has been written since `mark`.
    #[inline]
    pub fn written_since(&self, mark: &Mark) -> bool {
        self.mark().at > mark.at
    }

    /// A simple string. CR and LF become spaces.
    #[inline]
    pub fn simple(&mut self, text: &str) {
        self.simple_bytes(text.as_bytes());
    }

    /// A simple string of any bytes. CR and LF become spaces.
    #[inline]
    pub fn simple_bytes(&mut self, text: &[u8]) {
        match &mut self.sink {
            Sink::Wire(wire) => wire.line(b'+', text),
            Sink::Tree(tree) => tree.leaf(Frame::Simple(wire::one_line(text))),
        }
    }

    /// `+OK`
    #[inline]
    pub fn ok(&mut self) {
        match &mut self.sink {
            Sink::Wire(wire) => wire.raw(b"+OK\r\n"),
            Sink::Tree(tree) => tree.leaf(Frame::Simple(Bytes::from_static(b"OK"))),
        }
    }

    /// An error: its whole text, code first (`ERR no such key`). CR and LF become spaces.
    pub fn error(&mut self, text: &str) {
        self.error_bytes(text.as_bytes());
    }

    /// An error whose text quotes bytes that need not be UTF-8. CR and LF become spaces.
    pub fn error_bytes(&mut self, text: &[u8]) {
        match &mut self.sink {
            Sink::Wire(wire) => wire.line(b'-', text),
            Sink::Tree(tree) => tree.leaf(Frame::Error(wire::one_line(text))),
        }
    }

    /// The answer to malformed input, after which the connection is to be closed.
    pub fn protocol_error(&mut self, error: &ProtocolError) {
        self.error_bytes(&error.to_reply());
    }

    /// An error of any bytes, line ends included, where the protocol can carry them.
    pub fn bulk_error(&mut self, text: &[u8]) {
        match &mut self.sink {
            _ if self.protocol != Protocol::Resp3 => self.error_bytes(text),
            Sink::Wire(wire) => wire.blob(b'!', &[text]),
            Sink::Tree(tree) => tree.leaf(Frame::BulkError(Bytes::copy_from_slice(text))),
        }
    }

    /// An integer.
    #[inline]
    pub fn int(&mut self, value: i64) {
        match &mut self.sink {
            Sink::Wire(wire) => wire.int(value),
            Sink::Tree(tree) => tree.leaf(Frame::Integer(value)),
        }
    }

    /// A bulk string.
    #[inline]
    pub fn bulk(&mut self, bytes: &[u8]) {
        match &mut self.sink {
            Sink::Wire(wire) => wire.bulk(bytes),
            Sink::Tree(tree) => tree.leaf(Frame::Bulk(Bytes::copy_from_slice(bytes))),
        }
    }

    /// A bulk string that is shared with whoever else holds it: an [`Output`] copies it only if it is
    /// short, a tree never.
    #[inline]
    pub fn bulk_shared(&mut self, bytes: &Bytes) {
        match &mut self.sink {
            Sink::Wire(wire) => wire.bulk_shared(bytes),
            Sink::Tree(tree) => tree.leaf(Frame::Bulk(bytes.clone())),
        }
    }

    /// A number as a bulk string of its digits.
    #[inline]
    pub fn bulk_int(&mut self, value: i64) {
        self.bulk(itoa::Buffer::new().format(value).as_bytes());
    }

    /// The absence of a value.
    #[inline]
    pub fn null(&mut self) {
        let resp3 = self.protocol == Protocol::Resp3 && !self.argument;
        match &mut self.sink {
            Sink::Wire(wire) => wire.raw(if resp3 { b"_\r\n" } else { b"$-1\r\n" }),
            Sink::Tree(tree) => tree.leaf(Frame::Null),
        }
    }

    /// The absence of an array; RESP3 has but one null.
    #[inline]
    pub fn null_array(&mut self) {
        let resp3 = self.protocol == Protocol::Resp3 && !self.argument;
        match &mut self.sink {
            Sink::Wire(wire) => wire.raw(if resp3 { b"_\r\n" } else { b"*-1\r\n" }),
            Sink::Tree(tree) => tree.leaf(if resp3 { Frame::Null } else { Frame::NullArray }),
        }
    }

    /// A truth.
    #[inline]
    pub fn bool(&mut self, value: bool) {
        match &mut self.sink {
            _ if self.protocol != Protocol::Resp3 => self.int(i64::from(value)),
            Sink::Wire(wire) => wire.raw(if value { b"#t\r\n" } else { b"#f\r\n" }),
            Sink::Tree(tree) => tree.leaf(Frame::Boolean(value)),
        }
    }

    /// A double, printed as Redis does: few digits that read back the same, whole numbers
    /// without a point, `inf`, `-inf`, `nan`.
    pub fn double(&mut self, value: f64) {
        let text = DoubleText::new(value);
        match &mut self.sink {
            _ if self.protocol != Protocol::Resp3 => self.bulk(text.as_bytes()),
            Sink::Wire(wire) => wire.line(b',', text.as_bytes()),
            Sink::Tree(tree) => tree.leaf(Frame::Double(value)),
        }
    }

    /// A double that comes as text, with more digits than an `f64` tells apart: a plain decimal.
    pub fn decimal(&mut self, text: &str) {
        match &mut self.sink {
            _ if self.protocol != Protocol::Resp3 => self.bulk(text.as_bytes()),
            Sink::Wire(wire) => wire.line(b',', text.as_bytes()),
            // What is no number would be a defect of the caller's.
            Sink::Tree(tree) => tree.leaf(Frame::Double(text.parse().unwrap_or(f64::NAN))),
        }
    }

    /// A number of any length: an optional sign and decimal digits.
    pub fn big_number(&mut self, digits: &str) {
        self.big_number_bytes(digits.as_bytes());
    }

    fn big_number_bytes(&mut self, digits: &[u8]) {
        match &mut self.sink {
            _ if self.protocol != Protocol::Resp3 => self.bulk(digits),
            Sink::Wire(wire) => wire.line(b'(', digits),
            Sink::Tree(tree) => tree.leaf(Frame::BigNumber(wire::one_line(digits))),
        }
    }

    /// A text for people, with a name of its format: `b"txt"` or `b"mkd"`.
    pub fn verbatim(&mut self, format: &[u8; 3], text: &[u8]) {
        match &mut self.sink {
            _ if self.protocol != Protocol::Resp3 => self.bulk(text),
            Sink::Wire(wire) => wire.blob(b'=', &[format, b":", text]),
            Sink::Tree(tree) => {
                tree.leaf(Frame::Verbatim { format: *format, text: Bytes::copy_from_slice(text) })
            }
        }
    }

    /// An array; `len` replies follow.
    #[inline]
    pub fn array(&mut self, len: usize) {
        self.aggregate(Aggregate::Array, len);
    }

    /// A list of pairs that is no map: `len` times [`pair`](ReplyWriter::pair) and two replies follow. In
    /// RESP3 each pair is an array in an array, else all are one array.
    #[inline]
    pub fn pair_list(&mut self, len: usize) {
        let nested = self.protocol == Protocol::Resp3;
        self.array(if nested { len } else { len.saturating_mul(2) });
    }

    /// The next of [`pair_list`](ReplyWriter::pair_list); two replies follow.
    #[inline]
    pub fn pair(&mut self) {
        if self.protocol == Protocol::Resp3 {
            self.array(2);
        }
    }

    /// A map; `pairs` times two replies follow, key and value in turn.
    #[inline]
    pub fn map(&mut self, pairs: usize) {
        self.aggregate(Aggregate::Map, pairs);
    }

    /// A set; `len` replies follow.
    #[inline]
    pub fn set(&mut self, len: usize) {
        self.aggregate(Aggregate::Set, len);
    }

    /// A message the client didn't ask for; `len` replies follow.
    #[inline]
    pub fn push(&mut self, len: usize) {
        self.aggregate(Aggregate::Push, len);
    }

    /// Attributes of the reply that comes after them. Where it returns true, `pairs` times two
    /// replies follow and then the reply itself; where false, the protocol has no attributes and
    /// the caller goes straight to the reply.
    #[must_use = "the pairs are to be written only where the protocol has attributes"]
    pub fn attribute(&mut self, pairs: usize) -> bool {
        let known = self.protocol == Protocol::Resp3;
        if known {
            self.aggregate(Aggregate::Attribute, pairs);
        }
        known
    }

    /// Begins an array whose length isn't known yet.
    pub fn begin_array(&mut self) -> Open {
        self.begin(Aggregate::Array)
    }

    /// Begins a map whose length isn't known yet.
    pub fn begin_map(&mut self) -> Open {
        self.begin(Aggregate::Map)
    }

    /// Begins a set whose length isn't known yet.
    pub fn begin_set(&mut self) -> Open {
        self.begin(Aggregate::Set)
    }

    /// Ends an aggregate: `count` elements, or pairs, have been written since its beginning.
    /// Aggregates end in the reverse order of their beginning. On the wire this moves what was
    /// written since by a few bytes.
    pub fn end(&mut self, open: Open, count: usize) {
        let (kind, count) = shape(self.protocol, open.kind, count);
        match &mut self.sink {
            Sink::Wire(wire) => wire.insert_header(open.at, kind.mark(), count),
            Sink::Tree(tree) => tree.set_header(open.at, kind, count),
        }
    }

    /// A frame and all it holds.
    pub fn frame(&mut self, frame: &Frame) {
        match frame {
            Frame::Simple(text) => self.simple_bytes(text),
            Frame::Error(text) => self.error_bytes(text),
            Frame::Integer(value) => self.int(*value),
            Frame::Bulk(bytes) => self.bulk(bytes),
            Frame::Null => self.null(),
            Frame::NullArray => self.null_array(),
            Frame::Boolean(value) => self.bool(*value),
            Frame::Double(value) => self.double(*value),
            Frame::BigNumber(digits) => self.big_number_bytes(digits),
            Frame::BulkError(text) => self.bulk_error(text),
            Frame::Verbatim { format, text } => self.verbatim(format, text),
            Frame::Array(frames) => self.frames(Aggregate::Array, frames),
            Frame::Set(frames) => self.frames(Aggregate::Set, frames),
            Frame::Push(frames) => self.frames(Aggregate::Push, frames),
            Frame::Map(pairs) => {
                self.map(pairs.len());
                self.pairs(pairs);
            }
            Frame::Attribute { attributes, frame } => {
                if self.attribute(attributes.len()) {
                    self.pairs(attributes);
                }
                self.frame(frame);
            }
        }
    }

    fn frames(&mut self, kind: Aggregate, frames: &[Frame]) {
        self.aggregate(kind, frames.len());
        frames.iter().for_each(|frame| self.frame(frame));
    }

    fn pairs(&mut self, pairs: &[(Frame, Frame)]) {
        for (key, value) in pairs {
            self.frame(key);
            self.frame(value);
        }
    }

    #[inline]
    fn aggregate(&mut self, kind: Aggregate, count: usize) {
        let (kind, count) = shape(self.protocol, kind, count);
        match &mut self.sink {
            Sink::Wire(wire) => wire.header(kind.mark(), count),
            Sink::Tree(tree) => tree.open(kind, count),
        }
    }

    fn begin(&mut self, kind: Aggregate) -> Open {
        let at = self.mark().at;
        if let Sink::Tree(tree) = &mut self.sink {
            tree.open(kind, 0);
        }
        Open { kind, at }
    }
}

/// The aggregate that stands for `kind` in `protocol`, and its count.
#[inline]
fn shape(protocol: Protocol, kind: Aggregate, count: usize) -> (Aggregate, usize) {
    match (protocol, kind) {
        (Protocol::Resp3, kind) | (Protocol::Native, kind @ Aggregate::Map) => (kind, count),
        (Protocol::Resp2, Aggregate::Map) => (Aggregate::Array, count.saturating_mul(2)),
        (Protocol::Resp2 | Protocol::Native, _) => (Aggregate::Array, count),
    }
}
