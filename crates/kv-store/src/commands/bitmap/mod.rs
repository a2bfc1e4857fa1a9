//! Commands on the bits of strings.

pub(super) mod bitcount;
pub(super) mod bitfield;
pub(super) mod bitop;
pub(super) mod bitpos;
pub(super) mod getbit;
mod range;
pub(super) mod setbit;

use kv_types::integer;

use crate::Error;

/// The number of a bit that a string of `longest` bytes has; `text` counts in steps of `step` bits.
fn offset(text: &[u8], step: u64, longest: usize) -> Result<u64, Error> {
    let number = integer::parse(text).and_then(|number| u64::try_from(number).ok());
    let at = number.and_then(|number| number.checked_mul(step));
    at.filter(|at| at / 8 < longest as u64)
        .ok_or_else(|| Error::new("bit offset is not an integer or out of range"))
}
