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
/// Shortest repetition worth a reference, and that one can state.
const SHORTEST: usize = 3;
/// Longest run of literals behind one control byte.
const MAX_LITERALS: usize = 32;
/// How far back a reference can reach.
const WINDOW: usize = 1 << 13;
/// Bounds of the size of the compressor's table, as powers of two. More than the window has room for
/// would be of little use.
const TABLE_BITS: std::ops::RangeInclusive<u32> = 6..=13;

/// The bytes that `input` stands for, if they are exactly `len`.
pub fn decompress(input: &[u8], len: usize) -> Option<Vec<u8>> {
    if len > input.len().checked_mul(MAX_EXPANSION)? {
        return None;
    }
    let mut out = Vec::with_capacity(len);
    let mut rest = input;
    while let [control, tail @ ..] = rest {
        let count = usize::from(control >> 5);
        if count == 0 {
            let (literals, tail) = tail.split_at_checked(usize::from(*control) + 1)?;
            if literals.len() > len - out.len() {
                return None;
            }
            out.extend_from_slice(literals);
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
        if count > len - out.len() {
            return None;
        }
        repeat(&mut out, distance, count)?;
        rest = tail;
    }
    (out.len() == len).then_some(out)
}

/// Adds `count` bytes that are each equal to the one `distance` before it.
fn repeat(out: &mut Vec<u8>, distance: usize, count: usize) -> Option<()> {
    let from = out.len().checked_sub(distance)?;
    let end = out.len() + count;
    // Each turn can copy all that lies between there and the end: twice as much as the turn before.
    while out.len() < end {
        let to = out.len().min(from + end - out.len());
        out.extend_from_within(from..to);
    }
    Some(())
}

/// A compressor; it keeps its table from string to string.
#[derive(Debug, Default)]
pub struct Compressor {
    /// For each hash of three bytes, one more than where they were last seen; 0 if they were not.
    table: Vec<u32>,
}

impl Compressor {
    /// Appends `input` in compressed form to `out`, if that takes at most `room` bytes. If not, `out` is
    /// left as it was.
    pub fn compress(&mut self, input: &[u8], room: usize, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        let done = u32::try_from(input.len()).is_ok() && self.encode(input, start + room, out);
        if !done {
            out.truncate(start);
        }
        done
    }

    /// Appends `input` in compressed form unless `out` would become longer than `limit`: then somewhere
    /// past it this stops, and says so.
    fn encode(&mut self, input: &[u8], limit: usize, out: &mut Vec<u8>) -> bool {
        let bits = input.len().max(1).ilog2().clamp(*TABLE_BITS.start(), *TABLE_BITS.end());
        self.table.clear();
        self.table.resize(1 << bits, 0);
        let (mut at, mut literals) = (0, 0);
        while let Some(three) = input[at..].first_chunk::<SHORTEST>() {
            let seen = &mut self.table[hash(*three, bits)];
            let before = (*seen as usize).checked_sub(1);
            *seen = at as u32 + 1;
            let Some(before) =
                before.filter(|&b| at - b <= WINDOW && input[b..].starts_with(three))
            else {
                at += 1;
                continue;
            };
            put_literals(&input[literals..at], out);
            let count = common(&input[before..], &input[at..]);
            put_reference(at - before, count, out);
            if out.len() > limit {
                return false;
            }
            self.note(input, at + 1..at + count, bits);
            at += count;
            literals = at;
        }
        put_literals(&input[literals..], out);
        out.len() <= limit
    }

    /// Notes what begins in a stretch that a reference has jumped over.
    fn note(&mut self, input: &[u8], stretch: std::ops::Range<usize>, bits: u32) {
        for at in stretch {
            let Some(three) = input[at..].first_chunk::<SHORTEST>() else { return };
            self.table[hash(*three, bits)] = at as u32 + 1;
        }
    }
}

/// A number of `bits` bits for three bytes (Knuth's multiplicative hash).
fn hash([a, b, c]: [u8; SHORTEST], bits: u32) -> usize {
    (u32::from_le_bytes([a, b, c, 0]).wrapping_mul(0x9e37_79b1) >> (32 - bits)) as usize
}

/// How many bytes two slices have in common at their start, at most what a reference can state.
fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take(LONGEST).take_while(|(a, b)| a == b).count()
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
        assert!(Compressor::default().compress(input, usize::MAX / 2, &mut out));
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
        for count in SHORTEST..=LONGEST {
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

    proptest! {
        #[test]
        fn there_and_back(
            input in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..300),
                proptest::collection::vec(0u8..3, 0..3000),
            ],
        ) {
            let packed = compressed(&input);
            prop_assert!(packed.len() <= input.len() + input.len().div_ceil(MAX_LITERALS));
            prop_assert_eq!(decompress(&packed, input.len()), Some(input));
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
