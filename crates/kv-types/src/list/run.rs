//! A run of the elements of a listpack, to be copied into others.

use super::End;
use crate::listpack::Listpack;

/// Consecutive elements of a listpack.
///
/// Invariant: `from` and `to` are where entries begin, or the end; `len` entries lie between.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    list: Listpack<'a>,
    from: usize,
    to: usize,
    len: usize,
}

impl<'a> Run<'a> {
    /// All elements of a listpack, of which there are `len`.
    pub(super) fn all(list: Listpack<'a>, len: usize) -> Run<'a> {
        Run { list, from: list.start(), to: list.end(), len }
    }

    /// How many elements there are.
    pub(super) fn len(self) -> usize {
        self.len
    }

    /// The entries.
    pub(super) fn bytes(self) -> &'a [u8] {
        &self.list.bytes()[self.from..self.to]
    }

    /// Takes elements at an end away: as many as have `bytes` at most, but `least` at least.
    pub(super) fn take(&mut self, end: End, bytes: usize, least: usize) -> Run<'a> {
        if self.bytes().len() <= bytes {
            let none = Run { from: self.to, len: 0, ..*self };
            return std::mem::replace(self, none);
        }
        let Run { list, from, to, .. } = *self;
        let (mut from_end, mut len) = (0, 0);
        let beyond = |from_end| match end {
            End::Front => list.entry(from + from_end).map(|(_, next)| next - from),
            End::Back => list.before(to - from_end).map(|place| to - place),
        };
        while let Some(more) = beyond(from_end)
            && (len < least || more <= bytes)
        {
            (from_end, len) = (more, len + 1);
        }
        let at = if end == End::Front { from + from_end } else { to - from_end };
        let (front, back) = (Run { to: at, ..*self }, Run { from: at, ..*self });
        let (taken, rest) = if end == End::Front { (front, back) } else { (back, front) };
        *self = Run { len: self.len - len, ..rest };
        Run { len, ..taken }
    }
}
