//! A request that owns its bytes.

use super::{Arg, ArgSpan, Request};
use crate::frame::Frame;
use crate::limits::Limits;

/// An owned request: built argument by argument, or copied from a borrowed one.
///
/// One byte buffer and one list of offsets; [`clear`](RequestBuf::clear) keeps both for reuse.
#[derive(Clone, Default, Debug)]
pub struct RequestBuf {
    bytes: Vec<u8>,
    spans: Vec<ArgSpan>,
}

impl RequestBuf {
    /// An empty request.
    pub fn new() -> RequestBuf {
        RequestBuf::default()
    }

    /// Removes all arguments, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.spans.clear();
    }

    /// Appends an argument of plain bytes; the first is the command's name.
    ///
    /// # Panics
    /// When all arguments together pass [`Limits::LARGEST`] bytes: no peer would take it.
    pub fn push(&mut self, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        let span = ArgSpan::bytes(start, self.checked_len());
        self.spans.push(span);
    }

    /// Appends any frame as an argument; a bulk string is the same as [`push`](RequestBuf::push).
    ///
    /// Types keep their RESP3 marks, so that they come back as what they were; nulls travel as
    /// `$-1` and `*-1`, which every peer of the native dialect reads.
    ///
    /// # Panics
    /// As [`push`](RequestBuf::push).
    pub fn push_frame(&mut self, frame: &Frame) {
        if let Frame::Bulk(bytes) = frame {
            return self.push(bytes);
        }
        let start = self.bytes.len();
        frame.encode_argument(&mut self.bytes);
        let span = ArgSpan::frame(start, self.checked_len());
        self.spans.push(span);
    }

    /// Appends an argument of another request.
    ///
    /// # Panics
    /// As [`push`](RequestBuf::push).
    pub fn push_arg(&mut self, arg: Arg<'_>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(arg.raw());
        let end = self.checked_len();
        self.spans.push(match arg {
            Arg::Bytes(_) => ArgSpan::bytes(start, end),
            Arg::Frame(_) => ArgSpan::frame(start, end),
        });
    }

    /// The request, borrowed.
    pub fn as_request(&self) -> Request<'_> {
        Request { buf: &self.bytes, spans: &self.spans }
    }

    /// Bytes of memory held, spare room included.
    pub fn memory(&self) -> usize {
        self.bytes.capacity() + self.spans.capacity() * size_of::<ArgSpan>()
    }

    /// Appends the request as it travels: see [`Request::encode`].
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.as_request().encode(out);
    }

    fn checked_len(&self) -> usize {
        let len = self.bytes.len();
        assert!(len <= Limits::LARGEST, "a request of {len} bytes passes Limits::LARGEST");
        len
    }
}

impl From<Request<'_>> for RequestBuf {
    /// Copies the arguments, and nothing else of the buffer they were borrowed from.
    fn from(request: Request<'_>) -> RequestBuf {
        let bytes = request.iter().map(|arg| arg.raw().len()).sum();
        let mut owned = RequestBuf {
            bytes: Vec::with_capacity(bytes),
            spans: Vec::with_capacity(request.len()),
        };
        request.iter().for_each(|arg| owned.push_arg(arg));
        owned
    }
}

impl<T: AsRef<[u8]>> FromIterator<T> for RequestBuf {
    fn from_iter<I: IntoIterator<Item = T>>(args: I) -> RequestBuf {
        let mut request = RequestBuf::new();
        args.into_iter().for_each(|arg| request.push(arg.as_ref()));
        request
    }
}

/// Appends `request` as an array of bulk strings and frames.
pub(super) fn encode(request: Request<'_>, out: &mut Vec<u8>) {
    let payload: usize = request.iter().map(|arg| arg.raw().len()).sum();
    out.reserve(payload + (request.len() + 1) * LINE);
    crate::reply::header(out, b'*', request.len());
    for arg in request.iter() {
        match arg {
            Arg::Bytes(bytes) => {
                crate::reply::header(out, b'$', bytes.len());
                out.extend_from_slice(bytes);
                out.extend_from_slice(b"\r\n");
            }
            Arg::Frame(frame) => out.extend_from_slice(frame),
        }
    }
}

/// Bytes an argument adds to its payload, about.
const LINE: usize = 8;
