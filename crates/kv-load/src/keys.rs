//! Which keys a load asks for. Every key is exactly 16 bytes, so that requests have a fixed length.

use anyhow::{Result, ensure};

use crate::hostile::KeySet;

/// Bytes of a key.
pub const KEY_BYTES: usize = 16;

/// Bytes of the part of a numbered key that is the same in all: `key:`.
pub const PREFIX_BYTES: usize = 4;

/// A key.
pub type Key = [u8; KEY_BYTES];

/// A source of keys.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: [u8; PREFIX_BYTES],
    random: fastrand::Rng,
    choice: Choice,
}

#[derive(Clone, Debug)]
enum Choice {
    /// Numbered keys below a count, each as likely as another.
    Uniform(u64),
    /// Numbered keys one after another; the next one.
    Sequence(u64),
    /// Keys of a list, each as likely as another.
    Listed(Vec<Key>),
    /// Keys of a list one after another, from the first again after the last; the next one.
    ListedInOrder(Vec<Key>, usize),
}

impl Keys {
    /// Keys numbered from 0 up to `count`, at random.
    ///
    /// # Errors
    /// If there are none, or the prefix is not of [`PREFIX_BYTES`] bytes.
    pub fn uniform(prefix: &str, count: u64, seed: u64) -> Result<Keys> {
        ensure!(count > 0, "there must be keys to choose from");
        Keys::new(prefix, seed, Choice::Uniform(count))
    }

    /// Keys numbered upward from `from`.
    ///
    /// # Errors
    /// If the prefix is not of [`PREFIX_BYTES`] bytes.
    pub fn sequence(prefix: &str, from: u64) -> Result<Keys> {
        Keys::new(prefix, 0, Choice::Sequence(from))
    }

    /// Keys of a set, at random.
    ///
    /// # Errors
    /// If it has none.
    pub fn listed(set: KeySet, count: usize, seed: u64) -> Result<Keys> {
        ensure!(count > 0, "there must be keys to choose from");
        Keys::new("set:", seed, Choice::Listed(set.keys(count)))
    }

    /// Keys of a set, each in its turn.
    ///
    /// # Errors
    /// If it has none.
    pub fn listed_in_order(set: KeySet, count: usize) -> Result<Keys> {
        ensure!(count > 0, "there must be keys to choose from");
        Keys::new("set:", 0, Choice::ListedInOrder(set.keys(count), 0))
    }

    fn new(prefix: &str, seed: u64, choice: Choice) -> Result<Keys> {
        let Ok(prefix) = prefix.as_bytes().try_into() else {
            anyhow::bail!("a key's prefix has {PREFIX_BYTES} bytes, '{prefix}' does not");
        };
        Ok(Keys { prefix, random: fastrand::Rng::with_seed(seed), choice })
    }

    /// Writes the next key.
    pub(crate) fn write(&mut self, to: &mut [u8]) {
        match &mut self.choice {
            Choice::Uniform(count) => number(self.prefix, self.random.u64(0..*count), to),
            Choice::Sequence(next) => {
                number(self.prefix, *next, to);
                *next += 1;
            }
            Choice::Listed(keys) => to.copy_from_slice(&keys[self.random.usize(0..keys.len())]),
            Choice::ListedInOrder(keys, next) => {
                to.copy_from_slice(&keys[*next]);
                *next = (*next + 1) % keys.len();
            }
        }
    }
}

/// Every number of two digits. Keys are numbered on the way to the socket, so this must be cheap.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut at = 0;
    while at < 100 {
        pairs[at] = [b'0' + (at / 10) as u8, b'0' + (at % 10) as u8];
        at += 1;
    }
    pairs
};

/// Writes the prefix and the last twelve digits of a number.
fn number(prefix: [u8; PREFIX_BYTES], number: u64, to: &mut [u8]) {
    to[..PREFIX_BYTES].copy_from_slice(&prefix);
    let halves = [(number / 1_000_000 % 1_000_000) as u32, (number % 1_000_000) as u32];
    for (half, digits) in halves.into_iter().zip(to[PREFIX_BYTES..].chunks_exact_mut(6)) {
        digits[..2].copy_from_slice(&PAIRS[(half / 10_000) as usize]);
        digits[2..4].copy_from_slice(&PAIRS[(half / 100 % 100) as usize]);
        digits[4..].copy_from_slice(&PAIRS[(half % 100) as usize]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(keys: &mut Keys) -> String {
        let mut key = [0; KEY_BYTES];
        keys.write(&mut key);
        String::from_utf8(key.to_vec()).unwrap()
    }

    #[test]
    fn numbered_keys_have_twelve_digits() {
        let mut keys = Keys::sequence("key:", 123_456_789_012).unwrap();
        assert_eq!(next(&mut keys), "key:123456789012");
        assert_eq!(next(&mut keys), "key:123456789013");
        let mut keys = Keys::sequence("key:", 0).unwrap();
        assert_eq!(next(&mut keys), "key:000000000000");
        assert!(Keys::sequence("long:", 0).is_err());
    }

    #[test]
    fn uniform_keys_stay_below_the_count_and_reach_all() {
        let mut keys = Keys::uniform("key:", 10, 7).unwrap();
        let seen: std::collections::BTreeSet<_> = (0..1000).map(|_| next(&mut keys)).collect();
        assert_eq!(seen.len(), 10);
        assert!(seen.iter().all(|key| key.starts_with("key:00000000000")));
    }

    #[test]
    fn a_listed_set_starts_over() {
        let mut keys = Keys::listed_in_order(KeySet::Bits, 2).unwrap();
        let first = next(&mut keys);
        assert_ne!(next(&mut keys), first);
        assert_eq!(next(&mut keys), first);
    }
}
