//! The 80-bit extended format of x86, computed in integers.

use std::cmp::Ordering;
use std::fmt;

use super::literal::{Literal, Number, Radix};
use super::natural::Natural;

/// Longest text that is read as a number, in bytes: the room Redis has for it.
const MAX_TEXT: usize = 5119;
/// Decimals that are printed.
const DECIMALS: usize = 17;
/// The largest exponent of a mantissa: numbers end below 2^16384.
const MAX_EXPONENT: i32 = 16_384 - 64;
/// The smallest number is 2^-16445. Half of it and less is zero: a mantissa's top bit alone has
/// this exponent then.
const ZERO_EXPONENT: i32 = -16_446 - 63;
/// A number whose first digit stands for a greater power of ten than this is too large…
const MAX_POWER: i32 = 4932;
/// … and with a smaller one than this it is zero. To know it first bounds the work.
const MIN_POWER: i32 = -4951;

/// What a text can spell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Real {
    /// Infinity, of any sign: nothing can be added to it.
    Infinite,
    /// A number.
    Finite(Extended),
}

impl Real {
    /// Reads a text as C's `strtold` does; `None` for NaN, for what is no number, and for numbers
    /// that are too large, or too small to be told from zero.
    pub(crate) fn parse(text: &[u8]) -> Option<Real> {
        if text.len() > MAX_TEXT {
            return None;
        }
        match Literal::read(text)? {
            Literal::Infinite => Some(Real::Infinite),
            Literal::Number(number) => Extended::from_number(&number).map(Real::Finite),
        }
    }
}

/// `±mantissa × 2^exponent`. The mantissa's top bit is set, or the number is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extended {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

impl Extended {
    pub(crate) const ZERO: Extended = Extended { negative: false, mantissa: 0, exponent: 0 };
    pub(crate) const ONE: Extended = Extended { negative: false, mantissa: 1 << 63, exponent: -63 };
    /// The largest number.
    pub(crate) const MAX: Extended =
        Extended { negative: false, mantissa: u64::MAX, exponent: MAX_EXPONENT };
    /// The smallest number.
    pub(crate) const MIN: Extended = Extended { negative: true, ..Extended::MAX };

    fn from_number(number: &Number<'_>) -> Option<Extended> {
        let length = number.digits().count();
        if length == 0 {
            return Some(Extended::ZERO);
        }
        let decimals = number.fraction.len() as i32;
        let power = length as i32 - 1 - decimals + number.exponent;
        let digits = Natural::from_digits(number.digits(), number.radix.value());
        let (digits, exponent, rest) = match number.radix {
            Radix::Hexadecimal => (digits, number.exponent - 4 * decimals, false),
            Radix::Decimal if (MIN_POWER..=MAX_POWER).contains(&power) => {
                times_power_of_ten(digits, number.exponent - decimals)
            }
            Radix::Decimal => return None,
        };
        let (bits, below, more) = digits.leading();
        let number = round(number.negative, bits, exponent + below as i32, rest || more)?;
        ((number.exponent, number.mantissa) > (ZERO_EXPONENT, 1 << 63)).then_some(number)
    }

    /// The difference, rounded to the nearest; `None` if it is too large.
    pub(crate) fn minus(self, other: Extended) -> Option<Extended> {
        // There is one zero only.
        let negative = !other.negative && other.mantissa != 0;
        self.plus(Extended { negative, ..other })
    }

    /// The sum, rounded to the nearest; `None` if it is too large.
    pub(crate) fn plus(self, other: Extended) -> Option<Extended> {
        if self.mantissa == 0 || other.mantissa == 0 {
            return Some(if self.mantissa == 0 { other } else { self });
        }
        let (large, small) =
            if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        // Both at the top of 128 bits, one bit kept free for the carry.
        let high = u128::from(large.mantissa) << 63;
        let low = u128::from(small.mantissa) << 63;
        let gap = large.exponent.abs_diff(small.exponent);
        let shifted = low.checked_shr(gap).unwrap_or(0);
        let rest = shifted.checked_shl(gap) != Some(low);
        let exponent = large.exponent - 63;
        if large.negative == small.negative {
            return round(large.negative, high + shifted, exponent, rest);
        }
        match high.cmp(&shifted) {
            Ordering::Equal => Some(Extended::ZERO),
            Ordering::Less => round(small.negative, shifted - high, exponent, rest),
            // What was shifted out is subtracted too: one less, and a rest above it.
            Ordering::Greater => {
                round(large.negative, high - shifted - u128::from(rest), exponent, rest)
            }
        }
    }
}

impl PartialOrd for Extended {
    fn partial_cmp(&self, other: &Extended) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Extended {
    fn cmp(&self, other: &Extended) -> Ordering {
        // Of what is not zero the mantissa's top bit is set, so the exponent decides first.
        let size = |n: &Extended| (n.mantissa != 0).then_some((n.exponent, n.mantissa));
        match (self.negative, other.negative) {
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
            (negative, _) => {
                if negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        }
    }
}

/// `digits` × 10^`exponent` as a number, a power of two to multiply it by, and whether there is a
/// rest above it; with a rest, the number is more than 64 bits long.
fn times_power_of_ten(mut digits: Natural, exponent: i32) -> (Natural, i32, bool) {
    // 10^n = 5^n × 2^n, and twos only move the exponent.
    let fives = exponent.unsigned_abs();
    if exponent >= 0 {
        digits.multiply_by_fives(fives);
        return (digits, exponent, false);
    }
    // As many bits ahead of the division as leave enough behind it: 5^n takes less than 7n/3 + 1.
    let enough = 68 + fives as usize * 7 / 3;
    let shift = enough.saturating_sub(digits.bits());
    digits.shift_left(shift);
    let rest = digits.divide_by_fives(fives);
    (digits, exponent - shift as i32, rest)
}

/// The number nearest to ±`bits` × 2^`exponent`, or to a little more if there is a `rest`; of two
/// equally near the even one. `None` if it is too large.
///
/// `bits` is not zero, and more than 64 long if there is a rest.
fn round(negative: bool, bits: u128, exponent: i32, rest: bool) -> Option<Extended> {
    let free = bits.leading_zeros();
    debug_assert!(free < if rest { 64 } else { 128 });
    let bits = bits << free;
    let (mantissa, below) = ((bits >> 64) as u64, bits as u64);
    let half = 1 << 63;
    let up = below > half || below == half && (rest || mantissa % 2 == 1);
    let exponent = exponent + 64 - free as i32;
    let (mantissa, exponent) = match mantissa.checked_add(u64::from(up)) {
        Some(mantissa) => (mantissa, exponent),
        None => (half, exponent + 1),
    };
    (exponent <= MAX_EXPONENT).then_some(Extended { negative, mantissa, exponent })
}

/// In decimal, rounded to [`DECIMALS`] places, without zeros at the end.
impl fmt::Display for Extended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNIT: u128 = 10u128.pow(DECIMALS as u32);
        let sign = if self.negative { "-" } else { "" };
        if self.exponent >= 0 {
            let mut whole = Natural::from(self.mantissa);
            whole.shift_left(self.exponent as usize);
            return write!(f, "{sign}{whole}");
        }
        // 64 bits of mantissa times 57 of the unit: 2^121 at most.
        let scaled = u128::from(self.mantissa) * UNIT;
        let shift = self.exponent.unsigned_abs();
        let units = match scaled.checked_shr(shift) {
            Some(units) => {
                let rest = scaled - (units << shift);
                let half = 1 << (shift - 1);
                units + u128::from(rest > half || rest == half && units % 2 == 1)
            }
            None => 0,
        };
        if units == 0 {
            return f.write_str("0");
        }
        write!(f, "{sign}{}", units / UNIT)?;
        match units % UNIT {
            0 => Ok(()),
            rest => f.write_str(format!(".{rest:0DECIMALS$}").trim_end_matches('0')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extended(text: &str) -> Option<Extended> {
        match Real::parse(text.as_bytes())? {
            Real::Infinite => None,
            Real::Finite(number) => Some(number),
        }
    }

    fn parts(text: &str) -> Option<(u64, i32)> {
        extended(text).map(|number| (number.mantissa, number.exponent))
    }

    #[test]
    fn decimals_are_rounded_to_the_nearest() {
        assert_eq!(parts("1"), Some((1 << 63, -63)));
        assert_eq!(parts("0.1"), Some((0xCCCC_CCCC_CCCC_CCCD, -67)));
        assert_eq!(parts("1e27"), Some((0xCECB_8F27_F420_0F3A, 26)));
        // Half-way cases go to the even side, unless there is more.
        assert_eq!(parts("18446744073709551617"), Some((1 << 63, 1)));
        assert_eq!(
            parts("18446744073709551617.0000000000000000000000001"),
            Some(((1 << 63) + 1, 1))
        );
        assert_eq!(parts("18446744073709551619"), Some(((1 << 63) + 2, 1)));
        assert_eq!(parts("18446744073709551615.5"), Some((1 << 63, 1)));
        assert_eq!(parts("0e999999999"), Some((0, 0)));
    }

    #[test]
    fn hexadecimals_are_rounded_too() {
        assert_eq!(parts("0x1.8p1"), parts("3"));
        assert_eq!(parts("0x1000000000000000f"), parts("18446744073709551631"));
        assert_eq!(parts("0x10000000000000001"), Some((1 << 63, 1)));
        assert_eq!(parts("0x1.00000000000000010000000000000000001"), Some(((1 << 63) + 1, -63)));
    }

    #[test]
    fn the_ends_of_the_range() {
        let inside = [
            "0x1p16383",
            "0x1.fffffffffffffffep16383",
            "0x1p-16445",
            "0x1.8p-16446",
            "3.7e-4951",
            "1.18e4932",
        ];
        for text in inside {
            assert!(extended(text).is_some(), "{text}");
        }
        let outside = [
            "0x1p16384",
            "0x1.ffffffffffffffffp16383",
            "0x1p-16446",
            "1.8e-4951",
            "1.19e4932",
            "1e99999999999",
            "1e-99999999999",
            "0x1p99999999999",
        ];
        for text in outside {
            assert_eq!(extended(text), None, "{text}");
        }
        let longest = "0".repeat(MAX_TEXT - 1) + "1";
        assert_eq!(extended(&longest), extended("1"));
        assert_eq!(extended(&("0".to_owned() + &longest)), None);
    }

    #[test]
    fn numbers_of_all_lengths_stay_in_bounds() {
        let digits = "9".repeat(MAX_TEXT - 6);
        assert!(extended(&format!("{digits}e-4000")).is_some());
        assert!(extended(&format!(".{digits}e-999")).is_some());
        assert_eq!(extended(&format!(".{digits}e9999")), None);
    }

    #[test]
    fn numbers_are_ordered() {
        let texts =
            ["-1e4000", "-12.5", "-12", "-1e-4000", "0", "1e-4000", "0.1", "1", "1.5", "7e9"];
        let numbers: Vec<Extended> = texts.iter().filter_map(|text| extended(text)).collect();
        assert_eq!(numbers.len(), texts.len());
        for (at, number) in numbers.iter().enumerate() {
            assert!(Extended::MIN < *number && *number < Extended::MAX);
            for (other_at, other) in numbers.iter().enumerate() {
                assert_eq!(number.cmp(other), at.cmp(&other_at));
                let difference = number.minus(*other).unwrap();
                assert_eq!(difference.cmp(&Extended::ZERO), at.cmp(&other_at));
            }
        }
        assert_eq!(extended("1"), Some(Extended::ONE));
        assert_eq!(Extended::MAX.minus(Extended::MIN), None);
        assert_eq!(Extended::MAX.minus(Extended::MAX), Some(Extended::ZERO));
    }

    #[test]
    fn sums_are_rounded_once() {
        let sum = |a: &str, b: &str| extended(a).unwrap().plus(extended(b).unwrap()).unwrap();
        assert_eq!(sum("1", "0x1p-64"), extended("1").unwrap());
        assert_eq!(sum("1", "0x1.8p-64"), extended("0x1.0000000000000002p0").unwrap());
        assert_eq!(sum("1", "-0x1p-64"), extended("0x0.ffffffffffffffffp0").unwrap());
        assert_eq!(sum("1", "-0x1p-65"), extended("1").unwrap());
        assert_eq!(sum("1", "-0x1.8p-65"), extended("0x0.ffffffffffffffffp0").unwrap());
        let just_below = extended("0x0.ffffffffffffffffp0").unwrap();
        assert_eq!(sum("1", "-0x1.0000000000000002p-65"), just_below);
        assert_eq!(sum("1", "-1e-4940"), extended("1").unwrap());
        assert_eq!(sum("-0x1p-64", "0x0.ffffffffffffffffp-64").to_string(), "0");
        assert_eq!(sum("3", "-4"), extended("-1").unwrap());
        assert_eq!(sum("0", "-4"), extended("-4").unwrap());
        assert_eq!(sum("5", "-5"), Extended::ZERO);
    }

    #[test]
    fn decimals_are_printed_to_seventeen_places() {
        let texts = [
            ("0x1p-56", "0.00000000000000001"),
            ("0.000000000000000006", "0.00000000000000001"),
            ("0x1p-63", "0"),
            ("-1e-200", "0"),
            // Half-way cases go to the even side.
            ("0x1p-18", "0.00000381469726562"),
            ("0x3p-18", "0.00001144409179688"),
            ("-0.99999999999999999999", "-1"),
            ("123.4500", "123.45"),
            ("1e17", "100000000000000000"),
            ("0x1p100", "1267650600228229401496703205376"),
        ];
        for (text, printed) in texts {
            assert_eq!(extended(text).unwrap().to_string(), printed, "{text}");
        }
    }
}
