//! What an element is to a HyperLogLog.

use super::REGISTERS;

/// Bits of a hash that say which register it is.
const INDEX_BITS: u32 = REGISTERS.trailing_zeros();
/// The highest rank: all other bits are zeros.
pub(super) const MAX_RANK: u8 = (u64::BITS - INDEX_BITS + 1) as u8;
/// What Redis hashes with.
const SEED: u64 = 0xadc8_3b19;

/// A register, and the rank that an element raises it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// The register: below [`REGISTERS`].
    pub(super) register: usize,
    /// One more than the zeros that the rest of its hash ends with: 1 to 51. Half of all elements have
    /// rank 1, a quarter has rank 2.
    pub(super) rank: u8,
}

impl Element {
    /// The element of these bytes.
    pub fn of(bytes: &[u8]) -> Element {
        let hash = murmur(bytes);
        let rest = hash >> INDEX_BITS | 1 << (u64::BITS - INDEX_BITS);
        Element { register: hash as usize % REGISTERS, rank: rest.trailing_zeros() as u8 + 1 }
    }
}

/// Austin Appleby's MurmurHash64A, of words in little-endian order.
fn murmur(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0xc6a4_a793_5bd1_e995;
    const SHIFT: u32 = 47;
    let mut hash = SEED ^ (bytes.len() as u64).wrapping_mul(FACTOR);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let mut word = u64::from_le_bytes(*word).wrapping_mul(FACTOR);
        word ^= word >> SHIFT;
        hash = (hash ^ word.wrapping_mul(FACTOR)).wrapping_mul(FACTOR);
    }
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
    }
    hash = (hash ^ hash >> SHIFT).wrapping_mul(FACTOR);
    hash ^ hash >> SHIFT
}
