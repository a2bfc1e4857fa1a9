//! The bits of a string. They are numbered as Redis numbers them: bit 0 is the highest of the first
//! byte. Bits behind the end are zeros.
//!
//! - [`get`], [`set`]: one bit.
//! - [`count`], [`count_in`]: how many are set.
//! - [`find`]: the first one that is set, or is not.
//! - [`Operation`]: strings combined bit by bit.
//! - [`Field`]: an integer of any width at any bit.

mod count;
mod field;
mod find;
mod operation;
#[cfg(test)]
mod tests;

pub use count::{count, count_in};
pub use field::{Field, Overflow};
pub use find::find;
pub use operation::Operation;

/// The byte that bit `at` is in.
fn byte_of(at: u64) -> usize {
    usize::try_from(at / 8).unwrap_or(usize::MAX)
}

/// The bit `at`, alone in its byte.
fn mask_of(at: u64) -> u8 {
    0x80 >> (at % 8)
}

/// Bit `at`.
pub fn get(bytes: &[u8], at: u64) -> bool {
    bytes.get(byte_of(at)).is_some_and(|byte| byte & mask_of(at) != 0)
}

/// Sets or clears bit `at`; what it was before.
///
/// # Panics
/// If the bit is behind the end.
pub fn set(bytes: &mut [u8], at: u64, bit: bool) -> bool {
    let (byte, mask) = (&mut bytes[byte_of(at)], mask_of(at));
    let before = *byte & mask != 0;
    *byte = if bit { *byte | mask } else { *byte & !mask };
    before
}
