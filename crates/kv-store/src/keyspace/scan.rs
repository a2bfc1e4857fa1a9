//! Walks over a database: `SCAN`, `KEYS`, `RANDOMKEY`.
//!
//! # The cursor
//!
//! ```text
//! cursor (64 bits) = home bucket, counted in reverse binary │ shard (12 bits)
//! ```
//!
//! A walk goes shard by shard, and within a shard from home bucket to home bucket. A record's *home*
//! is the low bits of its hash, as many as the table has; where it lies is the first free bucket on
//! the probe sequence that starts there. Homes are counted in reverse binary, as Redis counts its
//! hash table's buckets: when a table doubles, home `h` splits into `h` and `h + size`, and the
//! homes already walked split into homes already walked. So what is there from the start of a walk
//! to its end is returned, and a cursor is valid whatever happens between two calls.
//!
//! To list one home, this module follows the probe sequence over the table's control bytes until it
//! has seen an empty one, exactly as a lookup does, and keeps the records whose home it is. That
//! leans on hashbrown's layout, hence the exact version pin in the workspace and the test below.

#![expect(unsafe_code, reason = "reads the raw table's buckets and control bytes")]

use std::ops::Range;

use fastrand::Rng;
use kv_types::Record;

use super::SHARDS;
use super::database::Table;
use super::view::View;

/// Buckets that hashbrown probes at a time.
const GROUP: usize =
    if cfg!(all(target_arch = "x86_64", target_feature = "sse2", not(miri))) { 16 } else { 8 };

// On 32 bits hashbrown probes other groups than those told apart above.
const _: () = assert!(usize::BITS == 64, "SCAN knows hashbrown's layout on 64-bit targets only");

/// Control byte of a bucket that was never used since the last rehash: a probe ends here.
const EMPTY: u8 = 0xFF;
/// Bit that is clear in the control byte of a full bucket.
const NOT_FULL: u8 = 0x80;

/// Homes visited per key asked for, so that a sparse table ends the call, not the walk.
const HOMES_PER_KEY: u64 = 10;

/// Bits of the cursor that name the shard.
const SHARD_BITS: u32 = SHARDS.ilog2();

/// Random buckets tried before a random key is sought one after the other.
const RANDOM_TRIES: usize = 64;

impl View<'_> {
    /// Shows `visit` about `count` live records of database `db` from `cursor` on; 0 starts a walk.
    /// Returns the cursor to go on with; 0 when the walk is over.
    pub(crate) fn scan(
        &self,
        db: usize,
        cursor: u64,
        count: u64,
        mut visit: impl FnMut(&Record),
    ) -> u64 {
        let mut shard = cursor as usize % SHARDS;
        let mut home = cursor >> SHARD_BITS;
        let mut seen = 0;
        let mut homes = count.saturating_mul(HOMES_PER_KEY);
        while shard < SHARDS {
            let next = self.with_shard(db, shard, |table| {
                loop {
                    if table.is_empty() {
                        return 0;
                    }
                    self.visit_home(table, home as usize, |record| {
                        seen += 1;
                        visit(record);
                    });
                    home = next_home(home, table.buckets() as u64 - 1);
                    homes = homes.saturating_sub(1);
                    if home == 0 || seen >= count || homes == 0 {
                        return home;
                    }
                }
            });
            if next != 0 {
                return next << SHARD_BITS | shard as u64;
            }
            (shard, home) = (shard + 1, 0);
            if shard < SHARDS && (seen >= count || homes == 0) {
                return shard as u64;
            }
        }
        0
    }

    /// Shows `visit` every live record whose home bucket is `home` in `table`.
    fn visit_home(&self, table: &Table, home: usize, mut visit: impl FnMut(&Record)) {
        let mask = table.buckets() - 1;
        let home = home & mask;
        let mut start = home;
        let mut stride = 0;
        loop {
            let mut end_of_probe = false;
            for bucket in (start..start + GROUP.min(mask + 1)).map(|bucket| bucket & mask) {
                // SAFETY: `data_end` is where the control bytes begin, one per bucket, and `bucket`
                // is below their number.
                let control = unsafe { *table.data_end().as_ptr().cast::<u8>().add(bucket) };
                end_of_probe |= control == EMPTY;
                if control & NOT_FULL == 0 {
                    // SAFETY: the control byte says that the bucket is full, and the table is
                    // borrowed as long as the record.
                    let (record, _) = unsafe { table.bucket(bucket).as_ref() };
                    if self.hash(record.key()) as usize & mask == home && self.is_live(record) {
                        visit(record);
                    }
                }
            }
            stride += GROUP;
            if end_of_probe || stride > mask {
                return;
            }
            start = (start + stride) & mask;
        }
    }

    /// Shows `visit` every live record in these shards of database `db`, one shard at an instant.
    pub(crate) fn walk(&self, db: usize, shards: Range<usize>, mut visit: impl FnMut(&Record)) {
        for shard in shards {
            self.with_shard(db, shard, |table| {
                records(table).filter(|record| self.is_live(record)).for_each(&mut visit);
            });
        }
    }

    /// The key of some live record of database `db`, by the choice of `rng`.
    pub(crate) fn random_key(&self, db: usize, rng: &mut Rng) -> Option<Vec<u8>> {
        for _ in 0..RANDOM_TRIES {
            let (shard, choice) = (rng.usize(..SHARDS), rng.usize(..));
            let key = self.with_shard(db, shard, |table| self.pick(table, choice, 1));
            if key.is_some() {
                return key;
            }
        }
        let (first, choice) = (rng.usize(..SHARDS), rng.usize(..));
        (first..first + SHARDS).find_map(|shard| {
            self.with_shard(db, shard % SHARDS, |table| self.pick(table, choice, table.buckets()))
        })
    }

    /// The key of the first live record among `tries` buckets, starting at `choice`.
    fn pick(&self, table: &Table, choice: usize, tries: usize) -> Option<Vec<u8>> {
        if table.is_empty() {
            return None;
        }
        (0..tries).find_map(|ahead| {
            let bucket = choice.wrapping_add(ahead) & (table.buckets() - 1);
            // SAFETY: the index is below the number of buckets, and a full bucket holds a record
            // that the borrow of the table keeps alive.
            let (record, _) = unsafe {
                if !table.is_bucket_full(bucket) {
                    return None;
                }
                table.bucket(bucket).as_ref()
            };
            self.is_live(record).then(|| record.key().to_vec())
        })
    }
}

/// All records of a table, live or not.
pub(super) fn records(table: &Table) -> impl Iterator<Item = &Record> {
    // SAFETY: the iterator borrows the table, which therefore neither changes nor goes away, and it
    // yields full buckets.
    unsafe { table.iter().map(|bucket| &bucket.as_ref().0) }
}

/// The home after `home` in reverse binary order under `mask`; 0 after the last one.
fn next_home(home: u64, mask: u64) -> u64 {
    (home | !mask).reverse_bits().wrapping_add(1).reverse_bits()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Keyspace;
    use super::super::view::{Deadline, Key, Scratch, View};
    use super::*;
    use crate::command::Access;
    use crate::event::Event;
    use kv_types::Kind;

    fn lock<'k>(view: &mut View<'_>, keyspace: &Keyspace, key: &'k [u8]) -> Key<'k> {
        let mut keys = [Some(keyspace.hashed(key, 0, Access::Write))];
        view.lock_together(0, &mut keys);
        keys[0].expect("one").as_keys()[0]
    }

    fn put(keyspace: &Keyspace, key: &[u8]) {
        let mut scratch = Scratch::default();
        let mut view = View::new(keyspace, &mut scratch, 0, false);
        let key = lock(&mut view, keyspace, key);
        view.put(key, Kind::String, b"", Deadline::Clear, Event::SET).expect("exclusive");
    }

    fn remove(keyspace: &Keyspace, key: &[u8]) {
        let mut scratch = Scratch::default();
        let mut view = View::new(keyspace, &mut scratch, 0, false);
        let key = lock(&mut view, keyspace, key);
        view.remove(key, Event::DEL).expect("exclusive");
    }

    #[test]
    fn homes_in_reverse_binary_order_visit_each_once() {
        let mut home = 0;
        let mut order = vec![];
        loop {
            order.push(home);
            home = next_home(home, 7);
            if home == 0 {
                break;
            }
        }
        assert_eq!(order, [0, 4, 2, 6, 1, 5, 3, 7]);
    }

    #[test]
    fn a_walk_of_homes_finds_what_an_iteration_finds() {
        // Removals leave tombstones, so that probes run past their first group.
        let keyspace = Keyspace::new(1, [1, 2, 3, 4]);
        let names: Vec<_> = (0..120_000).map(|n: u32| n.to_string()).collect();
        names.iter().for_each(|name| put(&keyspace, name.as_bytes()));
        names.iter().step_by(3).for_each(|name| remove(&keyspace, name.as_bytes()));
        names.iter().step_by(5).for_each(|name| put(&keyspace, name.as_bytes()));
        let mut scratch = Scratch::default();
        let view = View::new(&keyspace, &mut scratch, 0, false);
        let mut walked = vec![];
        view.walk(0, 0..SHARDS, |record| walked.push(record.key().to_vec()));
        let mut scanned = vec![];
        assert_eq!(view.scan(0, 0, u64::MAX, |record| scanned.push(record.key().to_vec())), 0);
        walked.sort();
        scanned.sort();
        assert_eq!(walked.len(), 88_000);
        assert!(walked == scanned);
    }

    #[test]
    fn what_is_there_throughout_is_returned_while_others_come_and_go() {
        let keyspace = Keyspace::new(1, [5, 6, 7, 8]);
        let stays: BTreeSet<Vec<u8>> =
            (0..20_000).map(|n| format!("stay{n}").into_bytes()).collect();
        stays.iter().for_each(|key| put(&keyspace, key));
        let mut seen = BTreeSet::new();
        let (mut cursor, mut round) = (0, 0);
        loop {
            let mut scratch = Scratch::default();
            let view = View::new(&keyspace, &mut scratch, 0, false);
            cursor = view.scan(0, cursor, 50, |record| {
                seen.insert(record.key().to_vec());
            });
            drop(view);
            if cursor == 0 {
                break;
            }
            for n in 0..400 {
                let key = format!("guest{}-{n}", round / 2);
                if round % 2 == 0 {
                    put(&keyspace, key.as_bytes())
                } else {
                    remove(&keyspace, key.as_bytes())
                }
            }
            round += 1;
        }
        assert!(round > 100);
        assert!(stays.is_subset(&seen));
    }

    #[test]
    fn a_few_keys_come_in_one_call() {
        let keyspace = Keyspace::new(1, [1, 2, 3, 4]);
        for n in 0..8 {
            put(&keyspace, &[n]);
        }
        let mut scratch = Scratch::default();
        let view = View::new(&keyspace, &mut scratch, 0, false);
        let mut seen = 0;
        assert_eq!(view.scan(0, 0, 10, |_| seen += 1), 0);
        assert_eq!(seen, 8);
    }
}
