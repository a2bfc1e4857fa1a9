//! From a command's name to its number.

use std::collections::HashMap;

use crate::registry::MAX_NAME;

/// Longest name that [`Names`] finds without hashing it.
const SHORT: usize = size_of::<u64>();

/// Places in the table of short names; several times as many as there are commands.
const PLACES: usize = 1024;

/// Clears the bit that tells small letters from capitals, in every byte of a word.
const CAPITALS: u64 = u64::from_ne_bytes([!0x20; SHORT]);

/// Odd, with bits set all over: multiplied with it, a word's bytes reach its highest bits.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Numbers by name, whatever its case.
///
/// Names of up to eight letters, which is nearly all that clients send, are compared as one word and
/// found in a table by a multiplication. All others are hashed.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// Open addressing.
    short: Box<[ShortName]>,
    taken: usize,
    all: HashMap<&'static [u8], usize, ahash::RandomState>,
}

/// A name of capitals as one word; one of length 0 is a free place.
#[derive(Clone, Copy, Debug, Default)]
struct ShortName {
    word: u64,
    length: u16,
    number: u16,
}

impl Default for Names {
    fn default() -> Names {
        Names {
            short: vec![ShortName::default(); PLACES].into(),
            taken: 0,
            all: HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4)),
        }
    }
}

impl Names {
    /// Adds a name in capitals, which must not be there yet.
    pub(crate) fn insert(&mut self, name: &'static str, number: usize) {
        let name = name.as_bytes();
        self.all.insert(name, number);
        // A table that is half full leaves the rest of the names to the map.
        if let Some(word) = folded(name)
            && name.iter().all(u8::is_ascii_uppercase)
            && self.taken < PLACES / 2
            && let Ok(number) = u16::try_from(number)
            && let Some(free) = probe(word).find(|&place| self.short[place].length == 0)
        {
            self.short[free] = ShortName { word, length: name.len() as u16, number };
            self.taken += 1;
        }
    }

    /// The number of a name in any case.
    #[inline]
    pub(crate) fn get(&self, name: &[u8]) -> Option<usize> {
        if let Some(word) = folded(name) {
            for place in probe(word) {
                let found = self.short[place];
                // The length tells a name from one with zero bytes behind it.
                if found.word == word && usize::from(found.length) == name.len() {
                    return Some(usize::from(found.number));
                }
                if found.length == 0 {
                    break;
                }
            }
        }
        self.get_long(name)
    }

    #[inline(never)]
    fn get_long(&self, name: &[u8]) -> Option<usize> {
        let mut folded = [0; MAX_NAME];
        let folded = folded.get_mut(..name.len())?;
        folded.copy_from_slice(name);
        folded.make_ascii_uppercase();
        self.all.get(&*folded).copied()
    }
}

/// The places a word may be at, the likeliest first.
#[inline]
fn probe(word: u64) -> impl Iterator<Item = usize> {
    let first = (word.wrapping_mul(SPREAD) >> (u64::BITS - PLACES.ilog2())) as usize;
    (first..first + PLACES).map(|place| place % PLACES)
}

/// A name of one to eight bytes as one word, its letters made capitals. Of all bytes only the small
/// letter and the capital itself become a capital; so a word that equals one of capitals is that
/// name.
#[inline]
fn folded(name: &[u8]) -> Option<u64> {
    let word = match name {
        [a] => u64::from(*a),
        [a, b] => u64::from(*a) | u64::from(*b) << 8,
        [a, b, c] => u64::from(*a) | u64::from(*b) << 8 | u64::from(*c) << 16,
        [_, _, _, _, ..] if name.len() <= SHORT => {
            // The last four bytes overlap the first four where there are fewer than eight.
            let first = u32::from_le_bytes(*name.first_chunk()?);
            let last = u32::from_le_bytes(*name.last_chunk()?);
            u64::from(first) | u64::from(last) << (8 * (name.len() - 4))
        }
        _ => return None,
    };
    Some(word & CAPITALS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 10] =
        ["GET", "SET", "A", "AB", "GETRANGE", "GETRANGED", "P-1", "MGET", "SETEX", "EVAL_RO"];

    fn names() -> Names {
        let mut names = Names::default();
        NAMES.iter().enumerate().for_each(|(number, name)| names.insert(name, number));
        names
    }

    #[test]
    fn any_case_and_length() {
        let names = names();
        for (number, name) in NAMES.iter().enumerate() {
            let mixed: String =
                name.chars().map(|c| if c < 'M' { c } else { c.to_ascii_lowercase() }).collect();
            for form in [name.to_string(), name.to_lowercase(), mixed] {
                assert_eq!(names.get(form.as_bytes()), Some(number), "{form}");
            }
        }
    }

    #[test]
    fn what_is_nearly_a_name_is_none() {
        let names = names();
        for name in NAMES {
            for at in 0..name.len() {
                for byte in 0..=255 {
                    let mut near = name.as_bytes().to_vec();
                    near[at] = byte;
                    let is_name = NAMES.iter().any(|n| near.eq_ignore_ascii_case(n.as_bytes()));
                    assert_eq!(names.get(&near).is_some(), is_name, "{near:?}");
                }
            }
        }
        for name in ["", "GE", "GETT", "\0", "GET\0", &"X".repeat(MAX_NAME + 1)] {
            assert_eq!(names.get(name.as_bytes()), None, "{name:?}");
        }
    }

    #[test]
    fn a_full_table_leaves_the_rest_to_the_map() {
        let mut names = Names::default();
        let letter = |n: usize| char::from(b'A' + (n % 26) as u8);
        let name = |n: usize| [letter(n), letter(n / 26), letter(n / 676), 'X'];
        let all: Vec<&'static str> =
            (0..PLACES * 2).map(|n| &*name(n).iter().collect::<String>().leak()).collect();
        all.iter().enumerate().for_each(|(number, name)| names.insert(name, number));
        assert_eq!(names.taken, PLACES / 2);
        for (number, name) in all.iter().enumerate() {
            assert_eq!(names.get(name.as_bytes()), Some(number));
        }
    }
}
