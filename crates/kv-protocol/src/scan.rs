//! Walks one frame, across calls, until it is whole.

use crate::error::ProtocolError;
use crate::header::{Blob, Header, check_payload};
use crate::limits::{Limits, UNBOUNDED};
use crate::line::Line;
use crate::number::short_length;

/// A resumable walk over one frame.
///
/// ```text
///            line complete                    payload and CR LF there
///   line ───────────────────► blob? ─ yes ──► payload ─────┐
///    ▲                          │ no                       │
///    │                          ▼                          ▼
///    └── frames left ◄── open an aggregate, or count one frame as read ── none left ──► whole
/// ```
///
/// Memory is the stack of open aggregates: one counter for each, at most [`Limits::max_depth`].
#[derive(Default, Debug)]
pub(crate) struct Scanner {
    /// Where the element being read starts.
    pos: usize,
    /// How far its line has been searched, if that's beyond `pos`.
    seen: usize,
    /// The blob whose payload is awaited.
    blob: Option<(Blob, usize)>,
    /// Frames still to come of each open aggregate, outermost first. A zero can't stand here.
    open: Vec<usize>,
    /// See [`Scanner::needed`].
    needed: usize,
}

impl Scanner {
    /// Starts on a frame whose first byte is at `start`.
    pub(crate) fn start(&mut self, start: usize) {
        self.pos = start;
        self.seen = start;
        self.blob = None;
        self.open.clear();
        self.needed = 1;
    }

    /// Whether `bytes` are one frame and nothing else. Sizes don't matter, depth does.
    pub(crate) fn is_frame(bytes: &[u8]) -> bool {
        let mut scanner = Scanner::default();
        scanner.start(0);
        matches!(scanner.scan(bytes, &UNBOUNDED), Ok(Some((end, _))) if end == bytes.len())
    }

    /// Fewest further bytes with which the walk can go on.
    pub(crate) fn needed(&self) -> usize {
        self.needed
    }

    /// Bytes of memory held.
    pub(crate) fn memory(&self) -> usize {
        self.open.capacity() * size_of::<usize>()
    }

    /// Goes on with the bytes that are there: the offset behind the frame, with the header of its
    /// last element (the only one, unless it's an aggregate); or `None` when it isn't whole yet.
    pub(crate) fn scan(
        &mut self,
        buf: &[u8],
        limits: &Limits,
    ) -> Result<Option<(usize, Header)>, ProtocolError> {
        loop {
            crate::steps::count(1);
            let header = match self.blob {
                Some((kind, len)) => Header::Blob(kind, len),
                None => {
                    let Some((header, next)) = self.header(buf, limits)? else {
                        self.needed = 1;
                        return Ok(None);
                    };
                    self.move_to(next, limits)?;
                    header
                }
            };
            match header {
                Header::Blob(kind, len) if !self.payload(buf, kind, len, limits)? => {
                    return Ok(None);
                }
                Header::Aggregate(..) if self.open.len() >= limits.depth() => {
                    return Err(ProtocolError::TooDeep);
                }
                Header::Aggregate(kind, count) if kind.frames(count) > 0 => {
                    self.open.push(kind.frames(count));
                    continue;
                }
                _ => {}
            }
            if self.frame_read() {
                return Ok(Some((self.pos, header)));
            }
        }
    }

    /// The line at `pos`, once it is complete, and the offset behind it.
    fn header(
        &mut self,
        buf: &[u8],
        limits: &Limits,
    ) -> Result<Option<(Header, usize)>, ProtocolError> {
        let Some(&kind) = buf.get(self.pos) else { return Ok(None) };
        if kind == b'$'
            && let Some((len, next)) = short_length(buf, self.pos + 1)
            && len <= limits.max_bulk
        {
            return Ok(Some((Header::Blob(Blob::Bulk, len), next)));
        }
        let too_big = Header::too_big(kind);
        let line = Line::find(buf, self.pos, &mut self.seen, limits.line(), too_big)?;
        let Some(line) = line else { return Ok(None) };
        if !line.ended_well {
            return Err(ProtocolError::InvalidCrlf);
        }
        // A CR in the type byte's place leaves no text, and is an unknown type.
        let text = line.text.get(1..).unwrap_or_default();
        Ok(Some((Header::parse(kind, text, limits)?, line.next)))
    }

    /// Steps over the payload at `pos` and its CR LF; whether they were there.
    fn payload(
        &mut self,
        buf: &[u8],
        kind: Blob,
        len: usize,
        limits: &Limits,
    ) -> Result<bool, ProtocolError> {
        limits.check_blob(self.pos, len)?;
        let end = self.pos + len;
        let Some(payload) = buf.get(self.pos..end + 2) else {
            self.blob = Some((kind, len));
            self.needed = end + 2 - buf.len();
            return Ok(false);
        };
        if payload[len..] != *b"\r\n" {
            return Err(ProtocolError::InvalidCrlf);
        }
        check_payload(kind, &payload[..len])?;
        self.blob = None;
        self.pos = end + 2;
        Ok(true)
    }

    fn move_to(&mut self, pos: usize, limits: &Limits) -> Result<(), ProtocolError> {
        limits.check_request(pos)?;
        self.pos = pos;
        Ok(())
    }

    /// Counts one frame as read and closes the aggregates it completes; whether all are closed.
    fn frame_read(&mut self) -> bool {
        while let Some(left) = self.open.last_mut() {
            *left -= 1;
            if *left > 0 {
                return false;
            }
            self.open.pop();
        }
        true
    }
}
