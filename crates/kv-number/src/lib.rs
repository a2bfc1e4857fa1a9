//! Doubles as text, digit for digit as Redis and Valkey print them.
//!
//! ```
//! # use kv_number::DoubleText;
//! assert_eq!(DoubleText::new(3.25).as_bytes(), b"3.25");
//! assert_eq!(DoubleText::new(1e21).as_bytes(), b"1e+21");
//! ```

mod digits;
mod powers;

use digits::Digits;

/// Room for any double's text: sign, 17 digits, point, `e-308`, or up to 24 digits and zeros.
const ROOM: usize = 32;

/// Whole doubles up to this magnitude are printed as integers, every digit of them: 2^62.
const WHOLE: f64 = 4_611_686_018_427_387_904.0;

/// A double's text, on the stack.
#[derive(Clone, Copy, Debug)]
pub struct DoubleText {
    bytes: [u8; ROOM],
    len: usize,
}

impl DoubleText {
    /// Formats as Redis does: few digits that read back as the same double; whole numbers up to 2^62 in
    /// full; otherwise plain while that stays short, else with an exponent.
    pub fn new(value: f64) -> DoubleText {
        let mut text = DoubleText { bytes: [0; ROOM], len: 0 };
        if value.is_nan() {
            text.push(b"nan");
        } else if value.is_infinite() {
            text.push(if value > 0.0 { b"inf" } else { b"-inf" });
        } else if value == 0.0 && value.is_sign_negative() {
            text.push(b"-0");
        } else if value.abs() <= WHOLE && value.trunc() == value {
            text.push(itoa::Buffer::new().format(value as i64).as_bytes());
        } else {
            text.push_finite(value);
        }
        text
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn push_zeros(&mut self, count: usize) {
        self.bytes[self.len..self.len + count].fill(b'0');
        self.len += count;
    }

    fn push_finite(&mut self, value: f64) {
        if value < 0.0 {
            self.push(b"-");
        }
        let number = Digits::of(value.abs());
        let (digits, exponent) = (number.as_bytes(), number.exponent);
        let count = digits.len() as i32;
        // The power of ten of the first digit.
        let leading = exponent + count - 1;
        if exponent >= 0 && leading < count + 7 {
            self.push(digits);
            self.push_zeros(exponent as usize);
        } else if exponent < 0 && (exponent > -7 || leading.abs() < 4) {
            let whole = count + exponent;
            if whole <= 0 {
                self.push(b"0.");
                self.push_zeros(whole.unsigned_abs() as usize);
                self.push(digits);
            } else {
                self.push(&digits[..whole as usize]);
                self.push(b".");
                self.push(&digits[whole as usize..]);
            }
        } else {
            self.push(&digits[..1]);
            if count > 1 {
                self.push(b".");
                self.push(&digits[1..]);
            }
            self.push(if leading < 0 { b"e-" } else { b"e+" });
            self.push(itoa::Buffer::new().format(leading.unsigned_abs()).as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As a Valkey 9.1 prints them.
    #[test]
    fn doubles_as_redis_prints_them() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (1e-5, "0.00001"),
            (0.000_123_4, "1.234e-4"),
            (5e-324, "5e-324"),
            (1e20, "1e+20"),
            (4.7e18, "4.7e+18"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (9_223_372_036_854_775_807.0, "9223372036854776000"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
        ];
        for (value, text) in cases {
            assert_eq!(String::from_utf8_lossy(DoubleText::new(value).as_bytes()), text);
        }
    }

    /// One in 1,700 has more digits than the shortest that there are.
    #[test]
    fn digits_that_others_would_not_print() {
        let cases = [
            (2.454440643907477e-95, "2.4544406439074772e-95"),
            (129.946275, "129.94627500000001"),
            (4.875681338323965e-262, "4.8756813383239647e-262"),
            (1265859497100750.8, "1265859497100750.7"),
            (139606.09306469793, "1.3960609306469792e+5"),
            (0.61962316594729, "0.6196231659472901"),
            (641.858632, "641.8586319999999"),
        ];
        for (value, text) in cases {
            assert_eq!(String::from_utf8_lossy(DoubleText::new(value).as_bytes()), text);
        }
    }

    proptest! {
        #[test]
        fn texts_read_back(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(!value.is_nan());
            let text = DoubleText::new(value);
            let back: f64 = std::str::from_utf8(text.as_bytes()).unwrap().parse().unwrap();
            prop_assert_eq!(back.to_bits(), bits);
        }
    }
}
