//! Steps through the elements of bytes that are already known to be whole frames.

use crate::header::{Blob, Header};
use crate::limits::UNBOUNDED;
use crate::line::Line;
use crate::number::short_length;

/// The elements of a frame in the order they are written: an aggregate, then its members.
pub(crate) struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    pub(crate) fn new(frame: &'a [u8]) -> Elements<'a> {
        Elements { rest: frame }
    }

    /// Steps over the next `frames` frames and all they hold.
    pub(crate) fn skip_frames(&mut self, frames: usize) {
        let mut left = frames;
        while left > 0
            && let Some((header, _)) = self.next()
        {
            left = left - 1 + header.frames();
        }
    }
}

impl<'a> Elements<'a> {
    /// Steps over a blob whose payload starts at `start`.
    #[inline]
    fn blob(&mut self, kind: Blob, len: usize, start: usize) -> Option<(Header, &'a [u8])> {
        let (payload, rest) = self.rest.get(start..)?.split_at_checked(len)?;
        self.rest = rest.get(2..)?;
        Some((Header::Blob(kind, len), payload))
    }
}

impl<'a> Iterator for Elements<'a> {
    /// The header, and the element's text: a blob's payload, otherwise its line.
    type Item = (Header, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = *self.rest.first()?;
        if kind == b'$'
            && let Some((len, start)) = short_length(self.rest, 1)
        {
            return self.blob(Blob::Bulk, len, start);
        }
        let too_big = Header::too_big(kind);
        let line = Line::find(self.rest, 0, &mut 0, usize::MAX, too_big).ok()??;
        if !line.ended_well {
            return None;
        }
        let text = line.text.get(1..)?;
        let header = Header::parse(kind, text, &UNBOUNDED).ok()?;
        if let Header::Blob(kind, len) = header {
            return self.blob(kind, len, line.next);
        }
        self.rest = &self.rest[line.next..];
        Some((header, text))
    }
}
