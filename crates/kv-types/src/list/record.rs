//! A list in its record, packed or large.

use std::ops::Range;

use super::{End, Iter, List, PACKED_MAX, packed};
use crate::buffer::Buffer;
use crate::collection::{Collection, Form};
use crate::listpack::{self, Listpack, Value};
use crate::record::{Record, Tail};

/// A list in its record, to be read.
#[derive(Clone, Copy, Debug)]
pub enum ListRef<'a> {
    /// In the record.
    Packed(Listpack<'a>),
    /// In memory of its own.
    Large(&'a List),
}

impl<'a> ListRef<'a> {
    /// The list in `record`; one without elements if there is none.
    #[inline]
    pub fn of(record: &'a Record) -> ListRef<'a> {
        match record.form() {
            Some(Form::Listpack(list)) => ListRef::Packed(list),
            Some(Form::Large(Collection::List(list))) => ListRef::Large(list),
            _ => ListRef::Packed(Listpack::EMPTY),
        }
    }

    /// How many elements there are.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            ListRef::Packed(list) => list.len(),
            ListRef::Large(list) => list.len(),
        }
    }

    /// Whether there is no element.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Bytes of the one listpack that has, or could have, all the elements.
    #[inline]
    pub fn packed_len(self) -> usize {
        match self {
            ListRef::Packed(list) => list.bytes().len(),
            ListRef::Large(list) => list.packed_len(),
        }
    }

    /// The element of number `index`.
    pub fn get(self, index: usize) -> Option<Value<'a>> {
        self.iter_from(index).next()
    }

    /// The elements.
    #[inline]
    pub fn iter(self) -> Iter<'a> {
        self.iter_from(0)
    }

    /// The elements from number `index` on.
    #[inline]
    pub fn iter_from(self, index: usize) -> Iter<'a> {
        match self {
            ListRef::Packed(list) => Iter::packed(list, index),
            ListRef::Large(list) => list.iter_from(index),
        }
    }

    /// The elements from number `index` down to the first, in this order.
    pub fn iter_back_from(self, index: usize) -> Iter<'a, true> {
        match self {
            ListRef::Packed(list) => Iter::packed(list, index),
            ListRef::Large(list) => list.iter_back_from(index),
        }
    }

    /// Whether Redis would have the list as a quicklist, rather than as one listpack.
    pub fn is_quicklist(self) -> bool {
        matches!(self, ListRef::Large(list) if list.is_quicklist)
    }
}

/// The list in a record, to be changed.
///
/// It lies in the record while it would be a chunk at an end and is not called a quicklist. It is called so, as
/// Redis's would be, once a value is to be added that would make its bytes (or the number of its elements)
/// more than `list-max-listpack-size` allows, and until what is left is at most half of that. (Redis then
/// asks, too, whether what is left lies in one of its nodes.)
pub struct ListMut<'r> {
    record: &'r mut Record,
    limit: Limit,
}

/// The list in a record, by its form.
enum FormMut<'r> {
    Packed(Tail<'r>),
    Large(&'r mut List),
}

impl<'r> ListMut<'r> {
    /// The list that `record` has; `limit` is what `list-max-listpack-size` is set to.
    #[inline]
    pub fn new(record: &'r mut Record, limit: i64) -> ListMut<'r> {
        ListMut { record, limit: Limit::of(limit) }
    }

    /// The list, to be read.
    #[inline]
    pub fn view(&self) -> ListRef<'_> {
        ListRef::of(self.record)
    }

    #[inline]
    fn with<R>(&mut self, change: impl FnOnce(FormMut<'_>) -> R) -> R {
        if let Some(mut large) = self.record.large_mut()
            && let Collection::List(list) = &mut *large
        {
            return change(FormMut::Large(list));
        }
        change(FormMut::Packed(self.record.packed_mut()))
    }

    /// Adds values at an end, one after the other: at the front, the last of them becomes the first. How many
    /// elements there are then.
    #[inline]
    pub fn push(&mut self, end: End, values: &[&[u8]]) -> usize {
        self.make_room_and(values, |form| match form {
            FormMut::Packed(mut tail) => {
                packed::push(&mut tail, end, values);
                Listpack::new(tail.bytes()).len()
            }
            FormMut::Large(list) => {
                values.iter().for_each(|value| list.push(end, value));
                list.len()
            }
        })
    }

    /// Takes the element at one end and adds it at the other, or the same; `None` if there is none.
    pub fn turn(&mut self, from: End, to: End) -> Option<Vec<u8>> {
        let element = self.with(|form| match form {
            FormMut::Packed(mut tail) => packed::pop(&mut tail, from, |it| it.to_vec()),
            FormMut::Large(list) => list.pop(from, |it| it.to_vec()),
        })?;
        self.push(to, &[&element]);
        self.shrink();
        Some(element)
    }

    /// Takes the element at an end away, when `take` has seen it; `None` if there is none.
    #[inline]
    pub fn pop<R>(&mut self, end: End, take: impl FnOnce(Value<'_>) -> R) -> Option<R> {
        let limit = self.limit;
        let (taken, shrinks) = self.with(|form| match form {
            FormMut::Packed(mut tail) => (packed::pop(&mut tail, end, take), false),
            FormMut::Large(list) => (list.pop(end, take), limit.shrinks(list)),
        });
        if shrinks {
            self.shrink();
        }
        taken
    }

    /// Replaces the element of number `index`; whether there is one.
    pub fn set(&mut self, index: usize, value: &[u8]) -> bool {
        self.make_room(&[value]);
        let found = index < self.view().len();
        if found {
            self.with(|form| match form {
                FormMut::Packed(mut tail) => packed::set(&mut tail, index, value),
                FormMut::Large(list) => drop(list.set(index, value)),
            });
        }
        self.shrink();
        found
    }

    /// Inserts an element, which will have number `index` or be the last.
    pub fn insert(&mut self, index: usize, value: &[u8]) {
        self.make_room(&[value]);
        self.with(|form| match form {
            FormMut::Packed(mut tail) => packed::insert(&mut tail, index, value),
            FormMut::Large(list) => list.insert(index, value),
        });
    }

    /// Removes the elements of these numbers, as many of them as there are.
    pub fn remove(&mut self, range: Range<usize>) {
        self.with(|form| match form {
            FormMut::Packed(mut tail) => packed::remove(&mut tail, range),
            FormMut::Large(list) => list.remove(range),
        });
        self.shrink();
    }

    /// Removes elements that equal `value`, at most `most`, beginning from one end. How many.
    pub fn remove_equal(&mut self, value: &[u8], most: usize, from: End) -> usize {
        let removed = self.with(|form| match form {
            FormMut::Packed(mut tail) => packed::remove_equal(&mut tail, value, most, from),
            FormMut::Large(list) => list.remove_equal(value, most, from),
        });
        self.shrink();
        removed
    }

    /// Whether a list of so many bytes, as one listpack, and elements is not called a quicklist.
    pub fn allows(&self, bytes: usize, elements: usize) -> bool {
        !self.limit.is_exceeded(bytes, elements)
    }

    /// Gives the list these elements, which are as many as it [allows](ListMut::allows), for its own.
    pub fn replace(&mut self, elements: Listpack<'_>) {
        match elements.bytes() {
            bytes if bytes.len() <= PACKED_MAX => self.record.set_packed(bytes, false),
            _ => self.record.set_large(Collection::List(List::from(elements))),
        }
    }

    /// Calls the list a quicklist, however short it is, until it is next found to be short.
    pub fn make_quicklist(&mut self) {
        match self.view() {
            ListRef::Large(_) => self.rename(true),
            ListRef::Packed(list) => {
                let large = List { is_quicklist: true, ..List::from(list) };
                self.record.set_large(Collection::List(large));
            }
        }
    }

    /// Gives the list the form that it needs if values are added.
    pub fn make_room(&mut self, values: &[&[u8]]) {
        self.make_room_and(values, |_| ());
    }

    /// Gives the list the form that it needs if values are added, and lets `change` add them.
    #[inline]
    fn make_room_and<R>(&mut self, values: &[&[u8]], change: impl FnOnce(FormMut<'_>) -> R) -> R {
        let limit = self.limit;
        let added = values.iter().map(|value| value.len()).sum::<usize>();
        let exceeds = |bytes: usize, elements: usize| {
            limit.is_exceeded(bytes + added, elements + values.len())
        };
        if let Some(mut large) = self.record.large_mut()
            && let Collection::List(list) = &mut *large
        {
            list.is_quicklist = list.is_quicklist || exceeds(list.packed_len(), list.len());
            return change(FormMut::Large(list));
        }
        if let ListRef::Packed(list) = self.view() {
            let is_quicklist = exceeds(list.bytes().len(), list.len());
            let entries = values.iter().map(|value| listpack::text_size(value.len()));
            if is_quicklist || list.bytes().len() + entries.sum::<usize>() > PACKED_MAX {
                let large = List { is_quicklist, ..List::from(list) };
                self.record.set_large(Collection::List(large));
            }
        }
        self.with(change)
    }

    /// Gives the list the form that is enough for what is left of it.
    fn shrink(&mut self) {
        let ListRef::Large(list) = self.view() else { return };
        if !self.limit.shrinks(list) {
            return;
        }
        if list.packed_len() <= PACKED_MAX / 2 {
            let packed = list.to_listpack();
            self.record.set_packed(&packed, false);
        } else {
            self.rename(false);
        }
    }

    #[cold]
    fn rename(&mut self, is_quicklist: bool) {
        self.with(|form| {
            if let FormMut::Large(list) = form {
                list.is_quicklist = is_quicklist;
            }
        });
    }
}

/// What `list-max-listpack-size` allows.
#[derive(Clone, Copy)]
struct Limit {
    bytes: usize,
    entries: usize,
    /// Most bytes and elements of a list that is not called a quicklist any more.
    small_bytes: usize,
    small_entries: usize,
}

/// Most bytes of a listpack when it is the elements that are limited.
const COUNTED_BYTES: usize = 8 << 10;

impl Limit {
    #[inline]
    fn of(setting: i64) -> Limit {
        if setting < 0 {
            let bytes = (2 << 10) << setting.max(-5).unsigned_abs();
            let (entries, small_entries) = (usize::MAX, usize::MAX);
            return Limit { bytes, entries, small_bytes: bytes / 2, small_entries };
        }
        let entries = (setting as usize).max(1);
        let (bytes, small_bytes) = (COUNTED_BYTES, COUNTED_BYTES);
        Limit { bytes, entries, small_bytes, small_entries: entries / 2 }
    }

    #[inline]
    fn is_exceeded(self, bytes: usize, entries: usize) -> bool {
        bytes > self.bytes || entries > self.entries
    }

    /// Whether a large list is to have another name or form, for what is left of it.
    #[inline]
    fn shrinks(self, list: &List) -> bool {
        let is_small = !list.is_quicklist || self.is_small(list.packed_len(), list.len());
        is_small && (list.is_quicklist || list.packed_len() <= PACKED_MAX / 2)
    }

    #[inline]
    fn is_small(self, bytes: usize, entries: usize) -> bool {
        bytes <= self.small_bytes && entries <= self.small_entries
    }
}
