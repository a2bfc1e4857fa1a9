//! Several whole requests at once: what a pipeline brings in one read.

use super::decoder::short_bulk;
use super::{ArgSpan, Request};
use crate::limits::Limits;
use crate::number::{short_length, shortest_length};

/// Whole requests from the start of a buffer, in the order they were sent.
#[derive(Clone, Copy, Debug)]
pub struct Requests<'a> {
    pub(super) buf: &'a [u8],
    pub(super) spans: &'a [ArgSpan],
    pub(super) ends: &'a [RequestEnd],
    /// Bytes that all of them took.
    pub(super) consumed: usize,
}

/// Where a request ends: in the list of all requests' arguments, and in the buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestEnd {
    pub(super) spans: u32,
    pub(super) bytes: u32,
}

impl<'a> Requests<'a> {
    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none: the next one is not whole yet, or what was consumed asks for nothing.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes to drop from the start of the buffer once all of them are done with.
    #[inline]
    pub fn consumed(&self) -> usize {
        self.consumed
    }

    /// Bytes to drop once the first `count` of them are done with, at least one.
    #[inline]
    pub fn consumed_by(&self, count: usize) -> usize {
        count
            .checked_sub(1)
            .and_then(|last| self.ends.get(last))
            .map_or(0, |end| end.bytes as usize)
    }

    /// The requests in order.
    #[inline]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Request<'a>> + use<'a> {
        let Requests { buf, spans, ends, .. } = *self;
        let mut start = 0;
        ends.iter().map(move |end| {
            let end = end.spans as usize;
            let request = Request { buf, spans: spans.get(start..end).unwrap_or_default() };
            start = end;
            request
        })
    }
}

/// Reads the request at `at` if it is the usual thing: an array of bulk strings, whole, with lengths
/// on the short road, within the limits. Adds where its arguments lie to `spans`; returns where it
/// ends. `None` leaves it to the decoder that remembers how far it came; nothing is added then.
#[inline]
pub(super) fn whole_request(
    buf: &[u8],
    at: usize,
    limits: &Limits,
    spans: &mut Vec<ArgSpan>,
) -> Option<usize> {
    let (count, mut pos) = match buf.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(word) if let Some((count, head)) = shortest_length(b'*', *word) => (count, at + head),
        _ if buf.get(at) == Some(&b'*') => short_length(buf, at + 1)?,
        _ => return None,
    };
    if count == 0 || count > limits.max_args {
        return None;
    }
    let first = spans.len();
    // One that ends beyond the largest offset is whole once it stands at the start of the buffer.
    let end = at.saturating_add(limits.request()).min(Limits::LARGEST);
    let whole = buf.get(..buf.len().min(end))?;
    for _ in 0..count {
        match short_bulk(whole, pos, limits) {
            Some((span, next)) => {
                spans.push(span);
                pos = next;
            }
            None => {
                spans.truncate(first);
                return None;
            }
        }
    }
    Some(pos)
}
