//! Replies as bytes.

use bytes::Bytes;

use super::output::{Output, Splice};

/// Appends encoded elements to a buffer, up to a limit.
#[derive(Debug)]
pub(super) struct Wire<'a> {
    pub(super) buf: &'a mut Vec<u8>,
    /// Where payloads go that stay where they are; without it, all are copied.
    splices: Option<&'a mut Vec<Splice>>,
    /// Bytes in `splices`.
    spliced: usize,
    /// Bytes the buffer may hold: the limit of the whole, less `spliced`.
    limit: usize,
    pub(super) overflowed: bool,
}

/// Payloads from so many bytes on are not copied into the buffer. Below it, copying is quicker than a
/// further part of the write.
const SPLICE_MIN: usize = 16 << 10;

/// Bytes of the longest type byte, number and CR LF.
const HEADER: usize = 24;

impl<'a> Wire<'a> {
    #[inline]
    pub(super) fn new(buf: &'a mut Vec<u8>) -> Wire<'a> {
        Wire { buf, splices: None, spliced: 0, limit: usize::MAX, overflowed: false }
    }

    #[inline]
    pub(super) fn output(output: &'a mut Output) -> Wire<'a> {
        let Output { buf, splices, .. } = output;
        let spliced = splices.iter().map(|splice| splice.bytes.len()).sum();
        let limit = usize::MAX - spliced;
        Wire { buf, splices: Some(splices), spliced, limit, overflowed: false }
    }

    /// Bounds the whole, buffer and splices.
    #[inline]
    pub(super) fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes.saturating_sub(self.spliced);
    }

    /// Bytes of the whole.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.buf.len() + self.spliced
    }

    /// Drops what was written since the buffer was `at` bytes long. Before a payload stands its
    /// header: no splice lies at a place that was reached before it.
    pub(super) fn truncate(&mut self, at: usize) {
        self.buf.truncate(at);
        if let Some(splices) = &mut self.splices {
            while let Some(last) = splices.pop_if(|last| last.at > at) {
                self.spliced -= last.bytes.len();
                self.limit += last.bytes.len();
            }
        }
    }

    /// Whether `len` more bytes may be appended; makes room for them.
    #[inline]
    fn room(&mut self, len: usize) -> bool {
        if self.overflowed || len > self.limit.saturating_sub(self.buf.len()) {
            self.overflowed = true;
            return false;
        }
        self.buf.reserve(len);
        true
    }

    /// Bytes that are already encoded.
    #[inline]
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        if self.room(bytes.len()) {
            self.buf.extend_from_slice(bytes);
        }
    }

    /// `mark`, the text on one line, CR LF.
    #[inline]
    pub(super) fn line(&mut self, mark: u8, text: &[u8]) {
        if !self.room(text.len() + 3) {
            return;
        }
        self.buf.push(mark);
        let start = self.buf.len();
        self.buf.extend_from_slice(text);
        flatten(&mut self.buf[start..]);
        self.buf.extend_from_slice(b"\r\n");
    }

    #[inline]
    pub(super) fn int(&mut self, value: i64) {
        if !self.room(HEADER) {
            return;
        }
        match value {
            0..=9 => self.buf.extend_from_slice(&[b':', b'0' + value as u8, b'\r', b'\n']),
            value => {
                self.buf.push(b':');
                self.buf.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
                self.buf.extend_from_slice(b"\r\n");
            }
        }
    }

    #[inline]
    pub(super) fn bulk(&mut self, bytes: &[u8]) {
        if !self.room(bytes.len() + HEADER + 2) {
            return;
        }
        header(self.buf, b'$', bytes.len());
        self.buf.extend_from_slice(bytes);
        self.buf.extend_from_slice(b"\r\n");
    }

    /// A bulk string whose payload stays where it is, if it is long enough for that and there is a
    /// place for it.
    pub(super) fn bulk_shared(&mut self, bytes: &Bytes) {
        if bytes.len() < SPLICE_MIN || self.splices.is_none() {
            return self.bulk(bytes);
        }
        // Room in the buffer for the header alone, and in the limit for all of it.
        let left = self.limit.saturating_sub(self.buf.len());
        if left < bytes.len().saturating_add(HEADER + 2) || !self.room(HEADER + 2) {
            self.overflowed = true;
            return;
        }
        header(self.buf, b'$', bytes.len());
        if let Some(splices) = &mut self.splices {
            splices.push(Splice { at: self.buf.len(), bytes: bytes.clone() });
        }
        self.spliced += bytes.len();
        self.limit -= bytes.len();
        self.buf.extend_from_slice(b"\r\n");
    }

    /// A blob of several parts, one after another.
    pub(super) fn blob(&mut self, mark: u8, parts: &[&[u8]]) {
        let len = parts.iter().map(|part| part.len()).sum();
        if !self.room(len + HEADER + 2) {
            return;
        }
        header(self.buf, mark, len);
        parts.iter().for_each(|part| self.buf.extend_from_slice(part));
        self.buf.extend_from_slice(b"\r\n");
    }

    #[inline]
    pub(super) fn header(&mut self, mark: u8, count: usize) {
        if self.room(HEADER) {
            header(self.buf, mark, count);
        }
    }

    /// Puts a header in front of what has been written since `at`.
    pub(super) fn insert_header(&mut self, at: usize, mark: u8, count: usize) {
        if !self.room(HEADER) {
            return;
        }
        let end = self.buf.len();
        header(self.buf, mark, count);
        let inserted = self.buf.len() - end;
        self.buf[at..].rotate_right(inserted);
        if let Some(splices) = &mut self.splices {
            // The last ones, behind the header of a payload each: none lies at `at` itself.
            splices.iter_mut().rev().take_while(|s| s.at > at).for_each(|s| s.at += inserted);
        }
    }
}

/// Appends `mark`, a decimal and CR LF.
#[inline(always)]
pub(crate) fn header(buf: &mut Vec<u8>, mark: u8, count: usize) {
    // Most lengths have one or two digits: those bytes are put together at once.
    if count < 10 {
        return buf.extend_from_slice(&[mark, b'0' + count as u8, b'\r', b'\n']);
    }
    if count < 100 {
        let (tens, ones) = (count as u8 / 10, count as u8 % 10);
        return buf.extend_from_slice(&[mark, b'0' + tens, b'0' + ones, b'\r', b'\n']);
    }
    long_header(buf, mark, count);
}

#[inline(never)]
fn long_header(buf: &mut Vec<u8>, mark: u8, count: usize) {
    buf.push(mark);
    buf.extend_from_slice(itoa::Buffer::new().format(count).as_bytes());
    buf.extend_from_slice(b"\r\n");
}

/// A copy of `text` that keeps to one line.
pub(super) fn one_line(text: &[u8]) -> Bytes {
    let mut line = text.to_vec();
    flatten(&mut line);
    line.into()
}

/// Turns every CR and LF into a space: a line that held one would end early, and what follows it
/// would be read as a reply of its own.
#[inline]
fn flatten(line: &mut [u8]) {
    if memchr::memchr2(b'\r', b'\n', line).is_some() {
        line.iter_mut().filter(|b| matches!(b, b'\r' | b'\n')).for_each(|b| *b = b' ');
    }
}
