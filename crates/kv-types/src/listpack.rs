//! Redis's *listpack*: short strings and integers, one after the other, in one run of bytes.
//!
//! ```text
//! ┌ bytes:u32 ┬ count:u16 ┬ entry … ┬ 0xFF ┐
//! entry: head (what follows, and how long it is) │ data │ backlen (length of head and data, read backwards)
//! ```
//!
//! A string that is the canonical text of a 64-bit integer is kept as that integer, in 1 to 9 bytes. The
//! layout is Redis's to the bit (described in its `listpack.md`), so a small collection is dumped and
//! restored as it is.
//!
//! [`Listpack`] reads; the functions [`insert`], [`replace`] and [`remove`] change the bytes of any
//! [`Buffer`]. An entry is named by its offset in the bytes.

use std::ops::Range;

use crate::buffer::Buffer;
use crate::{integer, short};

mod entry;
mod parse;

pub(crate) use entry::Encoded;
pub use entry::{Digits, Value};
use entry::{backlen_size, decode, head_and_data, head_size, whole_size};
pub use parse::Malformed;

/// A listpack without entries.
pub const EMPTY: [u8; HEADER + 1] = [HEADER as u8 + 1, 0, 0, 0, 0, 0, END];

/// Where the entries begin.
pub(crate) const HEADER: usize = 6;
/// The byte behind them.
pub(crate) const END: u8 = 0xFF;
/// The count that stands for "more than fits": entries have to be counted then.
const UNCOUNTED: u16 = u16::MAX;

/// A listpack, to be read.
///
/// Invariant: the bytes are well formed, made by this module or checked by [`parse`](Listpack::parse).
#[derive(Clone, Copy)]
pub struct Listpack<'a>(&'a [u8]);

impl<'a> Listpack<'a> {
    /// The one without entries.
    pub const EMPTY: Listpack<'static> = Listpack(&EMPTY);

    /// The listpack in `bytes`, which this module has written or checked before.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Listpack<'a> {
        debug_assert_eq!(bytes.len(), total(bytes), "a listpack knows its length");
        Listpack(bytes)
    }

    /// All its bytes.
    #[inline]
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// How many entries there are.
    pub fn len(self) -> usize {
        match u16::from_le_bytes([self.0[4], self.0[5]]) {
            UNCOUNTED => self.iter().count(),
            count => usize::from(count),
        }
    }

    /// Whether there is no entry.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0.len() == EMPTY.len()
    }

    /// Offset of the first entry, or of the end.
    #[inline]
    pub fn start(self) -> usize {
        HEADER
    }

    /// Offset behind the last entry: where another is [inserted](insert) to become the last.
    #[inline]
    pub fn end(self) -> usize {
        self.0.len() - 1
    }

    /// The entry at offset `at`, and the offset of the next; `None` at the end.
    #[inline]
    pub fn entry(self, at: usize) -> Option<(Value<'a>, usize)> {
        if at >= self.end() {
            return None;
        }
        let (value, size) = decode(&self.0[at..]);
        Some((value, at + size))
    }

    /// Offset of the entry before the one at `at` (or before the end); `None` for the first.
    #[inline]
    pub fn before(self, at: usize) -> Option<usize> {
        if at <= HEADER {
            return None;
        }
        let (mut size, mut shift, mut back) = (0, 0, at - 1);
        loop {
            let byte = self.0[back];
            size |= usize::from(byte & 127) << shift;
            if byte & 128 == 0 {
                return Some(back - size);
            }
            shift += 7;
            back -= 1;
        }
    }

    /// Offset of entry `index`, sought from the nearer end; `None` if there are not so many.
    pub fn seek(self, index: usize) -> Option<usize> {
        let len = self.len();
        if index >= len {
            return None;
        }
        if index <= len / 2 {
            let mut at = HEADER;
            for _ in 0..index {
                at = self.entry(at)?.1;
            }
            return Some(at);
        }
        let mut at = self.end();
        for _ in index..len {
            at = self.before(at)?;
        }
        Some(at)
    }

    /// The entries, from either end.
    #[inline]
    pub fn iter(self) -> Iter<'a> {
        self.iter_from(HEADER)
    }

    /// The entries from the one at offset `at` on, from either end.
    #[inline]
    pub fn iter_from(self, at: usize) -> Iter<'a> {
        Iter { list: self, front: at, back: self.end() }
    }

    /// The entries in front of offset `at`, from either end.
    #[inline]
    pub fn iter_to(self, at: usize) -> Iter<'a> {
        Iter { list: self, front: HEADER, back: at }
    }

    /// Offset of the first entry that equals `wanted`, among every `step`-th from the first on: 2 looks at
    /// the fields of field–value pairs.
    #[inline]
    pub fn find(self, wanted: &[u8], step: usize) -> Option<usize> {
        self.find_from(HEADER, wanted, step)
    }

    /// As [`find`](Listpack::find), from the entry at offset `at` on.
    pub fn find_from(self, mut at: usize, wanted: &[u8], step: usize) -> Option<usize> {
        let number = integer::parse(wanted);
        while at < self.end() {
            let bytes = &self.0[at..];
            if is_entry_of(bytes, wanted, number) {
                return Some(at);
            }
            at += whole_size(bytes);
            for _ in 1..step {
                at += whole_size(self.0.get(at..)?);
            }
        }
        None
    }
}

/// Whether the entry that `bytes` begin with is `wanted`, which spells `number`.
#[inline]
fn is_entry_of(bytes: &[u8], wanted: &[u8], number: Option<i64>) -> bool {
    match decode(bytes).0 {
        Value::Bytes(text) => short::equal(text, wanted),
        Value::Int(int) => number == Some(int),
    }
}

/// Bytes that an entry of `value` takes.
pub fn entry_size(value: &[u8]) -> usize {
    Encoded::new(value).whole_size()
}

/// Bytes that an entry of a string takes that has `len` bytes, but is no integer; one that is takes no more.
#[inline]
pub fn text_size(len: usize) -> usize {
    let size = head_size(len) + len;
    size + backlen_size(size)
}

/// Inserts an entry at offset `at`, in front of the one that is there.
#[inline]
pub fn insert(list: &mut impl Buffer, at: usize, value: &[u8]) {
    put(list, at..at, value, 1);
}

/// Adds an entry behind the last one.
#[inline]
pub fn push(list: &mut impl Buffer, value: &[u8]) {
    let end = list.bytes().len() - 1;
    insert(list, end, value);
}

/// Inserts a few entries at offset `at`, in their order, in front of the one that is there.
pub fn insert_all(list: &mut impl Buffer, at: usize, values: &[&[u8]]) {
    // Head, data and backlen of each: all the values there are in one command of most.
    match values {
        [value] => return insert(list, at, value),
        [first, second] => {
            let (first, second) = (Encoded::new(first), Encoded::new(second));
            let ([a, b, c], [d, e, f]) = (first.parts(), second.parts());
            list.splice(at..at, &[a, b, c, d, e, f]);
        }
        values => {
            let mut bytes = Vec::new();
            values.iter().for_each(|value| Encoded::new(value).append_to(&mut bytes));
            list.splice(at..at, &[&bytes]);
        }
    }
    count(list, values.len() as isize);
}

/// Replaces the entry at offset `at`.
pub fn replace(list: &mut impl Buffer, at: usize, value: &[u8]) {
    let size = head_and_data(&list.bytes()[at..]);
    let entry = Encoded::new(value);
    if entry.size() != size {
        return put(list, at..at + size + backlen_size(size), value, 0);
    }
    // What follows stays where it is, and so does the length that is read backwards.
    let [head, data, _] = entry.parts();
    list.overwrite(at, head);
    list.overwrite(at + head.len(), data);
}

/// Removes `count` entries from the one at offset `at` on, or as many as there are. How many.
#[inline]
pub fn remove(list: &mut impl Buffer, at: usize, count: usize) -> usize {
    let view = Listpack::new(list.bytes());
    let (mut end, mut removed) = (at, 0);
    while removed < count
        && let Some((_, next)) = view.entry(end)
    {
        (end, removed) = (next, removed + 1);
    }
    list.splice(at..end, &[]);
    self::count(list, -(removed as isize));
    removed
}

/// Removes entries that equal `unwanted`, at most `most` of them: the last ones if `backwards`, or else the
/// first ones. How many.
pub fn remove_equal(
    list: &mut impl Buffer,
    unwanted: &[u8],
    most: usize,
    backwards: bool,
) -> usize {
    let number = integer::parse(unwanted);
    let (mut at, mut removed) = (if backwards { list.bytes().len() - 1 } else { HEADER }, 0);
    while removed < most {
        let view = Listpack::new(list.bytes());
        let from = if backwards { view.before(at) } else { Some(at) };
        let Some((from, (value, next))) = from.and_then(|from| Some((from, view.entry(from)?)))
        else {
            break;
        };
        let equal = match value {
            Value::Bytes(bytes) => bytes == unwanted,
            Value::Int(int) => number == Some(int),
        };
        if equal {
            removed += remove(list, from, 1);
        }
        at = if equal || backwards { from } else { next };
    }
    removed
}

/// Adds the entries of `other` behind the last one.
pub fn append(list: &mut impl Buffer, other: Listpack<'_>) {
    let end = list.bytes().len() - 1;
    list.splice(end..end, &[&other.0[HEADER..other.end()]]);
    count(list, other.len() as isize);
}

/// Replaces the entries in `range` by one of `value`, which makes `more` entries more than there were.
#[inline]
fn put(list: &mut impl Buffer, range: Range<usize>, value: &[u8], more: isize) {
    let entry = Encoded::new(value);
    list.splice(range, &entry.parts());
    count(list, more);
}

/// Writes the header anew, of entries that have become `more` than there were.
#[inline]
fn count(list: &mut impl Buffer, more: isize) {
    let bytes = list.bytes();
    let count = match u16::from_le_bytes([bytes[4], bytes[5]]) {
        UNCOUNTED => recount(bytes),
        count => usize::from(count).saturating_add_signed(more),
    };
    list.overwrite(0, &header(bytes.len(), count));
}

/// Once lost, the count is only known again by counting.
#[cold]
fn recount(bytes: &[u8]) -> usize {
    Listpack(bytes).iter().count()
}

/// The header of a listpack of so many bytes, all told, and entries.
#[inline]
pub(crate) fn header(bytes: usize, entries: usize) -> [u8; HEADER] {
    let ([a, b, c, d], [e, f]) =
        ((bytes as u32).to_le_bytes(), u16::try_from(entries).unwrap_or(UNCOUNTED).to_le_bytes());
    [a, b, c, d, e, f]
}

fn total(bytes: &[u8]) -> usize {
    match bytes {
        [a, b, c, d, ..] => u32::from_le_bytes([*a, *b, *c, *d]) as usize,
        _ => 0,
    }
}

/// The entries of a listpack.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    list: Listpack<'a>,
    front: usize,
    back: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        if self.front >= self.back {
            return None;
        }
        let (value, next) = self.list.entry(self.front)?;
        self.front = next;
        Some(value)
    }
}

impl<'a> DoubleEndedIterator for Iter<'a> {
    fn next_back(&mut self) -> Option<Value<'a>> {
        if self.front >= self.back {
            return None;
        }
        self.back = self.list.before(self.back)?;
        self.list.entry(self.back).map(|(value, _)| value)
    }
}

impl std::fmt::Debug for Listpack<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests;
