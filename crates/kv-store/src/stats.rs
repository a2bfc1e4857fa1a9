//! The counts that `INFO` prints and `CONFIG RESETSTAT` zeroes.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! stats {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counts since the start, or since the last `CONFIG RESETSTAT`.
        #[derive(Debug, Default)]
        pub struct Stats { $($(#[$doc])* pub $name: AtomicU64,)* }

        impl Stats {
            /// Sets every count to zero.
            pub fn reset(&self) { $(self.$name.store(0, Ordering::Relaxed);)* }
        }
    };
}

stats! {
    /// Sessions begun.
    connections,
    /// Connections turned away because there were `maxclients` already.
    rejected,
    /// Commands run.
    commands,
    /// Commands that answered an error.
    errors,
    /// Reads that found their key.
    hits,
    /// Reads that did not.
    misses,
    /// Changes of keys.
    changes,
    /// Keys removed because their time was over.
    expired,
    /// Bytes read from clients.
    net_input,
    /// Bytes written to clients.
    net_output,
    /// Clients cut because they did not read their replies.
    output_cut,
}

impl Stats {
    /// Adds to a count.
    pub fn add(count: &AtomicU64, more: u64) {
        if more > 0 {
            count.fetch_add(more, Ordering::Relaxed);
        }
    }
}

/// Counts of one session, added to the store's once per batch of requests: the cores would
/// otherwise pass one cache line around for every request.
#[derive(Debug, Default)]
pub(crate) struct LocalStats {
    pub(crate) commands: u64,
    pub(crate) errors: u64,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) changes: u64,
    pub(crate) expired: u64,
    pub(crate) net_input: u64,
    pub(crate) net_output: u64,
}

impl LocalStats {
    pub(crate) fn flush(&mut self, stats: &Stats) {
        Stats::add(&stats.commands, self.commands);
        Stats::add(&stats.errors, self.errors);
        Stats::add(&stats.hits, self.hits);
        Stats::add(&stats.misses, self.misses);
        Stats::add(&stats.changes, self.changes);
        Stats::add(&stats.expired, self.expired);
        Stats::add(&stats.net_input, self.net_input);
        Stats::add(&stats.net_output, self.net_output);
        *self = LocalStats::default();
    }
}
