//! Registers of 6 bits each, lowest bits first: four in three bytes.

use super::element::Element;
use super::estimate::Histogram;
use super::{REGISTERS, Registers};

/// The four registers in three bytes.
fn four([a, b, c]: [u8; 3]) -> [u8; 4] {
    let word = u32::from_le_bytes([a, b, c, 0]);
    [0, 6, 12, 18].map(|shift| (word >> shift) as u8 & 63)
}

/// The three bytes of four registers.
fn packed(four: [u8; 4]) -> [u8; 3] {
    let word = four.into_iter().rev().fold(0, |word, value| word << 6 | u32::from(value));
    let [a, b, c, _] = word.to_le_bytes();
    [a, b, c]
}

/// All of them, in fours.
fn fours(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    bytes.as_chunks::<3>().0.iter().map(|bytes| four(*bytes))
}

/// Raises a register to an element's rank, unless it is as high; whether it has changed.
pub(super) fn raise(bytes: &mut [u8], element: Element) -> bool {
    let bytes = &mut bytes.as_chunks_mut::<3>().0[element.register / 4];
    let mut four = four(*bytes);
    let register = &mut four[element.register % 4];
    if *register >= element.rank {
        return false;
    }
    *register = element.rank;
    *bytes = packed(four);
    true
}

/// How many registers have each value.
pub(super) fn histogram(bytes: &[u8]) -> Histogram {
    // Neighbours are counted apart: a count need not wait for the one before.
    let mut counts = [[0; 64]; 4];
    for values in fours(bytes) {
        counts.iter_mut().zip(values).for_each(|(counts, value)| counts[usize::from(value)] += 1);
    }
    std::array::from_fn(|value| counts.iter().map(|counts| counts[value]).sum())
}

/// Raises `registers` to these.
pub(super) fn merge(bytes: &[u8], registers: &mut [u8; REGISTERS]) {
    for (highest, values) in registers.as_chunks_mut::<4>().0.iter_mut().zip(fours(bytes)) {
        *highest = std::array::from_fn(|at| highest[at].max(values[at]));
    }
}

/// Writes all registers.
pub(super) fn write(bytes: &mut [u8], registers: &Registers) {
    let fours = registers.values().as_chunks::<4>().0;
    for (bytes, four) in bytes.as_chunks_mut::<3>().0.iter_mut().zip(fours) {
        *bytes = packed(*four);
    }
}
