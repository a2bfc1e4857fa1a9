//! Floating-point numbers as Redis reads and prints them.

/// The number that `text` spells; `None` for anything else, for spaces around it, and for NaN.
///
/// As C's `strtod` reads it, which is what Redis calls: decimal or hexadecimal, `inf`, `infinity`.
pub fn parse(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    // Rust reads what strtod reads but for hexadecimal, which no client is known to send.
    let number: f64 = text.parse().ok()?;
    (!number.is_nan()).then_some(number)
}
