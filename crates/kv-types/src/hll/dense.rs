//! Registers of 6 bits each, lowest bits first: four in three bytes.

use super::REGISTERS;
use super::element::Element;
use super::estimate::Histogram;

/// The four registers in three bytes.
fn four([a, b, c]: [u8; 3]) -> [u8; 4] {
    let word = u32::from_le_bytes([a, b, c, 0]);
    let spread = word & 0x3f | word << 2 & 0x3f00 | word << 4 & 0x3f_0000 | word << 6 & 0x3f00_0000;
    spread.to_le_bytes()
}

/// The three bytes of four registers.
fn packed(four: [u8; 4]) -> [u8; 3] {
    let spread = u32::from_le_bytes(four);
    let word =
        spread & 0x3f | spread >> 2 & 0xfc0 | spread >> 4 & 0x3_f000 | spread >> 6 & 0xfc_0000;
    let [a, b, c, _] = word.to_le_bytes();
    [a, b, c]
}

/// All registers, a byte each.
pub(super) fn read(bytes: &[u8]) -> [u8; REGISTERS] {
    let mut registers = [0; REGISTERS];
    let fours = registers.as_chunks_mut::<4>().0;
    fours.iter_mut().zip(bytes.as_chunks::<3>().0).for_each(|(to, bytes)| *to = four(*bytes));
    registers
}

/// Writes all registers.
pub(super) fn write(bytes: &mut [u8], registers: &[u8; REGISTERS]) {
    let fours = registers.as_chunks::<4>().0;
    bytes.as_chunks_mut::<3>().0.iter_mut().zip(fours).for_each(|(to, four)| *to = packed(*four));
}

/// A register's value.
pub(super) fn get(bytes: &[u8], register: usize) -> u8 {
    four(bytes.as_chunks::<3>().0[register / 4])[register % 4]
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
pub(super) fn histogram(registers: &[u8; REGISTERS]) -> Histogram {
    // Neighbours are counted apart: a count need not wait for the one before.
    let mut counts = [[0; 64]; 4];
    for values in registers.as_chunks::<4>().0 {
        for (counts, value) in counts.iter_mut().zip(values) {
            counts[usize::from(value % 64)] += 1;
        }
    }
    std::array::from_fn(|value| counts.iter().map(|counts| counts[value]).sum())
}
