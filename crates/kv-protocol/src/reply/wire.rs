//! Replies as bytes.

use bytes::Bytes;

/// Appends encoded elements to a buffer, up to a limit.
#[derive(Debug)]
pub(super) struct Wire<'a> {
    pub(super) buf: &'a mut Vec<u8>,
    /// Bytes the buffer may hold.
    pub(super) limit: usize,
    pub(super) overflowed: bool,
}

/// Bytes of the longest type byte, number and CR LF.
const HEADER: usize = 24;

impl<'a> Wire<'a> {
    #[inline]
    pub(super) fn new(buf: &'a mut Vec<u8>) -> Wire<'a> {
        Wire { buf, limit: usize::MAX, overflowed: false }
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
