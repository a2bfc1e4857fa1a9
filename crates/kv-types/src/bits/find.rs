//! Finding a bit.

use std::ops::Range;

use super::byte_of;

/// The first of the bits `range` that is `bit`. What is behind the end is not looked at.
pub fn find(bytes: &[u8], bit: bool, range: Range<u64>) -> Option<u64> {
    let Range { start, end } = range;
    let (skipped, flip) = if bit { ([0; 8], 0) } else { ([0xff; 8], 0xff) };
    let from = byte_of(start);
    let (head, body) =
        bytes.get(from..bytes.len().min(byte_of(end.saturating_add(7))))?.split_first()?;
    // In every byte looked at from here on, the bit that is looked for is a one.
    let mut byte = (head ^ flip) & (0xff >> (start % 8));
    let mut at = from;
    if byte == 0 {
        let (words, _) = body.as_chunks::<8>();
        let words = words.iter().position(|word| *word != skipped).unwrap_or(words.len());
        let byte_at = words * 8 + body[words * 8..].iter().position(|byte| byte ^ flip != 0)?;
        byte = body[byte_at] ^ flip;
        at += 1 + byte_at;
    }
    let found = at as u64 * 8 + u64::from(byte.leading_zeros());
    (found < end).then_some(found)
}
