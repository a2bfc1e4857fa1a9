//! Replies on their way out: encoded bytes, and between them payloads that nobody has copied.

use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// Replies for a connection, to be sent piece by piece ([`Buf`]).
///
/// ```text
/// buf:      $1048576 \r\n  \r\n  $3 \r\n foo \r\n  $70000 \r\n  \r\n
/// splices:                ▲ 1 MiB, shared                       ▲ 70,000 bytes, shared
/// ```
///
/// A long payload ([`ReplyWriter::bulk_shared`](crate::ReplyWriter::bulk_shared)) is a *splice*: a place
/// in the buffer, and the payload that belongs there, which is shared with whoever else holds it. It is
/// let go as soon as its last byte is sent.
///
/// Write everything before the first byte is sent, or anew after [`clear`](Output::clear).
#[derive(Default, Debug)]
pub struct Output {
    pub(super) buf: Vec<u8>,
    /// In the order of their places. Behind each stands the end of its line: none is the last to be
    /// sent.
    pub(super) splices: Vec<Splice>,
    /// Bytes of `buf` that are sent.
    sent: usize,
    /// Splices that are sent.
    next: usize,
    /// Bytes that are sent of the next splice.
    within: usize,
}

/// A payload that belongs between two bytes of the buffer.
#[derive(Debug)]
pub(super) struct Splice {
    /// The place: so many bytes of the buffer come before it.
    pub(super) at: usize,
    pub(super) bytes: Bytes,
}

impl Output {
    /// Nothing to send, and no memory taken.
    pub fn new() -> Output {
        Output::default()
    }

    /// Drops everything, sent or not; memory is kept for what comes next.
    #[inline]
    pub fn clear(&mut self) {
        self.buf.clear();
        self.splices.clear();
        (self.sent, self.next, self.within) = (0, 0, 0);
    }

    /// Whether all that is left lies in one piece: [`chunk`](Buf::chunk) is the whole of it.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.next == self.splices.len()
    }

    /// Bytes of memory held, spare room included, and shared payloads not.
    pub fn memory(&self) -> usize {
        self.buf.capacity() + self.splices.capacity() * size_of::<Splice>()
    }

    /// What is sent next when `splices` and `sent` bytes of the buffer are sent.
    fn piece(&self, splices: usize, sent: usize, within: usize) -> (&[u8], bool) {
        match self.splices.get(splices) {
            Some(splice) if splice.at == sent => (&splice.bytes[within..], true),
            Some(splice) => (&self.buf[sent..splice.at], false),
            None => (&self.buf[sent..], false),
        }
    }
}

impl Buf for Output {
    fn remaining(&self) -> usize {
        let spliced: usize = self.splices[self.next..].iter().map(|s| s.bytes.len()).sum();
        self.buf.len() - self.sent + spliced - self.within
    }

    #[inline]
    fn has_remaining(&self) -> bool {
        self.sent < self.buf.len()
    }

    #[inline]
    fn chunk(&self) -> &[u8] {
        self.piece(self.next, self.sent, self.within).0
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let (mut next, mut sent, mut within) = (self.next, self.sent, self.within);
        let mut count = 0;
        for slice in slices {
            let (piece, is_splice) = self.piece(next, sent, within);
            if piece.is_empty() {
                break;
            }
            *slice = IoSlice::new(piece);
            count += 1;
            match is_splice {
                true => (next, within) = (next + 1, 0),
                false => sent += piece.len(),
            }
        }
        count
    }

    #[inline]
    fn advance(&mut self, mut count: usize) {
        while count > 0 {
            let (piece, is_splice) = self.piece(self.next, self.sent, self.within);
            assert!(!piece.is_empty(), "no more was sent than there is");
            let step = count.min(piece.len());
            let ends = step == piece.len();
            count -= step;
            match is_splice {
                true if ends => {
                    self.splices[self.next].bytes = Bytes::new();
                    (self.next, self.within) = (self.next + 1, 0);
                }
                true => self.within += step,
                false => self.sent += step,
            }
        }
    }
}
