//! LZF, the compression of strings: literals, and references to what came before.
//!
//! ```text
//! 000nnnnn                    n + 1 literal bytes follow
//! nnnooooo oooooooo           n + 2 bytes (n from 1 to 6) from o + 1 bytes before
//! 111ooooo nnnnnnnn oooooooo  n + 9 bytes from o + 1 bytes before
//! ```
//!
//! What a reference repeats may overlap what it yields: a run of one byte is one literal and
//! references to the byte before.

/// Most bytes that a byte of compressed data can yield: a reference of 3 bytes yields up to 264.
/// Whoever announces more lies, and no memory need be taken to find that out.
pub const MAX_EXPANSION: usize = LONGEST / 3;

/// Longest repetition that a reference can state.
const LONGEST: usize = 264;
/// Longest run of literals behind one control byte.
const MAX_LITERALS: usize = 32;
/// How far back a reference can reach.
const WINDOW: usize = 1 << 13;
/// After so many bytes without a repetition, every second place is looked at, and so on.
const PATIENCE: usize = 64;
/// Most places that are not looked at between two that are.
const MAX_SKIPPED: usize = 7;
/// The compressor's table has 2 to the power of so many places at most.
const MAX_BITS: u32 = 14;
/// Of those, a string uses 2 to the power of this times as many as it has bytes. (With few places most
/// hashes have been seen before, and the processor cannot foresee which.)
const SPARE_BITS: u32 = 3;
// A position's low bits tell more than what a reference reaches.
const _: () = assert!(WINDOW < 1 << u16::BITS);

/// The bytes that `input` stands for, if they are exactly `len`.
pub fn decompress(input: &[u8], len: usize) -> Option<Vec<u8>> {
    if len > input.len().checked_mul(MAX_EXPANSION)? {
        return None;
    }
    let mut out = vec![0; len];
    let (mut rest, mut at) = (input, 0);
    while let [control, tail @ ..] = rest {
        let count = usize::from(control >> 5);
        if count == 0 {
            let (literals, tail) = tail.split_at_checked(usize::from(*control) + 1)?;
            out.get_mut(at..at + literals.len())?.copy_from_slice(literals);
            at += literals.len();
            rest = tail;
            continue;
        }
        let (count, tail) = match (count, tail) {
            (7, [more, tail @ ..]) => (9 + usize::from(*more), tail),
            (7, []) => return None,
            (count, tail) => (count + 2, tail),
        };
        let (low, tail) = tail.split_first()?;
        let distance = (usize::from(control & 0b1_1111) << 8 | usize::from(*low)) + 1;
        repeat(&mut out, at, distance, count)?;
        at += count;
        rest = tail;
    }
    (at == len).then_some(out)
}

/// Makes each of `count` bytes, from `at` on, equal to the one `distance` before it.
fn repeat(out: &mut [u8], at: usize, distance: usize, count: usize) -> Option<()> {
    let from = at.checked_sub(distance)?;
    let window = out.get_mut(from..at + count)?;
    if distance >= count {
        window.copy_within(..count, distance);
    } else {
        (distance..window.len()).for_each(|at| window[at] = window[at - distance]);
    }
    Some(())
}

/// A compressor; it keeps its table from string to string.
#[derive(Debug)]
pub struct Compressor {
    /// For each hash of three bytes, where such were last seen, if they ever were: a position counted on
    /// from string to string, of which this has the low bits. So it is never cleared, and what it says
    /// must be looked at.
    table: Box<[u16; 1 << MAX_BITS]>,
    /// Position of the next string.
    start: u16,
}

impl Default for Compressor {
    fn default() -> Compressor {
        Compressor { table: Box::new([0; 1 << MAX_BITS]), start: 0 }
    }
}

impl Compressor {
    /// Appends `input` in compressed form to `out`, if that takes at most `room` bytes. If not, `out` is
    /// left as it was.
    pub fn compress(&mut self, input: &[u8], room: usize, out: &mut Vec<u8>) -> bool {
        let before = out.len();
        let done = self.encode(input, before.saturating_add(room), out);
        self.start = self.start.wrapping_add(input.len() as u16);
        if !done {
            out.truncate(before);
        }
        done
    }

    /// Appends `input` in compressed form unless `out` would become longer than `limit`: then somewhere
    /// past it this stops, and says so.
    fn encode(&mut self, input: &[u8], limit: usize, out: &mut Vec<u8>) -> bool {
        let bits = (input.len().max(1).ilog2() + SPARE_BITS).min(MAX_BITS);
        let (mut at, mut literals) = (0, 0);
        while let Some(three) = three_at(input, at) {
            let distance = self.note(three, at, bits);
            let reachable = distance.wrapping_sub(1) < WINDOW.min(at);
            if !reachable || three_at(input, at - distance) != Some(three) {
                // The longer nothing has come back, the fewer places are looked at.
                at += 1 + ((at - literals) / PATIENCE).min(MAX_SKIPPED);
                continue;
            }
            put_literals(&input[literals..at], out);
            let count = common(&input[at - distance..], &input[at..]);
            put_reference(distance, count, out);
            if out.len() > limit {
                return false;
            }
            at += count;
            literals = at;
            // What begins within a repetition may come back too; its end is the most likely.
            for skipped in [at - 2, at - 1] {
                if let Some(three) = three_at(input, skipped) {
                    self.note(three, skipped, bits);
                }
            }
        }
        put_literals(&input[literals..], out);
        out.len() <= limit
    }

    /// Notes where three bytes are. How far before that others of the same hash were seen, perhaps.
    #[inline]
    fn note(&mut self, three: u32, at: usize, bits: u32) -> usize {
        // Knuth's multiplicative hash.
        let hash = three.wrapping_mul(0x9e37_79b1) >> (32 - bits);
        let position = self.start.wrapping_add(at as u16);
        let seen = std::mem::replace(&mut self.table[hash as usize % (1 << MAX_BITS)], position);
        usize::from(position.wrapping_sub(seen))
    }
}

/// The three bytes from `at` on, as a number.
#[inline]
fn three_at(input: &[u8], at: usize) -> Option<u32> {
    // Four are read where there are as many: that is one access.
    match input.get(at..)? {
        [a, b, c, _, ..] | [a, b, c] => Some(u32::from_le_bytes([*a, *b, *c, 0])),
        _ => None,
    }
}

/// How many bytes two slices have in common at their start, at most what a reference can state.
fn common(a: &[u8], b: &[u8]) -> usize {
    let mut len = 0;
    while len < LONGEST {
        let (Some(x), Some(y)) = (a[len..].first_chunk(), b[len..].first_chunk()) else {
            let rest = a[len..].iter().zip(&b[len..]).take_while(|(a, b)| a == b);
            return LONGEST.min(len + rest.count());
        };
        match u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y) {
            0 => len += size_of::<u64>(),
            different => return LONGEST.min(len + different.trailing_zeros() as usize / 8),
        }
    }
    LONGEST
}

fn put_literals(literals: &[u8], out: &mut Vec<u8>) {
    for run in literals.chunks(MAX_LITERALS) {
        out.push(run.len() as u8 - 1);
        out.extend_from_slice(run);
    }
}

fn put_reference(distance: usize, count: usize, out: &mut Vec<u8>) {
    let [high, low] = (distance as u16 - 1).to_be_bytes();
    match count - 2 {
        short @ ..7 => out.extend([(short as u8) << 5 | high, low]),
        long => out.extend([7 << 5 | high, (long - 7) as u8, low]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compressed(input: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        assert!(Compressor::default().compress(input, usize::MAX, &mut out));
        out
    }

    /// As a Redis 7.0.15 stores a hundred times `a`.
    #[test]
    fn a_run_of_one_byte() {
        let stored = b"\x01aa\xe0\x57\x00\x01aa";
        assert_eq!(decompress(stored, 100), Some(vec![b'a'; 100]));
        assert_eq!(compressed(&[b'a'; 100]).len(), 5);
        assert_eq!(compressed(&[b'a'; 100_000]).len(), 2 + 3 * 99_999usize.div_ceil(264));
    }

    #[test]
    fn references_of_every_length_and_distance() {
        for count in 3..=LONGEST {
            for distance in [1, 2, 255, 256, 257, WINDOW] {
                let mut out = Vec::new();
                let head: Vec<u8> = (0..distance).map(|n| (n ^ n >> 8) as u8).collect();
                put_literals(&head, &mut out);
                put_reference(distance, count, &mut out);
                let whole: Vec<u8> = (0..distance + count).map(|n| head[n % distance]).collect();
                assert_eq!(decompress(&out, whole.len()), Some(whole));
            }
        }
    }

    #[test]
    fn what_lies_further_back_than_a_reference_reaches_is_literal() {
        let mut state = 1u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let mut input: Vec<u8> = (0..WINDOW + 1000).map(|_| noise()).collect();
        input.extend_from_within(..20);
        assert_eq!(decompress(&compressed(&input), input.len()), Some(input));
    }

    #[test]
    fn noise_in_front_does_not_hide_what_repeats() {
        let mut input: Vec<u8> =
            (0..100_000u32).map(|n| (n.wrapping_mul(n ^ 0x9e37) >> 9) as u8).collect();
        let noise = compressed(&input).len();
        input.extend(b"to be or not to be, ".repeat(1000));
        assert!(compressed(&input).len() < noise + 2000);
    }

    #[test]
    fn what_becomes_no_shorter_is_left_alone() {
        let (mut out, input) = (b"before".to_vec(), b"abcdefghijklmnopqrstuvwxyz");
        assert!(!Compressor::default().compress(input, input.len() - 4, &mut out));
        assert_eq!(out, b"before");
        assert!(Compressor::default().compress(&[b'x'; 26], 22, &mut out));
    }

    #[test]
    fn damage() {
        let whole = compressed(b"to be or not to be or not to be");
        for len in 0..whole.len() {
            assert_eq!(decompress(&whole[..len], 31), None, "{len}");
        }
        for len in [0, 30, 32, usize::MAX] {
            assert_eq!(decompress(&whole, len), None, "{len}");
        }
        let reaches_before_the_start = b"\x00a\x20\x01";
        assert_eq!(decompress(reaches_before_the_start, 4), None);
        assert_eq!(decompress(b"\x00a\x20\x00", 4), Some(b"aaaa".to_vec()));
        assert_eq!(decompress(b"", 0), Some(vec![]));
    }

    fn input() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..300),
            proptest::collection::vec(0u8..3, 0..3000),
            (0usize..70_000).prop_map(|len| vec![b'x'; len]),
        ]
    }

    proptest! {
        #[test]
        fn there_and_back(inputs in proptest::collection::vec(input(), 1..8)) {
            let mut compressor = Compressor::default();
            for input in inputs {
                let mut packed = Vec::new();
                prop_assert!(compressor.compress(&input, usize::MAX, &mut packed));
                prop_assert!(packed.len() <= input.len() + input.len().div_ceil(MAX_LITERALS));
                prop_assert_eq!(decompress(&packed, input.len()), Some(input));
            }
        }

        #[test]
        fn noise_is_refused_or_yields_what_was_asked_for(
            input in proptest::collection::vec(any::<u8>(), 0..100),
            len in 0usize..2000,
        ) {
            if let Some(out) = decompress(&input, len) {
                prop_assert_eq!(out.len(), len);
            }
        }
    }
}
