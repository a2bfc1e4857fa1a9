//! The hash of collections' elements.

use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;

/// Keys of the hash: random, so that nobody can choose elements that collide.
static STATE: OnceLock<ahash::RandomState> = OnceLock::new();

/// The hash of an element, the same in all collections of this process, and another in the next.
///
/// That it is the same lets two sets be compared bucket by bucket.
#[inline]
pub fn hash(element: &[u8]) -> u64 {
    let mut hasher = STATE.get_or_init(random_state).build_hasher();
    hasher.write(element);
    hasher.finish()
}

/// The hasher of this process, for sets and maps that live for as long as a command.
pub(crate) fn state() -> ahash::RandomState {
    STATE.get_or_init(random_state).clone()
}

/// A state whose keys are the system's random numbers: the standard library draws those of its own hash
/// from them, and this is a few of its hashes.
#[cold]
fn random_state() -> ahash::RandomState {
    let [a, b, c, d] = [0; 4].map(|_: u64| std::hash::RandomState::new().build_hasher().finish());
    ahash::RandomState::with_seeds(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hash_for_all_and_no_fixed_one() {
        assert_eq!(hash(b"member"), hash(b"member"));
        assert_ne!(hash(b"member"), hash(b"other"));
        assert_ne!(random_state().hash_one(1), random_state().hash_one(1));
    }
}
