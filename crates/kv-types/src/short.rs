//! Copies and comparisons of short byte strings, in line.
//!
//! Keys are mostly 8 to 32 bytes long and values are often short, too. A call to the C library's
//! `memcpy` or `memcmp` costs more than the work for so few bytes. A string of n to 2n bytes is covered
//! by two loads of n bytes, the first at its start and the second up to its end; where it is shorter
//! than 2n, they overlap.

#![expect(unsafe_code, reason = "words are read and written inside of byte slices")]

use std::ptr::{self, NonNull};

/// Whether `a` and `b` are the same bytes.
#[inline]
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        // SAFETY: both are of this length.
        8..=16 => unsafe { ends_equal::<u64>(a, b) },
        // SAFETY: as above.
        17..=32 => unsafe { ends_equal::<u128>(a, b) },
        // SAFETY: as above.
        4..=7 => unsafe { ends_equal::<u32>(a, b) },
        // SAFETY: as above.
        2..=3 => unsafe { ends_equal::<u16>(a, b) },
        _ => a == b,
    }
}

/// Copies `from` to `to`.
///
/// # Safety
/// As many bytes as `from` has can be written at `to`, and are other memory than `from`.
#[inline]
pub(crate) unsafe fn copy(from: &[u8], to: NonNull<u8>) {
    let to = to.as_ptr();
    // SAFETY: the caller's promise, and the lengths.
    unsafe {
        match from.len() {
            8..=16 => copy_ends::<u64>(from, to),
            17..=32 => copy_ends::<u128>(from, to),
            33..=64 => copy_ends::<[u128; 2]>(from, to),
            4..=7 => copy_ends::<u32>(from, to),
            2..=3 => copy_ends::<u16>(from, to),
            1 => to.write(from[0]),
            len => ptr::copy_nonoverlapping(from.as_ptr(), to, len),
        }
    }
}

/// # Safety
/// Both slices have the same length, which is that of `W` to twice that.
#[inline]
unsafe fn ends_equal<W: Eq>(a: &[u8], b: &[u8]) -> bool {
    let last = a.len() - size_of::<W>();
    // SAFETY: a word at 0 and one at `last` lie inside of both.
    unsafe {
        let word = |of: &[u8], at: usize| of.as_ptr().add(at).cast::<W>().read_unaligned();
        (word(a, 0) == word(b, 0)) & (word(a, last) == word(b, last))
    }
}

/// # Safety
/// As for [`copy`]; the length of `from` is that of `W` to twice that.
#[inline]
unsafe fn copy_ends<W>(from: &[u8], to: *mut u8) {
    let last = from.len() - size_of::<W>();
    // SAFETY: a word at 0 and one at `last` lie inside of both.
    unsafe {
        let first_word = from.as_ptr().cast::<W>().read_unaligned();
        let last_word = from.as_ptr().add(last).cast::<W>().read_unaligned();
        to.cast::<W>().write_unaligned(first_word);
        to.add(last).cast::<W>().write_unaligned(last_word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_copied_whole_and_no_further() {
        for len in 0..200usize {
            let from: Vec<u8> = (0..len).map(|at| at as u8 + 1).collect();
            let mut to = vec![0; len + 2];
            // SAFETY: `to` has room for `len` bytes behind its first.
            unsafe { copy(&from, NonNull::from(&mut to[1..]).cast()) };
            assert_eq!(to[1..=len], from);
            assert_eq!((to[0], to[len + 1]), (0, 0));
            assert!(equal(&to[1..=len], &from));
            assert!(!equal(&to[1..], &from));
            for at in 0..len {
                to[1 + at] ^= 1;
                assert!(!equal(&to[1..=len], &from), "{len} {at}");
                to[1 + at] ^= 1;
            }
        }
    }
}
