//! Changes of a hash in its record, and from one way of holding it to the other.
//!
//! Fields whose time is over count as there: who changes a hash removes them first.

use super::{HashRef, HashTable};
use crate::collection::{Collection, Form};
use crate::limits::Limits;
use crate::listpack::{self, Digits, Listpack};
use crate::record::{PACKED_MAX, Record};

/// Makes the hash in `record` ready for `count` fields: it is held in the way that suits so many, as if
/// none were there yet. So it is in Redis.
pub fn reserve(record: &mut Record, count: usize, limits: &Limits) {
    if count > limits.hash.entries {
        make_large(record);
    }
}

/// Sets the value of `field`, which stays for good; whether it is new.
pub fn set(record: &mut Record, field: &[u8], value: &[u8], limits: &Limits) -> bool {
    match set_packed(record, field, value, limits) {
        Some(is_new) => is_new,
        None => with_table(record, |table| table.insert(field, value, None)),
    }
}

/// Sets the value of `field`, which ends when it did if it was there; whether it is new.
pub fn set_keeping(record: &mut Record, field: &[u8], value: &[u8], limits: &Limits) -> bool {
    match set_packed(record, field, value, limits) {
        Some(is_new) => is_new,
        None => with_table(record, |table| {
            let deadline = match table.earliest() {
                Some(_) => table.get(field).and_then(|entry| entry.deadline),
                None => None,
            };
            table.insert(field, value, deadline)
        }),
    }
}

/// Sets the value of `field` and when it ends (milliseconds); whether it is new.
pub fn set_until(record: &mut Record, field: &[u8], value: &[u8], deadline: u64) -> bool {
    with_table(record, |table| table.insert(field, value, Some(deadline)))
}

/// Sets when `field` ends (milliseconds), or that it stays; whether it is there.
pub fn set_deadline(record: &mut Record, field: &[u8], deadline: Option<u64>) -> bool {
    if let Some(Form::Listpack(list)) = record.form() {
        let found = list.find(field, 2).is_some();
        if !found || deadline.is_none() {
            return found;
        }
    }
    with_table(record, |table| table.set_deadline(field, deadline))
}

/// Removes `field`; whether it was there.
pub fn remove(record: &mut Record, field: &[u8]) -> bool {
    if let Some(Form::Listpack(list)) = record.form() {
        let found = list.find(field, 2);
        return found.is_some_and(|at| listpack::remove(&mut record.packed_mut(), at, 2) > 0);
    }
    with_table(record, |table| table.remove(field))
}

/// Sets the value of `field` if the hash is packed and can stay so; whether it is new.
#[inline]
fn set_packed(record: &mut Record, field: &[u8], value: &[u8], limits: &Limits) -> Option<bool> {
    let Some(Form::Listpack(list)) = record.form() else { return None };
    let found = list.find(field, 2);
    if !fits(list, found.is_none(), field, value, limits) {
        return None;
    }
    match found.and_then(|at| list.entry(at)) {
        Some((_, at)) => listpack::replace(&mut record.packed_mut(), at, value),
        None => {
            let end = list.end();
            listpack::insert_all(&mut record.packed_mut(), end, &[field, value]);
        }
    }
    Some(found.is_none())
}

/// Whether `list` stays in its limits with this value of `field`, which is new to it or not.
fn fits(list: Listpack<'_>, is_new: bool, field: &[u8], value: &[u8], limits: &Limits) -> bool {
    let added = listpack::text_size(field.len()) + listpack::text_size(value.len());
    list.len() / 2 + usize::from(is_new) <= limits.hash.entries
        && field.len().max(value.len()) <= limits.hash.bytes
        && list.bytes().len() + added <= PACKED_MAX
}

/// Lets `change` alter the table in `record`, which is made if the hash is packed, and passes on what it
/// says.
fn with_table(record: &mut Record, change: impl FnOnce(&mut HashTable) -> bool) -> bool {
    make_large(record);
    match record.large_mut().as_deref_mut() {
        Some(Collection::Hash(table)) => change(table),
        _ => false,
    }
}

fn make_large(record: &mut Record) {
    if let Some(Form::Listpack(list)) = record.form() {
        let (mut table, mut name, mut text) = (HashTable::default(), Digits::new(), Digits::new());
        for (field, value) in HashRef::Listpack(list) {
            table.insert_new(field.text(&mut name), value.text(&mut text), None);
        }
        record.set_large(Collection::Hash(table));
    }
}
