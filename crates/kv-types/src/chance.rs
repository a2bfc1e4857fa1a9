//! Choosing by chance: what the samples of sets and hashes have in common.

use std::collections::HashSet;
use std::hash::Hash;

use fastrand::Rng;

use crate::hashing;

/// Of so many items or more, to each that is wanted, the wanted are drawn one by one.
const DRAWN_PART: usize = 4;

/// Whether `count` of `len` items are better [drawn] one by one than found by a [walk](sample).
pub(crate) fn are_few(count: usize, len: usize) -> bool {
    count < len / DRAWN_PART
}

/// `count` of the items, or all; each choice is as likely. There must be `len` of them. They come in the
/// order that they have.
pub(crate) fn sample<T>(
    items: impl Iterator<Item = T>,
    len: usize,
    count: usize,
    rng: &mut Rng,
) -> Vec<T> {
    let (mut left, mut wanted) = (len, count.min(len));
    let mut chosen = Vec::with_capacity(wanted);
    for item in items {
        if wanted == 0 {
            break;
        }
        // So many of those that are left are wanted, each as likely as another.
        if rng.usize(..left) < wanted {
            chosen.push(item);
            wanted -= 1;
        }
        left -= 1;
    }
    chosen
}

/// `count` items of different names, of what `draw` draws; what has been drawn before is put back.
pub(crate) fn drawn<T, N: Hash + Eq>(
    count: usize,
    name: impl Fn(&T) -> N,
    mut draw: impl FnMut() -> Option<T>,
) -> Vec<T> {
    let mut names = HashSet::with_capacity_and_hasher(count, hashing::state());
    let mut chosen = Vec::with_capacity(count);
    while chosen.len() < count
        && let Some(item) = draw()
    {
        if names.insert(name(&item)) {
            chosen.push(item);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often each pair of 0 to 4 is chosen, by `choose`.
    fn tally(mut choose: impl FnMut(&mut Rng) -> Vec<usize>) -> Vec<u32> {
        let (mut rng, mut tally) = (Rng::with_seed(3), vec![0; 25]);
        for _ in 0..100_000 {
            let mut pair = choose(&mut rng);
            pair.sort_unstable();
            tally[pair[0] * 5 + pair[1]] += 1;
        }
        tally.retain(|&count| count > 0);
        tally
    }

    #[test]
    fn each_choice_is_as_likely() {
        let walked = tally(|rng| sample(0..5, 5, 2, rng));
        let drawn = tally(|rng| drawn(2, |n| *n, || Some(rng.usize(..5))));
        for tally in [walked, drawn] {
            // Ten pairs, ten thousand of each: five standard deviations.
            assert_eq!(tally.len(), 10);
            assert!(tally.iter().all(|count| (9_520..10_480).contains(count)), "{tally:?}");
        }
    }

    #[test]
    fn no_more_than_there_are() {
        let mut rng = Rng::with_seed(3);
        assert_eq!(sample(0..3, 3, 9, &mut rng), [0, 1, 2]);
        assert_eq!(sample(0..3, 3, 0, &mut rng), []);
        let mut left = vec![1, 1, 2];
        assert_eq!(drawn(9, |n| *n, || left.pop()), [2, 1]);
    }
}
