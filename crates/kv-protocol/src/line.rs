//! Finding the end of a line, across calls, without looking at a byte twice.

use crate::error::ProtocolError;

/// A line that ends in CR LF, read at an offset that only moves forward.
pub(crate) struct Line<'a> {
    /// The line without its CR LF.
    pub(crate) text: &'a [u8],
    /// Offset behind the LF.
    pub(crate) next: usize,
    /// Whether the CR is followed by LF; the caller decides when to complain.
    pub(crate) ended_well: bool,
}

impl<'a> Line<'a> {
    /// The line starting at `start`, or `None` while its end is not there yet.
    ///
    /// `seen` is how far earlier calls have looked: it is kept by the caller and only grows.
    /// `too_big` is the error when there's no CR within `max` bytes.
    pub(crate) fn find(
        buf: &'a [u8],
        start: usize,
        seen: &mut usize,
        max: usize,
        too_big: ProtocolError,
    ) -> Result<Option<Line<'a>>, ProtocolError> {
        let from = (*seen).max(start);
        // No CR may stand beyond this, so no byte beyond it is looked at.
        let until = buf.len().min(start.saturating_add(max).saturating_add(1));
        let unseen = buf.get(from..until).unwrap_or_default();
        let Some(cr) = find_cr(unseen).map(|i| from + i) else {
            crate::steps::count(unseen.len());
            *seen = from + unseen.len();
            return if *seen - start > max { Err(too_big) } else { Ok(None) };
        };
        crate::steps::count(cr - from + 1);
        // The CR itself is looked at again when the byte behind it has come.
        *seen = cr;
        let Some(lf) = buf.get(cr + 1) else { return Ok(None) };
        Ok(Some(Line { text: &buf[start..cr], next: cr + 2, ended_well: *lf == b'\n' }))
    }
}

/// Most lines are shorter than this: a plain loop over them costs less than the call of a search
/// made for long ones.
const SHORT: usize = 12;

#[inline]
fn find_cr(bytes: &[u8]) -> Option<usize> {
    let (short, long) = bytes.split_at(bytes.len().min(SHORT));
    match short.iter().position(|byte| *byte == b'\r') {
        None => memchr::memchr(b'\r', long).map(|i| SHORT + i),
        found => found,
    }
}
