//! Floating-point numbers as text: how Redis reads them, and how it adds two of them.
//!
//! Two formats meet here.
//!
//! - Arguments and scores are `f64`, read by [`parse`] as C's `strtod` reads decimals.
//! - `INCRBYFLOAT` adds texts, not doubles: the servers it is compatible with compute it in C's
//!   `long double`, which on x86 has 64 bits of mantissa, and print 17 decimals of the sum without
//!   trailing zeros. In `f64` about every third sum would print otherwise, and the plainest ones
//!   among them (0.1 + 0.2 would be 0.30000000000000004). So [`add`] computes in that format, in
//!   integers, and gives the same digits on every machine.
//!
//! What remains: on platforms where `long double` is another format (64-bit Arm among them) those
//! servers print other digits than on x86; this store does not.

mod extended;
mod literal;
mod natural;

use crate::Error;
pub(crate) use extended::{Extended, Real};

/// The number that `text` spells; `None` for anything else, for spaces around it, for NaN, and for
/// a number that only infinity or zero could stand for (`1e999`, `1e-999`).
///
/// As C's `strtod` reads it: decimal, or `inf` and `infinity` in any case. Its hexadecimal form is
/// left out, as Valkey leaves it out.
pub(crate) fn parse(text: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let digits = text.iter().take_while(|byte| !byte.eq_ignore_ascii_case(&b'e'));
    let spells_zero = || !digits.clone().any(|byte| matches!(byte, b'1'..=b'9'));
    let spells_infinity = || !digits.clone().any(u8::is_ascii_digit);
    let fits = match number {
        number if number.is_nan() => false,
        number if number.is_infinite() => spells_infinity(),
        number => number != 0.0 || spells_zero(),
    };
    fits.then_some(number)
}

/// The number that `text` spells as a bound; `None` for anything else.
///
/// A bound may be what an argument may not: nothing at all is 0, and a number that only infinity or zero
/// could stand for is that. As in Redis, nobody looks behind a zero byte.
pub(crate) fn parse_bound(text: &[u8]) -> Option<f64> {
    let text = text.split(|&byte| byte == 0).next()?;
    if text.is_empty() {
        return Some(0.0);
    }
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (!number.is_nan()).then_some(number)
}

/// `value` with 17 significant digits, as C prints it by `%.17g`: what `ZSCAN` shows of large sets.
pub(crate) fn with_17_digits(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return format!("{value}");
    }
    let exact = format!("{value:.16e}");
    let (digits, exponent) = exact.split_once('e').unwrap_or((&exact, "0"));
    match exponent.parse() {
        Ok(exponent @ -4..17) => {
            let decimals = (16 - exponent) as usize;
            let plain = format!("{value:.decimals$}");
            without_trailing_zeros(&plain).to_owned()
        }
        _ => {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            format!("{}e{sign}{exponent:0>2}", without_trailing_zeros(digits))
        }
    }
}

fn without_trailing_zeros(text: &str) -> &str {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    }
}

/// The sum of two numbers that texts spell, as [`sum`] has it.
///
/// # Errors
/// [`Error::NotFloat`] if one of them is no number; as [`sum`].
pub(crate) fn add(value: &[u8], increment: &[u8]) -> Result<String, Error> {
    let real = |text| Real::parse(text).ok_or(Error::NotFloat);
    sum(real(value)?, real(increment)?)
}

/// The sum of two numbers, as text: a plain decimal, never with an exponent, with at most 17
/// decimals and no trailing zeros.
///
/// # Errors
/// [`Error::NotFinite`] if the sum is infinite or undefined.
pub(crate) fn sum(value: Real, increment: Real) -> Result<String, Error> {
    match (value, increment) {
        (Real::Finite(value), Real::Finite(increment)) => {
            value.plus(increment).map(|sum| sum.to_string()).ok_or(Error::NotFinite)
        }
        _ => Err(Error::NotFinite),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles() {
        let numbers = [
            ("1", 1.0),
            ("+1.5", 1.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("-2e3", -2000.0),
            ("1E-320", 1e-320),
            ("0e99999999999999999999", 0.0),
            ("-0", -0.0),
            ("inf", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
        ];
        for (text, number) in numbers {
            assert_eq!(parse(text.as_bytes()), Some(number), "{text}");
        }
    }

    #[test]
    fn no_doubles() {
        let texts = [
            "", " 1", "1 ", "1e", "1e+", "-", ".", "--1", "1_0", "1,5", "1\0", "0x10", "infinit",
            "nan", "-nan", "nan(1)", "1e400", "-1e400", "1e-400",
        ];
        for text in texts {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse(b"\xff"), None);
    }

    #[test]
    fn bounds() {
        let bounds = [
            ("", 0.0),
            ("1\0x", 1.0),
            ("\0", 0.0),
            ("1e400", f64::INFINITY),
            ("-1e400", f64::NEG_INFINITY),
            ("1e-400", 0.0),
            ("+INF", f64::INFINITY),
        ];
        for (text, number) in bounds {
            assert_eq!(parse_bound(text.as_bytes()), Some(number), "{text:?}");
        }
        for text in [" 1", "1 ", "nan", "-nan", "0x1", "1_0", "1e", "(1"] {
            assert_eq!(parse_bound(text.as_bytes()), None, "{text:?}");
        }
    }

    /// As C prints them.
    #[test]
    fn seventeen_digits() {
        let numbers = [
            (0.0, "0"),
            (-0.0, "-0"),
            (0.1, "0.10000000000000001"),
            (1e-5, "1.0000000000000001e-05"),
            (1e-4, "0.0001"),
            (1e-7, "9.9999999999999995e-08"),
            (123456.7890123, "123456.7890123"),
            (1e16, "10000000000000000"),
            (123456789012345678.0, "1.2345678901234568e+17"),
            (-1e21, "-1e+21"),
            (1.5e300, "1.5000000000000001e+300"),
            (5e-324, "4.9406564584124654e-324"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (number, text) in numbers {
            assert_eq!(with_17_digits(number), text);
        }
    }

    fn sum(value: &str, increment: &str) -> String {
        add(value.as_bytes(), increment.as_bytes()).unwrap()
    }

    #[test]
    fn sums_print_as_people_expect() {
        let sums = [
            ("10.5", "0.1", "10.6"),
            ("0.1", "0.2", "0.3"),
            ("3.0e3", "0", "3000"),
            ("5.0e-7", "0", "0.0000005"),
            ("-1.5", "1.5", "0"),
            ("0", "-0.0", "0"),
            ("1", "-1e-30", "1"),
            ("0", "-1e-18", "0"),
            ("1e19", "1.25", "10000000000000000001"),
            ("0x1.8p3", "0x.8", "12.5"),
        ];
        for (value, increment, expected) in sums {
            assert_eq!(sum(value, increment), expected, "{value} + {increment}");
        }
    }

    /// Sums of a Valkey 9.1 on x86-64.
    #[test]
    fn sums_have_the_digits_of_the_80_bit_format() {
        let sums = [
            ("45.93", "97.5", "143.42999999999999999"),
            ("-770.82", "-783.14", "-1553.95999999999999996"),
            ("804.743", "-40.258", "764.48499999999999999"),
            ("761657.49", "270040.61", "1031698.10000000000002274"),
        ];
        for (value, increment, expected) in sums {
            assert_eq!(sum(value, increment), expected, "{value} + {increment}");
        }
    }

    #[test]
    fn tenths_add_up() {
        let mut total = "0".to_owned();
        for _ in 0..30 {
            total = sum(&total, "0.1");
        }
        assert_eq!(total, "3");
    }

    #[test]
    fn what_cannot_be_added() {
        for text in ["", "x", " 1", "1 ", "nan", "1e5000", "1e-4951", "0x", "0x1p", "1e"] {
            assert_eq!(add(text.as_bytes(), b"1"), Err(Error::NotFloat), "{text:?}");
            assert_eq!(add(b"inf", text.as_bytes()), Err(Error::NotFloat), "{text:?}");
        }
        for (value, increment) in [("1", "inf"), ("-Infinity", "1"), ("inf", "-inf")] {
            assert_eq!(add(value.as_bytes(), increment.as_bytes()), Err(Error::NotFinite));
        }
        let largest = "0x1.fffffffffffffffep16383";
        assert_eq!(add(largest.as_bytes(), largest.as_bytes()), Err(Error::NotFinite));
        assert_eq!(sum(largest, "-1").len(), 4933);
    }
}
