//! Numbers as text: the digits of lengths and integers, and doubles as clients send them.

/// Reads a canonical decimal: an optional `-`, then digits with no leading zero; no `-0`.
/// `None` for anything else, an empty text and a value outside of `i64` included.
pub(crate) fn parse_i64(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] if digits.len() <= MAX_DIGITS => {}
        _ => return None,
    }
    // Counts downwards: `i64::MIN` has no positive twin.
    let mut value = 0i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_sub(i64::from(digit))?;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

/// Digits of the longest `i64`.
const MAX_DIGITS: usize = 19;

/// Reads `digits CR LF` at `at`, the form nearly every length has: the value, at most 999,999,999,
/// and the offset behind the line. `None` when it is anything else, incomplete or malformed: the
/// caller then takes the road that tells which.
#[inline]
pub(crate) fn short_length(buf: &[u8], at: usize) -> Option<(usize, usize)> {
    let (value, digits) = digits_before_crlf(buf.get(at..)?);
    (digits > 0).then_some((value, at + digits + 2))
}

/// Reads `mark`, one or two digits, CR LF from the first eight bytes of a line: the value, and how
/// many bytes that was. `None` when anything else stands there.
#[inline(always)]
pub(crate) fn shortest_length(mark: u8, line: [u8; 8]) -> Option<(usize, usize)> {
    let word = u64::from_le_bytes(line);
    let digit = |at: u32| ((word >> (8 * at)) as u8).wrapping_sub(b'0');
    let (first, second) = (digit(1), digit(2));
    // All but the digits, of `mark d CR LF` and of `mark d d CR LF`.
    if word & 0xFFFF_00FF == CRLF << 16 | u64::from(mark) && first <= 9 {
        Some((usize::from(first), 4))
    } else if word & 0xFF_FF00_00FF == CRLF << 24 | u64::from(mark)
        && first.wrapping_sub(1) < 9
        && second <= 9
    {
        Some((usize::from(first) * 10 + usize::from(second), 5))
    } else {
        None
    }
}

const CRLF: u64 = u16::from_le_bytes(*b"\r\n") as u64;

/// A line of any digits: its value and how many, none if it isn't a canonical, complete length.
/// (Two plain numbers, because they come back in registers and an `Option` of them doesn't.)
fn digits_before_crlf(line: &[u8]) -> (usize, usize) {
    let digits = line.iter().take(SHORT_DIGITS + 1).take_while(|b| b.is_ascii_digit()).count();
    let canonical = digits == 1 || (digits > 1 && line[0] != b'0');
    if !canonical || digits > SHORT_DIGITS || line.get(digits..digits + 2) != Some(b"\r\n") {
        return (0, 0);
    }
    (line[..digits].iter().fold(0, |value, b| value * 10 + usize::from(b - b'0')), digits)
}

/// Most digits of a length on the short road: far from overflow.
const SHORT_DIGITS: usize = 9;

/// Reads the text of a RESP3 double: a decimal with optional sign, fraction and exponent, or
/// `inf`, `-inf`, `nan`, `-nan`.
pub(crate) fn parse_double(text: &[u8]) -> Option<f64> {
    match text {
        b"inf" => return Some(f64::INFINITY),
        b"-inf" => return Some(f64::NEG_INFINITY),
        b"nan" | b"-nan" => return Some(f64::NAN),
        _ => {}
    }
    // The standard parser also takes words ("infinity"); only figures go to it.
    let figures = |b: &u8| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.iter().all(figures) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Whether the text is a big number: an optional sign and at least one digit.
pub(crate) fn is_big_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}
