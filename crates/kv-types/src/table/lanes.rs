//! Sixteen bytes looked at in one step, without a branch: how many there are differs from bucket to
//! bucket, so whoever loops over them is surprised at the end of most.

/// Bytes looked at in one step.
pub(super) const LANES: usize = 16;

const ONES: u64 = u64::MAX / 255;
const HIGH: u64 = ONES << 7;
/// The lower byte of each pair.
const EVEN: u64 = u64::MAX / 257;
/// A factor that adds up four numbers of 16 bits in the highest.
const ADD_PAIRS: u64 = u64::MAX / 65_535;
/// A factor that gathers the lowest bits of the bytes in the highest byte.
const GATHER: u64 = 0x0102_0408_1020_4080;

/// Sixteen bytes, of which some may be none of ours.
#[derive(Clone, Copy)]
pub(super) struct Lanes {
    words: [u64; 2],
    /// A bit for each byte that is to be found.
    kept: u32,
}

impl Lanes {
    /// Those from `at` on; behind the end of `bytes`, zeros.
    #[inline]
    pub(super) fn load(bytes: &[u8], at: usize) -> Lanes {
        let bytes = bytes.get(at..).unwrap_or_default();
        let lanes = match bytes.first_chunk::<LANES>() {
            Some(chunk) => u128::from_le_bytes(*chunk),
            None => Lanes::short(bytes),
        };
        Lanes { words: [lanes as u64, (lanes >> 64) as u64], kept: u32::MAX }
    }

    /// Of these, only the first `count` are to be found: what lies behind is something else.
    #[inline]
    pub(super) fn keep(self, count: usize) -> Lanes {
        Lanes { kept: (1 << count.min(LANES)) - 1, ..self }
    }

    #[cold]
    fn short(bytes: &[u8]) -> u128 {
        bytes.iter().rev().fold(0, |lanes, byte| lanes << 8 | u128::from(*byte))
    }

    /// A bit for each byte that is `wanted`, the first one's the lowest.
    #[inline]
    pub(super) fn equal(self, wanted: u8) -> u32 {
        let [low, high] = self.words.map(|word| {
            let differing = word ^ (ONES * u64::from(wanted));
            // The high bit of a byte is carried into unless the seven below are clear; no carry leaves it.
            let not_zero = (((differing & !HIGH) + !HIGH) | differing) & HIGH;
            (((HIGH ^ not_zero) >> 7).wrapping_mul(GATHER) >> 56) as u32
        });
        (low | high << 8) & self.kept
    }

    /// The sum of the first `count` bytes, or of all.
    #[inline]
    pub(super) fn sum(self, count: usize) -> usize {
        let mask = |count: usize| if count < 8 { (1 << (8 * count)) - 1 } else { u64::MAX };
        let words = [self.words[0] & mask(count), self.words[1] & mask(count.saturating_sub(8))];
        let pairs = words.map(|word| (word & EVEN) + (word >> 8 & EVEN));
        ((pairs[0] + pairs[1]).wrapping_mul(ADD_PAIRS) >> 48) as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lanes_are_bytes(
            bytes in vec(prop_oneof![Just(0u8), Just(1), Just(127), Just(128), Just(255), any::<u8>()], 0..40),
            at in 0..45usize,
            wanted in prop_oneof![Just(0u8), Just(1), Just(127), Just(128), Just(255), any::<u8>()],
        ) {
            let mut expected = bytes.get(at..).unwrap_or_default().to_vec();
            expected.resize(LANES, 0);
            let lanes = Lanes::load(&bytes, at);
            let equal = lanes.equal(wanted);
            for (at, byte) in expected.iter().enumerate() {
                prop_assert_eq!(equal >> at & 1 == 1, *byte == wanted);
            }
            for count in 0..=LANES {
                let sum = expected[..count].iter().map(|byte| usize::from(*byte)).sum::<usize>();
                prop_assert_eq!(lanes.sum(count), sum);
                prop_assert_eq!(lanes.keep(count).equal(wanted), equal & ((1 << count) - 1));
            }
        }
    }
}
