//! Sets: members without order or duplicates.
//!
//! A set is held in one of three ways, and goes from each to the next as it grows:
//!
//! | members | held as |
//! |---|---|
//! | integers alone, few | an [`intset`] in the record |
//! | few, none of them long | a [`listpack`] in the record |
//! | any | a [`SetTable`] |
//!
//! Where the borders are is Redis's way to the letter, for programs look at it (`OBJECT ENCODING`):
//! [`prepare`] and [`add`] have the rules. A set does not go back when it shrinks. Members that have
//! deadlines are in a table.
//!
//! [`SetRef`] reads any of the three; [`union`], [`intersection`] and [`difference`] work on several.

use crate::collection::{Collection, Form};
use crate::integer;
use crate::intset::{self, Intset};
use crate::listpack::{self, Digits, Listpack, Value};
use crate::record::Record;
use crate::table;

mod algebra;
mod edit;
mod random;

pub use crate::table::Table as SetTable;
pub use algebra::{difference, gathers, intersection, union};
pub use edit::{add, add_until, made_of, pop, prepare, remove, union_of};

/// A set, to be read, however it is held.
#[derive(Clone, Copy, Debug)]
pub enum SetRef<'a> {
    /// Integers, in the record.
    Ints(Intset<'a>),
    /// Short strings, in the record.
    Listpack(Listpack<'a>),
    /// Anything, in memory of its own; as it is at a time (milliseconds), since members may end.
    Table(&'a SetTable, u64),
}

impl<'a> SetRef<'a> {
    /// A set without members: what is at a key that is missing.
    pub const EMPTY: SetRef<'static> = SetRef::Ints(Intset::EMPTY);

    /// The set in `record` at `now` (milliseconds), if that is what is in it.
    #[inline]
    pub fn new(record: &'a Record, now: u64) -> Option<SetRef<'a>> {
        match record.form()? {
            Form::Ints(bytes) => Some(SetRef::Ints(Intset::new(bytes))),
            Form::Listpack(list) => Some(SetRef::Listpack(list)),
            Form::Large(Collection::Set(table)) => Some(SetRef::Table(table, now)),
            Form::Large(_) => None,
        }
    }

    /// How many members there are.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            SetRef::Ints(set) => set.len(),
            SetRef::Listpack(list) => list.len(),
            SetRef::Table(table, now) => table.live_len(now),
        }
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The integers, if it is held as such.
    #[inline]
    fn ints(self) -> Option<Intset<'a>> {
        match self {
            SetRef::Ints(set) => Some(set),
            SetRef::Listpack(_) | SetRef::Table(..) => None,
        }
    }

    /// Whether `member` is one.
    #[inline]
    pub fn contains(self, member: &[u8]) -> bool {
        match self {
            SetRef::Ints(set) => {
                integer::parse(member).is_some_and(|integer| set.contains(integer))
            }
            SetRef::Listpack(list) => list.find(member, 1).is_some(),
            SetRef::Table(table, now) => table.get(member).is_some_and(|entry| entry.is_live(now)),
        }
    }

    /// Whether `member`, of another set, is one of this.
    #[inline]
    pub fn has(self, member: Value<'_>) -> bool {
        match (self, member) {
            (SetRef::Ints(set), Value::Int(integer)) => set.contains(integer),
            (_, member) => self.contains(member.text(&mut Digits::new())),
        }
    }

    /// When `member` ends (milliseconds), `Some(None)` if it stays; `None` if it is no member.
    pub fn deadline(self, member: &[u8]) -> Option<Option<u64>> {
        match self {
            SetRef::Table(table, now) => {
                let entry = table.get(member).filter(|entry| entry.is_live(now));
                entry.map(|entry| entry.deadline)
            }
            packed => packed.contains(member).then_some(None),
        }
    }

    /// The members. A string that spells an integer may come as [`Value::Bytes`] from a table.
    #[inline]
    pub fn iter(self) -> Iter<'a> {
        match self {
            SetRef::Ints(set) => Iter::Ints(set.iter()),
            SetRef::Listpack(list) => Iter::Listpack(list.iter()),
            SetRef::Table(table, now) => Iter::Table(table.iter(), now),
        }
    }

    /// Shows `visit` some members: about `count` of them, from where `cursor` stands; 0 is the beginning.
    /// Returns where to go on, 0 at the end.
    ///
    /// Whatever is a member from the beginning to the end is shown at least once. A packed set is shown
    /// as a whole.
    pub fn scan(self, cursor: u64, count: usize, mut visit: impl FnMut(Value<'a>)) -> u64 {
        match self {
            SetRef::Table(table, now) => {
                table.scan_live(cursor, count, now, |entry| visit(Value::Bytes(entry.key)))
            }
            packed => {
                packed.iter().for_each(visit);
                0
            }
        }
    }
}

impl<'a> IntoIterator for SetRef<'a> {
    type Item = Value<'a>;
    type IntoIter = Iter<'a>;

    #[inline]
    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The members of a set, in no order that means anything.
#[derive(Clone)]
pub enum Iter<'a> {
    /// Of integers.
    Ints(intset::Iter<'a>),
    /// Of short strings.
    Listpack(listpack::Iter<'a>),
    /// Of a table, as it is at a time.
    Table(table::Iter<'a>, u64),
}

impl<'a> Iterator for Iter<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        match self {
            Iter::Ints(members) => members.next().map(Value::Int),
            Iter::Listpack(members) => members.next(),
            Iter::Table(entries, now) => {
                let entry = entries.find(|entry| entry.is_live(*now));
                entry.map(|entry| Value::Bytes(entry.key))
            }
        }
    }
}

#[cfg(test)]
mod tests;
