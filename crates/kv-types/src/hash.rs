//! Hashes: fields, each with a value.
//!
//! A small hash is a [`listpack`] in its record, in which fields and values take turns;
//! any other is a [`HashTable`]. Where the border is is Redis's way, for programs look at it
//! (`OBJECT ENCODING`): so many fields and so long texts as the [`Limits`](crate::Limits) say, and no field
//! that has a deadline. A hash does not go back when it shrinks.
//!
//! [`HashRef`] reads either; [`set`], [`remove`] and their kin change the hash in a record.

use crate::collection::{Collection, Form};
use crate::listpack::{self, Listpack, Value};
use crate::record::Record;
use crate::table::{self, Entry};

mod edit;
mod random;
#[cfg(test)]
mod tests;

pub use crate::table::Table as HashTable;
pub use edit::{remove, reserve, set, set_deadline, set_keeping, set_until};

/// A field and its value.
pub type Pair<'a> = (Value<'a>, Value<'a>);

/// A hash, to be read, however it is held.
#[derive(Clone, Copy, Debug)]
pub enum HashRef<'a> {
    /// In the record.
    Listpack(Listpack<'a>),
    /// In memory of its own; as it is at a time (milliseconds), since fields may end.
    Table(&'a HashTable, u64),
}

impl<'a> HashRef<'a> {
    /// A hash without fields: what is at a key that is missing.
    pub const EMPTY: HashRef<'static> = HashRef::Listpack(Listpack::EMPTY);

    /// The hash in `record` at `now` (milliseconds), if that is what is in it.
    #[inline]
    pub fn new(record: &'a Record, now: u64) -> Option<HashRef<'a>> {
        match record.form()? {
            Form::Listpack(list) => Some(HashRef::Listpack(list)),
            Form::Large(Collection::Hash(table)) => Some(HashRef::Table(table, now)),
            Form::Ints(_) | Form::Large(_) => None,
        }
    }

    /// How many fields there are.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            HashRef::Listpack(list) => list.len() / 2,
            HashRef::Table(table, now) => table.live_len(now),
        }
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value of `field`.
    #[inline]
    pub fn get(self, field: &[u8]) -> Option<Value<'a>> {
        match self {
            HashRef::Listpack(list) => {
                let (_, value) = list.entry(list.find(field, 2)?)?;
                list.entry(value).map(|(value, _)| value)
            }
            HashRef::Table(table, now) => {
                live(table, field, now).map(|entry| Value::Bytes(entry.value))
            }
        }
    }

    /// Whether `field` is there.
    #[inline]
    pub fn contains(self, field: &[u8]) -> bool {
        match self {
            HashRef::Listpack(list) => list.find(field, 2).is_some(),
            HashRef::Table(table, now) => live(table, field, now).is_some(),
        }
    }

    /// When `field` ends (milliseconds), `Some(None)` if it stays; `None` if it is not there.
    #[inline]
    pub fn deadline(self, field: &[u8]) -> Option<Option<u64>> {
        match self {
            HashRef::Listpack(list) => list.find(field, 2).map(|_| None),
            HashRef::Table(table, now) => live(table, field, now).map(|entry| entry.deadline),
        }
    }

    /// The fields with their values. A string that spells an integer may come as [`Value::Bytes`] from a
    /// table.
    #[inline]
    pub fn iter(self) -> Iter<'a> {
        match self {
            HashRef::Listpack(list) => Iter::Listpack(list.iter()),
            HashRef::Table(table, now) => Iter::Table(table.iter(), now),
        }
    }

    /// Shows `visit` some fields with their values: about `count` of them, from where `cursor` stands; 0 is
    /// the beginning. Returns where to go on, 0 at the end.
    ///
    /// Whatever field is there from the beginning to the end is shown at least once. A packed hash is shown
    /// as a whole.
    pub fn scan(self, cursor: u64, count: usize, mut visit: impl FnMut(Pair<'a>)) -> u64 {
        match self {
            HashRef::Table(table, now) => {
                table.scan_live(cursor, count, now, |entry| visit(pair(entry)))
            }
            packed => {
                packed.iter().for_each(visit);
                0
            }
        }
    }
}

impl<'a> IntoIterator for HashRef<'a> {
    type Item = Pair<'a>;
    type IntoIter = Iter<'a>;

    #[inline]
    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

#[inline]
fn live<'a>(table: &'a HashTable, field: &[u8], now: u64) -> Option<Entry<'a>> {
    table.get(field).filter(|entry| entry.is_live(now))
}

#[inline]
fn pair(entry: Entry<'_>) -> Pair<'_> {
    (Value::Bytes(entry.key), Value::Bytes(entry.value))
}

/// The fields of a hash with their values, in no order that means anything.
#[derive(Clone)]
pub enum Iter<'a> {
    /// Of a packed hash.
    Listpack(listpack::Iter<'a>),
    /// Of a table, as it is at a time.
    Table(table::Iter<'a>, u64),
}

impl<'a> Iterator for Iter<'a> {
    type Item = Pair<'a>;

    #[inline]
    fn next(&mut self) -> Option<Pair<'a>> {
        match self {
            Iter::Listpack(entries) => Some((entries.next()?, entries.next()?)),
            Iter::Table(entries, now) => entries.find(|entry| entry.is_live(*now)).map(pair),
        }
    }
}
