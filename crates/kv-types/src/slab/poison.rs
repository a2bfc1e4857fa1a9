//! Checks of debug builds. A free object is filled with a pattern that depends on its address: an
//! object that is freed with the pattern in it was free already, and one that is allocated without
//! it was written to after it was freed. The first word links free objects, so it is not looked at.
//!
//! In release builds these functions do nothing.

use std::ptr::NonNull;

use super::class;
use super::span::Free;

/// Fills an object that never was in use.
#[inline]
pub(super) fn carved(object: NonNull<Free>, class: usize) {
    if cfg!(debug_assertions) {
        words(object, class).for_each(|word| {
            // SAFETY: the word lies in the object, which is free.
            unsafe { word.write(pattern(object)) };
        });
    }
}

/// Checks and fills an object that is being freed.
#[inline]
pub(super) fn freed(object: NonNull<Free>, class: usize) {
    if cfg!(debug_assertions) {
        assert!(class::size(class) == 8 || !intact(object, class), "an object is freed twice");
        carved(object, class);
    }
}

/// Checks an object that is being handed out.
#[inline]
pub(super) fn taken(object: NonNull<Free>, class: usize) {
    if cfg!(debug_assertions) {
        assert!(intact(object, class), "an object was written to after it was freed");
        words(object, class).for_each(|word| {
            // SAFETY: the word lies in the object. Whoever frees an object without having
            // written to it does not free it twice.
            unsafe { word.write(0) };
        });
    }
}

fn intact(object: NonNull<Free>, class: usize) -> bool {
    // SAFETY: the words lie in the object; all were written, by `carved` at least.
    words(object, class).all(|word| unsafe { word.read() } == pattern(object))
}

/// The object's words but for the first.
fn words(object: NonNull<Free>, class: usize) -> impl Iterator<Item = NonNull<u64>> {
    // SAFETY: an object has as many words as its class says.
    (1..class::size(class) / 8).map(move |word| unsafe { object.cast::<u64>().add(word) })
}

fn pattern(object: NonNull<Free>) -> u64 {
    (object.addr().get() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1
}
