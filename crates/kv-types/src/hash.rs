//! Hashes: fields, each with a value.
//!
//! A small hash is a [`listpack`](crate::listpack) in its record, in which field and value take turns; any
//! other is a [`HashTable`]. Where the border is is Redis's way, for programs look at it
//! (`OBJECT ENCODING`): so many fields and so long texts as the [`Limits`](crate::Limits) say, and none that
//! has a deadline. A hash does not go back when it shrinks.
//!
//! [`HashRef`] reads either; [`set`], [`remove`] and their kin change the hash in a record.

use fastrand::Rng;

use crate::chance;
use crate::collection::{Collection, Form};
use crate::listpack::{self, Listpack, Value};
use crate::record::Record;
use crate::table::{Entry, Table};

mod edit;
#[cfg(test)]
mod tests;

pub use crate::table::Table as HashTable;
pub use edit::{remove, reserve, set, set_deadline, set_until};

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
                let (_, at) = list.entry(list.find(field, 2)?)?;
                list.entry(at).map(|(value, _)| value)
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

    /// When `field` ends (milliseconds): `None` if it is not there, `Some(None)` if it stays.
    #[inline]
    pub fn deadline(self, field: &[u8]) -> Option<Option<u64>> {
        match self {
            HashRef::Listpack(list) => list.find(field, 2).map(|_| None),
            HashRef::Table(table, now) => live(table, field, now).map(|entry| entry.deadline),
        }
    }

    /// The fields and their values.
    #[inline]
    pub fn iter(self) -> Iter<'a> {
        match self {
            HashRef::Listpack(list) => Iter::Listpack(list.iter()),
            HashRef::Table(table, now) => Iter::Table(Bucket { table, now, at: 0 }.walk()),
        }
    }

    /// Frees a part at each step.
    pub fn dismantle(self) -> impl Iterator<Item = ()> {
        std::iter::empty()
    }
}
