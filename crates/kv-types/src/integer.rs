//! Canonical decimal text of 64-bit integers.
//!
//! A string counts as a number when it is exactly the text this module would print: no spaces, no
//! `+`, no leading zeros, no `-0`. The rule is Redis's (`string2ll`), and it is what makes
//! "stored, incremented, read back" lossless.

/// Longest canonical text, in bytes: `-9223372036854775808`.
pub const MAX_LEN: usize = 20;

/// The integer that `text` canonically spells, or `None` when it spells none.
#[inline]
pub fn parse(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] if digits.len() < MAX_LEN => {}
        _ => return None,
    }
    let mut magnitude: u64 = 0;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        // 19 digits stay below 10^19 < 2^64, so this cannot wrap.
        magnitude = magnitude * 10 + u64::from(digit);
    }
    if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn canonical_texts_are_numbers() {
        for n in [0, 1, -1, 10, 99, i64::MAX, i64::MIN, 1_000_000_007] {
            assert_eq!(parse(n.to_string().as_bytes()), Some(n));
        }
    }

    #[test]
    fn everything_else_is_not() {
        let long = "1".repeat(21);
        for text in ["", "-", "+1", " 1", "1 ", "01", "-0", "00", "1a", "9223372036854775808"] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse(b"-9223372036854775809"), None);
        assert_eq!(parse(long.as_bytes()), None);
    }
}
