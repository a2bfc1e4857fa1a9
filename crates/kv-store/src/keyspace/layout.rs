//! Which shard a hash lives in, and where its bucket lies: what can be known without a lock.
//!
//! Shards are not alike: the widest takes twice the share of the keys that the narrowest takes, and
//! the shares of those between are spread evenly (on a logarithmic scale). Were they alike, all
//! tables would double at nearly the same number of keys: memory would come in steps of a third, and
//! so would the work of moving entries. As it is, the same fraction of the tables is just about to
//! double at any number of keys.

use std::sync::atomic::{AtomicU64, Ordering};

use kv_types::cache::prefetch;

use super::SHARDS;
use super::database::{Slot, Table};

/// The hash space is cut into this many pieces of equal length, within which shards are alike.
const PIECES: usize = 64;

/// Fraction bits of a shard's number in [`Layout`].
const FRACTION: u32 = 16;

/// Bits of the hash that choose the shard: those below the seven that hashbrown keeps as a tag, and
/// far above those that choose the bucket.
const TAG_BITS: u32 = 7;

/// The shards' shares of the hash space.
pub(super) struct Layout {
    /// For each piece of the hash space its first shard, and how many follow to the next piece's.
    pieces: [(u32, u32); PIECES],
}

impl Layout {
    pub(super) fn new() -> Layout {
        // Shard `SHARDS * log2(1 + u)` holds the fraction `u` of the hash space: the derivative, keys
        // per shard, grows from ln 2 to 2 ln 2 times the mean.
        let bound = |piece: usize| {
            let shard = SHARDS as f64 * (1.0 + piece as f64 / PIECES as f64).log2();
            (shard * f64::from(1 << FRACTION)) as u32
        };
        let piece = |at: usize| (bound(at), bound(at + 1) - bound(at));
        Layout { pieces: std::array::from_fn(piece) }
    }

    /// The shard that keys of this hash live in.
    #[inline]
    pub(super) fn shard_of(&self, hash: u64) -> usize {
        const PIECE_BITS: u32 = PIECES.ilog2();
        let place = hash << TAG_BITS;
        let (first, shards) = self.pieces[(place >> (64 - PIECE_BITS)) as usize];
        let within = place << PIECE_BITS >> 32;
        let shard = u64::from(first) + ((u64::from(shards) * within) >> 32);
        // `shard` is below SHARDS; the mask spares a bounds check where it is used.
        (shard >> FRACTION) as usize & (SHARDS - 1)
    }
}

/// Where a shard's table lay when it was last made anew. Good for nothing but prefetching: the table
/// may have moved since.
///
/// One word, so that those of all shards stay in the nearest cache: the control bytes' address, all of
/// it, above [`SIZE_BITS`] bits with the logarithm of the number of buckets. (Addresses that a process
/// is given have 57 bits at most.)
#[derive(Default)]
pub(super) struct Whereabouts(AtomicU64);

/// Low bits of a [`Whereabouts`]: enough for the logarithm of any table's size.
const SIZE_BITS: u32 = 6;

impl Whereabouts {
    /// Notes where `table` lies now.
    pub(super) fn note(&self, table: &Table) {
        let address = table.data_end().as_ptr().addr() as u64;
        let size = u64::from(table.buckets().ilog2());
        self.0.store(address << SIZE_BITS | size, Ordering::Relaxed);
    }

    /// Where the control bytes were, and how many buckets there were.
    #[inline]
    fn noted(&self) -> (*const Slot, usize) {
        let word = self.0.load(Ordering::Relaxed);
        let control = std::ptr::without_provenance((word >> SIZE_BITS) as usize);
        (control, 1 << (word & ((1 << SIZE_BITS) - 1)))
    }

    /// Fetches the control bytes and the slots that a lookup of `hash` reads first, if the table had
    /// so many buckets at least. Whether it had.
    #[inline]
    pub(super) fn prefetch(&self, hash: u64, least: usize) -> bool {
        let (control, buckets) = self.noted();
        if buckets < least {
            return false;
        }
        let bucket = hash as usize & (buckets - 1);
        prefetch(control.wrapping_byte_add(bucket));
        // Slots lie below the control bytes, the first nearest. Most keys are among the first ones
        // that their probe finds.
        prefetch(control.wrapping_sub(bucket + 1));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_noted_where_it_is() {
        let whereabouts = Whereabouts::default();
        // Side by side, so that they begin at any multiple of what the allocator aligns to.
        let tables: Vec<Table> = (0..200).map(|n| Table::with_capacity(n % 60)).collect();
        for table in &tables {
            whereabouts.note(table);
            let (control, buckets) = whereabouts.noted();
            assert_eq!(control.addr(), table.data_end().as_ptr().addr());
            assert_eq!(buckets, table.buckets());
        }
    }

    /// Hashes at equal distances over the whole space.
    fn shares() -> Vec<u32> {
        let layout = Layout::new();
        let mut shares = vec![0; SHARDS];
        for step in 0..SHARDS << 8 {
            shares[layout.shard_of((step as u64) << (64 - TAG_BITS - 8 - SHARDS.ilog2()))] += 1;
        }
        shares
    }

    #[test]
    fn shards_fill_from_first_to_last_twice_as_wide_to_narrow() {
        let shares = shares();
        let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
        let ratio = f64::from(*most) / f64::from(*least);
        assert!((1.9..=2.1).contains(&ratio), "{least} {most}");
        assert!(*least > 150);
    }

    #[test]
    fn at_any_number_of_keys_the_same_share_of_tables_has_doubled() {
        let shares = shares();
        let mean = f64::from(1 << 8);
        // Tables with more than `full` entries at `keys` per shard on average have doubled.
        let doubled = |keys: f64, full: f64| {
            shares.iter().filter(|&&share| f64::from(share) / mean * keys > full).count()
        };
        for tenth in 0..10 {
            let keys = 448.0 * 2f64.powf(f64::from(tenth) / 10.0);
            // Each table has doubled past 448 entries; so many more have doubled once more.
            let steps = [224.0, 448.0, 896.0, 1792.0].map(|full| doubled(keys, full));
            let doublings: usize = steps.iter().sum();
            let expected = SHARDS as f64 * (f64::from(tenth) / 10.0 + 1.5);
            assert!((doublings as f64 - expected).abs() < 0.1 * SHARDS as f64, "{doublings}");
        }
    }
}
