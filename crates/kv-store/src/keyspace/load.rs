//! Records that come from a snapshot: there is no command, so no view and no event.

use kv_types::Record;
use kv_types::cache::prefetch;

use super::{Keyspace, SHARDS};

/// A record on its way to its table.
pub(crate) struct Arriving {
    record: Record,
    db: usize,
    hash: u64,
    shard: usize,
}

impl Keyspace {
    /// Has the processor fetch what leads to the place of `record` in database `db`, where
    /// [`arrive`](Keyspace::arrive) will put it: best when others are got ready meanwhile.
    pub(crate) fn arriving(&self, db: usize, record: Record) -> Arriving {
        let database = self.database(db);
        let hash = self.hash(record.key());
        let shard = self.layout.shard_of(hash);
        database.whereabouts(shard).prefetch(hash, 0);
        prefetch(database.shard(shard));
        Arriving { record, db, hash, shard }
    }

    /// Adds a record to its database, unless its key is there; whether it was added.
    pub(crate) fn arrive(&self, arriving: Arriving) -> bool {
        let Arriving { record, db, hash, shard } = arriving;
        let database = self.database(db);
        let mut table = database.shard(shard).write();
        let is_new = table.get(hash, |(other, _)| other.matches(record.key())).is_none();
        if is_new {
            database.insert(shard, &mut table, hash, record);
        }
        is_new
    }

    /// Makes room for `keys` keys in all in database `db`, so that its tables need not grow on the way.
    pub(crate) fn reserve(&self, db: usize, keys: u64) {
        let database = self.database(db);
        for shard in 0..SHARDS {
            let share = (keys as f64 * share(shard)) as usize;
            let mut table = database.shard(shard).write();
            let before = table.buckets();
            let more = share.saturating_sub(table.len());
            table.reserve(more, |(record, _)| database.hash(record.key()));
            if table.buckets() != before {
                database.resized(shard, before, &table);
            }
        }
    }
}

/// The part of all keys that live in a shard: see [`Layout`](super::layout::Layout).
fn share(shard: usize) -> f64 {
    let bound = |shard: usize| (shard as f64 / SHARDS as f64).exp2();
    bound(shard + 1) - bound(shard)
}
