//! A listpack as a list: its elements by number, in whatever buffer it lies.

use std::ops::Range;

use super::End;
use crate::buffer::Buffer;
use crate::listpack::{self, Listpack, Value};

/// The offset of an element, or of the end if there are not so many.
fn place(list: &impl Buffer, index: usize) -> usize {
    let list = Listpack::new(list.bytes());
    list.seek(index).unwrap_or(list.end())
}

/// Adds values at an end, one after the other.
#[inline]
pub(super) fn push(list: &mut impl Buffer, end: End, values: &[&[u8]]) {
    let view = Listpack::new(list.bytes());
    let (start, behind) = (view.start(), view.end());
    match (end, values) {
        (End::Front, &[value]) => listpack::insert(list, start, value),
        (End::Back, &[value]) => listpack::insert(list, behind, value),
        (End::Back, values) => listpack::insert_all(list, behind, values),
        (End::Front, values) => {
            let reversed: Vec<&[u8]> = values.iter().rev().copied().collect();
            listpack::insert_all(list, start, &reversed);
        }
    }
}

/// Takes the element at an end away, when `take` has seen it; `None` if there is none.
#[inline]
pub(super) fn pop<R>(
    list: &mut impl Buffer,
    end: End,
    take: impl FnOnce(Value<'_>) -> R,
) -> Option<R> {
    let view = Listpack::new(list.bytes());
    let place = match end {
        End::Front => view.start(),
        End::Back => view.before(view.end())?,
    };
    let taken = take(view.entry(place)?.0);
    listpack::remove(list, place, 1);
    Some(taken)
}

/// Replaces an element.
pub(super) fn set(list: &mut impl Buffer, index: usize, value: &[u8]) {
    let place = place(list, index);
    listpack::replace(list, place, value);
}

/// Inserts an element in front of another, or as the last.
pub(super) fn insert(list: &mut impl Buffer, index: usize, value: &[u8]) {
    let place = place(list, index);
    listpack::insert(list, place, value);
}

/// Removes elements, as many of these as there are.
pub(super) fn remove(list: &mut impl Buffer, range: Range<usize>) {
    let place = place(list, range.start);
    listpack::remove(list, place, range.len());
}

/// Removes elements that equal `value`, at most `most`, beginning from one end. How many.
pub(super) fn remove_equal(list: &mut impl Buffer, value: &[u8], most: usize, from: End) -> usize {
    listpack::remove_equal(list, value, most, from == End::Back)
}
