//! Steps through the elements of bytes that are already known to be whole frames.

use crate::header::{Header, check_payload};
use crate::limits::UNBOUNDED;
use crate::line::Line;

/// The elements of a frame in the order they are written: an aggregate, then its members.
pub(crate) struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    pub(crate) fn new(frame: &'a [u8]) -> Elements<'a> {
        Elements { rest: frame }
    }

    /// The bytes not stepped over yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Steps over the next `frames` frames and all they hold; `None` when they are not whole.
    pub(crate) fn skip_frames(&mut self, frames: usize) -> Option<()> {
        let mut left = frames;
        while left > 0 {
            let (header, _) = self.next()?;
            left = (left - 1).checked_add(header.frames())?;
        }
        Some(())
    }
}

impl<'a> Iterator for Elements<'a> {
    /// The header, and the element's text: a blob's payload, otherwise its line.
    type Item = (Header, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = *self.rest.first()?;
        let too_big = Header::too_big(kind);
        let line = Line::find(self.rest, 0, &mut 0, usize::MAX, too_big).ok()??;
        if !line.ended_well {
            return None;
        }
        let text = line.text.get(1..)?;
        let header = Header::parse(kind, text, &UNBOUNDED).ok()?;
        let Header::Blob(kind, len) = header else {
            self.rest = &self.rest[line.next..];
            return Some((header, text));
        };
        let payload = self.rest.get(line.next..)?.get(..len)?;
        let rest = self.rest[line.next + len..].strip_prefix(b"\r\n")?;
        check_payload(kind, payload).ok()?;
        self.rest = rest;
        Some((header, payload))
    }
}
