//! Keys that collide where a table's hash has no seed, or a weak mixer.

/// Bytes of a key.
pub const KEY_BYTES: usize = 16;

/// A key.
pub type Key = [u8; KEY_BYTES];

/// Low bits in which the keys of [`KeySet::Fnv`] and [`KeySet::Fx`] have one hash: as many as a
/// table of a million buckets looks at.
const BITS: u32 = 20;
const MASK: u32 = (1 << BITS) - 1;

/// A set of keys, made the same each time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum KeySet {
    /// Random letters: what the others are compared with.
    Random,
    /// One FNV-1a hash in the low bits.
    Fnv,
    /// One FxHash in the low bits: it multiplies words, and what stands high in the last word never
    /// reaches the low bits of the product.
    Fx,
    /// Keys that differ only in the lowest bit of some of their bytes.
    Bits,
}

impl KeySet {
    /// That many different keys; of [`KeySet::Bits`] there are 65,536.
    #[must_use]
    pub fn keys(self, count: usize) -> Vec<Key> {
        match self {
            KeySet::Random => random(count),
            KeySet::Fnv => colliding_in_fnv(count),
            KeySet::Fx => (0..count).map(colliding_in_fx).collect(),
            KeySet::Bits => (0..count).map(of_bits).collect(),
        }
    }
}

fn random(count: usize) -> Vec<Key> {
    let mut random = fastrand::Rng::with_seed(1);
    (0..count).map(|_| std::array::from_fn(|_| random.alphanumeric() as u8)).collect()
}

fn of_bits(number: usize) -> Key {
    std::array::from_fn(|at| b'a' ^ (number >> at & 1) as u8)
}

/// The bytes that stay outside the low bits of the last of two little-endian words.
fn colliding_in_fx(number: usize) -> Key {
    let mut key = *b"key:key:key:----";
    let varied = KEY_BYTES / 2 + BITS.div_ceil(8) as usize;
    for (at, byte) in key[varied..].iter_mut().enumerate() {
        *byte = b'A' + (number >> (4 * at) & 15) as u8;
    }
    key
}

const PRIME: u32 = 0x1b3;
const OFFSET: u32 = 0xcbf2_9ce4_8422_2325_u64 as u32;

/// One step of FNV-1a, of which the low bits know nothing of the high ones.
fn fnv(state: u32, byte: u8) -> u32 {
    (state ^ u32::from(byte)).wrapping_mul(PRIME) & MASK
}

/// The prime's inverse modulo a power of two, by Newton's iteration.
fn inverse(prime: u32) -> u32 {
    (0..5).fold(prime, |inverse, _| {
        inverse.wrapping_mul(2u32.wrapping_sub(prime.wrapping_mul(inverse)))
    })
}

/// Meets in the middle: from any state there are about 16 endings of three bytes that lead to a given
/// hash; a table of the endings by state is made once, then every beginning finds its ending.
fn colliding_in_fnv(count: usize) -> Vec<Key> {
    const NONE: u32 = u32::MAX;
    let back = inverse(PRIME);
    let before = |state: u32, byte: u8| (state.wrapping_mul(back) & MASK) ^ u32::from(byte);
    let mut endings = vec![NONE; MASK as usize + 1];
    for last in 0..=u8::MAX {
        let state = before(0, last);
        for middle in 0..=u8::MAX {
            let state = before(state, middle);
            for first in 0..=u8::MAX {
                let ending = u32::from_le_bytes([first, middle, last, 0]);
                endings[before(state, first) as usize] = ending;
            }
        }
    }
    let mut found = Vec::with_capacity(count);
    for number in 0.. {
        if found.len() == count {
            break;
        }
        let beginning = format!("key:{number:09}");
        let state = beginning.bytes().fold(OFFSET & MASK, fnv);
        let ending = endings[state as usize];
        if ending != NONE {
            let mut key = [0; KEY_BYTES];
            key[..beginning.len()].copy_from_slice(beginning.as_bytes());
            key[beginning.len()..].copy_from_slice(&ending.to_le_bytes()[..3]);
            found.push(key);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn keys_of_a_set_differ() {
        for set in [KeySet::Random, KeySet::Fnv, KeySet::Fx, KeySet::Bits] {
            let keys: BTreeSet<Key> = set.keys(20_000).into_iter().collect();
            assert_eq!(keys.len(), 20_000, "{set:?}");
        }
    }

    #[test]
    fn fnv_has_one_hash_for_all() {
        for key in KeySet::Fnv.keys(1000) {
            let hash = key.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
            });
            assert_eq!(hash as u32 & MASK, 0, "{key:?}");
        }
    }

    #[test]
    fn fx_has_one_hash_for_all() {
        let hashes: BTreeSet<u32> = KeySet::Fx.keys(1000).iter().map(fx).collect();
        assert_eq!(hashes.len(), 1);
    }

    fn fx(key: &Key) -> u32 {
        let words = key.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap()));
        let hash = words.fold(0u64, |hash, word| {
            (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95)
        });
        hash as u32 & MASK
    }
}
