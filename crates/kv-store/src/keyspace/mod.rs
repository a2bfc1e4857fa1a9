//! The keyspace: databases of records on DashMap's shards, and the one place that locks them.
//!
//! ```text
//! Keyspace ── Database (one per SELECT number, made on first use but for 0)
//!                └── DashMap: SHARDS tables of records, each under its own read-write lock
//! request ── plan ── View: the locks of exactly the shards of its keys, taken in ascending order
//! ```
//!
//! - [`view`]: what a command sees: lookups under the locks it holds.
//! - [`plan`]: which locks those are, and what is fetched before they are needed.
//! - [`edit`]: changes of records.
//! - [`layout`]: which shard a key lives in.
//! - [`database`]: the tables, and the counts kept beside them.
//! - [`load`]: records that come from a snapshot.
//! - [`scan`]: walks that stay valid while tables grow and shrink.
//! - [`trash`]: what was removed and is not freed yet.
//! - [`snapshot`]: all keys as they were at an instant.
//! - [`sweep`]: removal of keys whose time is over.
//!
//! This module alone names `dashmap`; `unsafe` is allowed here for the raw tables.

mod database;
mod edit;
mod layout;
mod load;
mod lock;
mod plan;
mod scan;
mod snapshot;
mod sweep;
mod trash;
mod view;

use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use database::Database;
pub(crate) use database::Totals;
use layout::Layout;
pub(crate) use load::Arriving;
pub(crate) use plan::{Hashed, PlannedKeys};
pub(crate) use snapshot::Reading;
pub(crate) use sweep::SweepPosition;
use trash::Trash;
pub use view::{Deadline, Key};
pub(crate) use view::{Scratch, View};

use crate::journal;

/// Tables per database. A table that grows moves all its entries under its lock, so the number of
/// entries per table bounds that pause: 10 million keys are 2,441 entries each.
pub const SHARDS: usize = 4096;

/// All databases of a store.
pub(crate) struct Keyspace {
    databases: Box<[OnceLock<Database>]>,
    layout: Layout,
    pub(crate) trash: Trash,
    hasher: ahash::RandomState,
    pub(crate) journal: journal::Slot,
    /// Whether a snapshot is being read. Set while all is locked.
    is_saving: AtomicBool,
}

impl Keyspace {
    /// `databases` empty databases, at least one, whose keys are hashed under `seed`.
    ///
    /// The seed keeps clients from choosing keys that collide, so it must not be guessable.
    pub(crate) fn new(databases: usize, seed: [u64; 4]) -> Keyspace {
        let [a, b, c, d] = seed;
        let keyspace = Keyspace {
            databases: (0..databases).map(|_| OnceLock::new()).collect(),
            layout: Layout::new(),
            trash: Trash::default(),
            hasher: ahash::RandomState::with_seeds(a, b, c, d),
            journal: journal::Slot::default(),
            is_saving: AtomicBool::new(false),
        };
        // The one that everybody uses does not have its first user wait.
        keyspace.database(0);
        keyspace
    }

    /// How many databases there are.
    pub(crate) fn len(&self) -> usize {
        self.databases.len()
    }

    /// A database; it takes memory from its first use on.
    #[inline]
    fn database(&self, db: usize) -> &Database {
        self.databases[db].get_or_init(|| Database::new(self.hasher.clone()))
    }

    /// Whether what is changed must be kept for a snapshot. Whoever changes something asks under the lock of
    /// its shard.
    #[inline]
    fn is_saving(&self) -> bool {
        self.is_saving.load(Ordering::Relaxed)
    }

    /// The databases that were ever used.
    fn used(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).filter(|&db| self.databases[db].get().is_some())
    }

    /// The counts of a database, without any lock; zeros for one that was never used.
    pub(crate) fn totals(&self, db: usize) -> Totals {
        self.databases[db].get().map(Database::totals).unwrap_or_default()
    }

    /// The hash of a key, the same in every database.
    #[inline]
    pub(crate) fn hash(&self, key: &[u8]) -> u64 {
        hash(&self.hasher, key)
    }
}

/// A key's hash. Not `hash_one`: that would mix in the length a second time.
#[inline]
fn hash(hasher: &ahash::RandomState, key: &[u8]) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write(key);
    hasher.finish()
}
