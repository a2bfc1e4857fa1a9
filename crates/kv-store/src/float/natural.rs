//! Whole numbers of any size, with the few operations that conversions between bases need.

use std::fmt;

use smallvec::SmallVec;

/// Decimal digits that are split off at once, and the power of ten that does it.
const DIGITS: usize = 9;
const DIGITS_POWER: u32 = 1_000_000_000;
/// The largest power of five in 32 bits, and its exponent.
const FIVES: u32 = 13;
const FIVES_POWER: u32 = 1_220_703_125;
/// Bits of a limb.
const LIMB: usize = u32::BITS as usize;

/// A whole number, least significant limb first, without zero limbs at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Natural(SmallVec<[u32; 8]>);

impl Natural {
    /// The number with these digits, the first one first.
    pub(super) fn from_digits(digits: impl Iterator<Item = u32>, radix: u32) -> Natural {
        let mut number = Natural::default();
        let (mut factor, mut chunk) = (1, 0);
        for digit in digits {
            (factor, chunk) = (factor * radix, chunk * radix + digit);
            if factor > u32::MAX / radix {
                number.multiply(factor, chunk);
                (factor, chunk) = (1, 0);
            }
        }
        number.multiply(factor, chunk);
        number
    }

    /// Multiplies by `factor`, then adds `more`.
    fn multiply(&mut self, factor: u32, more: u32) {
        let mut carry = u64::from(more);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = carry as u32;
            carry >>= LIMB;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// Divides, and returns the remainder.
    fn divide(&mut self, divisor: u32) -> u32 {
        let mut rest = 0;
        for limb in self.0.iter_mut().rev() {
            let part = u64::from(rest) << LIMB | u64::from(*limb);
            *limb = (part / u64::from(divisor)) as u32;
            rest = (part % u64::from(divisor)) as u32;
        }
        self.trim();
        rest
    }

    /// Multiplies by 5^`exponent`.
    pub(super) fn multiply_by_fives(&mut self, exponent: u32) {
        for _ in 0..exponent / FIVES {
            self.multiply(FIVES_POWER, 0);
        }
        self.multiply(5u32.pow(exponent % FIVES), 0);
    }

    /// Divides by 5^`exponent`; whether there was a remainder.
    pub(super) fn divide_by_fives(&mut self, exponent: u32) -> bool {
        let mut rest = self.divide(5u32.pow(exponent % FIVES)) != 0;
        for _ in 0..exponent / FIVES {
            rest |= self.divide(FIVES_POWER) != 0;
        }
        rest
    }

    /// Multiplies by 2^`bits`.
    pub(super) fn shift_left(&mut self, bits: usize) {
        self.multiply(1 << (bits % LIMB), 0);
        if !self.0.is_empty() {
            self.0.insert_many(0, std::iter::repeat_n(0, bits / LIMB));
        }
    }

    /// How many bits it takes.
    pub(super) fn bits(&self) -> usize {
        self.0.last().map_or(0, |top| self.0.len() * LIMB - top.leading_zeros() as usize)
    }

    /// The leading limbs, as many as 128 bits hold; how many bits lie below them; and whether one
    /// of those is set.
    pub(super) fn leading(&self) -> (u128, usize, bool) {
        let below = self.0.len().saturating_sub(128 / LIMB);
        let (rest, leading) = self.0.split_at(below);
        let bits = leading.iter().rev().fold(0, |bits, &limb| bits << LIMB | u128::from(limb));
        (bits, below * LIMB, rest.iter().any(|&limb| limb != 0))
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

impl From<u64> for Natural {
    fn from(number: u64) -> Natural {
        let mut natural = Natural(SmallVec::from_slice(&[number as u32, (number >> LIMB) as u32]));
        natural.trim();
        natural
    }
}

/// In decimal.
impl fmt::Display for Natural {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = self.clone();
        let mut chunks = Vec::new();
        while !number.0.is_empty() {
            chunks.push(number.divide(DIGITS_POWER));
        }
        write!(f, "{}", chunks.pop().unwrap_or(0))?;
        chunks.iter().rev().try_for_each(|chunk| write!(f, "{chunk:0DIGITS$}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn natural(text: &str) -> Natural {
        Natural::from_digits(text.bytes().map(|byte| u32::from(byte - b'0')), 10)
    }

    #[test]
    fn digits_in_digits_out() {
        for text in ["0", "7", "4294967296", "1000000000000000000000000000000000000000001"] {
            assert_eq!(natural(text).to_string(), text);
        }
        assert_eq!(Natural::from(u64::MAX).to_string(), u64::MAX.to_string());
        assert_eq!(Natural::from_digits([15; 20].into_iter(), 16).bits(), 80);
        assert_eq!(Natural::from(0), Natural::default());
    }

    #[test]
    fn powers() {
        let mut number = Natural::from(3);
        number.multiply_by_fives(100);
        number.shift_left(100);
        assert_eq!(number.to_string(), format!("3{}", "0".repeat(100)));
        assert!(!number.divide_by_fives(100));
        assert_eq!(number.leading(), (3 << 100, 0, false));
        assert!(number.divide_by_fives(1));
        let mut zero = Natural::default();
        zero.shift_left(70);
        assert_eq!((zero.bits(), zero.to_string()), (0, "0".to_owned()));
    }

    #[test]
    fn leading_limbs() {
        let mut number = Natural::from(5);
        number.shift_left(190);
        assert_eq!((number.bits(), number.leading()), (193, (5 << 94, 96, false)));
        number.multiply(1, 1);
        assert_eq!(number.leading(), (5 << 94, 96, true));
    }
}
