//! *Linear hashing*: a table that grows and shrinks by one bucket at a time, so that no step takes long.
//!
//! ```text
//! buckets:  0 1 2 … half-1 │ half … buckets-1            half ≤ buckets < 2 half, a power of two
//!           └── split ───┘ └ where their other halves went
//! ```
//!
//! With as many buckets as `half` and a few more, those few are what the first few of the others were split
//! into: there one more bit of the hash counts.

/// The bucket of a hash, among `buckets`.
#[inline]
pub(crate) fn bucket_of(hash: u64, buckets: usize) -> usize {
    let mask = buckets.next_power_of_two() - 1;
    let bucket = hash as usize & mask;
    if bucket < buckets { bucket } else { bucket & mask >> 1 }
}

/// The buckets among `others` in which the hashes of `bucket`, among `buckets`, are found: one, or as many
/// as there are more of the others.
#[inline]
pub(crate) fn reached(bucket: usize, buckets: usize, others: usize) -> impl Iterator<Item = usize> {
    let (size, others_size) = (buckets.next_power_of_two(), others.next_power_of_two());
    let half = size / 2;
    // So many low bits of a hash are known by its bucket.
    let known = if bucket >= half || bucket + half < buckets { size } else { half };
    let (first, step) = match known < others_size {
        true => (bucket, known),
        false => (bucket_of(bucket as u64, others), others_size),
    };
    (first..others).step_by(step)
}

/// The bucket that the last one of `buckets` was split from.
pub(crate) fn split_from(buckets: usize) -> usize {
    buckets - 1 - half(buckets - 1)
}

/// The largest power of two that is not above `buckets`.
fn half(buckets: usize) -> usize {
    1 << buckets.ilog2()
}

/// Shows the buckets at `cursor`, one or two; the cursor to go on with, or 0 behind the last.
///
/// Cursors count in *reverse binary*, the highest bit first: a bucket that is split or joined between two
/// calls leaves those that are still to come where they are.
pub(crate) fn scan(cursor: u64, buckets: usize, mut show: impl FnMut(usize)) -> u64 {
    let half = half(buckets);
    let mask = half as u64 - 1;
    let first = (cursor & mask) as usize;
    show(first);
    if first + half < buckets {
        show(first + half);
    }
    (cursor | !mask).reverse_bits().wrapping_add(1).reverse_bits()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_bucket_more_takes_from_one_alone() {
        for buckets in 2..200 {
            let source = split_from(buckets);
            for hash in 0..5000 {
                let (before, after) = (bucket_of(hash, buckets - 1), bucket_of(hash, buckets));
                assert!(after == before || (before == source && after == buckets - 1));
                assert!(after < buckets);
            }
        }
    }

    #[test]
    fn a_hash_is_found_where_its_bucket_reaches() {
        for buckets in 1..40 {
            for others in 1..150 {
                let mut reaching: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); buckets];
                for hash in 0..512 {
                    reaching[bucket_of(hash, buckets)].insert(bucket_of(hash, others));
                }
                for (bucket, expected) in reaching.into_iter().enumerate() {
                    assert!(reached(bucket, buckets, others).eq(expected), "{buckets} {others}");
                }
            }
        }
    }

    #[test]
    fn a_walk_shows_each_bucket_once() {
        for buckets in 1..200 {
            let (mut cursor, mut seen) = (0, vec![]);
            loop {
                cursor = scan(cursor, buckets, |bucket| seen.push(bucket));
                if cursor == 0 {
                    break;
                }
            }
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..buckets));
        }
    }
}
