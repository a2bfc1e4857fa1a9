//! The counts that `INFO` prints and `CONFIG RESETSTAT` zeroes.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crossbeam_utils::CachePadded;

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What is counted since the start, or since the last `CONFIG RESETSTAT`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum Count { $($(#[$doc])* $name,)* }

        const COUNTS: usize = [$(Count::$name),*].len();
    };
}

counts! {
    /// Sessions begun.
    Connections,
    /// Connections turned away because there were `maxclients` already.
    Rejected,
    /// Commands run.
    Commands,
    /// Commands that answered an error.
    Errors,
    /// Reads that found their key.
    Hits,
    /// Reads that did not.
    Misses,
    /// Changes of keys.
    Changes,
    /// Keys removed because their time was over.
    Expired,
    /// Bytes read from clients.
    NetInput,
    /// Bytes written to clients.
    NetOutput,
    /// Clients cut because they did not read their replies.
    OutputCut,
}

/// Threads that count without disturbing each other, and one stripe for all that come after them.
const STRIPES: usize = 64;

type Counts = [AtomicU64; COUNTS];

/// The counts of a store. Each thread adds to a stripe of its own; a reader sums them up.
#[derive(Debug)]
pub struct Stats {
    stripes: Box<[CachePadded<Counts>]>,
    /// What the sums were at the last reset. The stripes are their threads' alone to write.
    base: Counts,
}

/// Gives each thread the next stripe.
static NEXT_STRIPE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static STRIPE: usize = NEXT_STRIPE.fetch_add(1, Ordering::Relaxed).min(STRIPES - 1);
}

impl Default for Stats {
    fn default() -> Stats {
        let stripes = (0..STRIPES).map(|_| CachePadded::default()).collect();
        Stats { stripes, base: Counts::default() }
    }
}

impl Stats {
    /// Adds to a count.
    pub fn add(&self, count: Count, more: u64) {
        let stripe = STRIPE.with(|stripe| *stripe);
        add(&self.stripes[stripe][count as usize], more, stripe);
    }

    /// A count.
    pub fn get(&self, count: Count) -> u64 {
        let base = self.base[count as usize].load(Ordering::Relaxed);
        // Read while others reset, the sum may be of before that.
        (self.sum(count as usize).wrapping_sub(base) as i64).max(0) as u64
    }

    /// A count since the start, whatever was reset.
    pub fn total(&self, count: Count) -> u64 {
        self.sum(count as usize)
    }

    fn sum(&self, count: usize) -> u64 {
        let counts = self.stripes.iter().map(|stripe| stripe[count].load(Ordering::Relaxed));
        counts.fold(0, u64::wrapping_add)
    }

    /// Sets every count to zero.
    pub fn reset(&self) {
        for (count, base) in self.base.iter().enumerate() {
            base.store(self.sum(count), Ordering::Relaxed);
        }
    }
}

/// Adds to a total of this thread's stripe. Nobody else writes it, so it needs no read-modify-write;
/// but the last stripe may be several threads'.
#[inline]
fn add(total: &AtomicU64, more: u64, stripe: usize) {
    if stripe < STRIPES - 1 {
        total.store(total.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
    } else {
        total.fetch_add(more, Ordering::Relaxed);
    }
}

/// Counts of one session, added to the store's once per batch of requests.
#[derive(Debug, Default)]
pub(crate) struct LocalStats {
    counts: [u64; COUNTS],
}

impl LocalStats {
    #[inline]
    pub(crate) fn add(&mut self, count: Count, more: u64) {
        self.counts[count as usize] += more;
    }

    #[inline]
    pub(crate) fn get(&self, count: Count) -> u64 {
        self.counts[count as usize]
    }

    /// Adds these counts to the store's, and starts again at zero.
    pub(crate) fn flush(&mut self, stats: &Stats) {
        let stripe = STRIPE.with(|stripe| *stripe);
        for (total, local) in stats.stripes[stripe].iter().zip(&mut self.counts) {
            if *local > 0 {
                add(total, std::mem::take(local), stripe);
            }
        }
    }

    /// Forgets these counts.
    pub(crate) fn clear(&mut self) {
        *self = LocalStats::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_add_up() {
        let stats = Stats::default();
        std::thread::scope(|scope| {
            for _ in 0..STRIPES + 3 {
                scope.spawn(|| {
                    let mut local = LocalStats::default();
                    local.add(Count::Hits, 5);
                    local.flush(&stats);
                    local.flush(&stats);
                    stats.add(Count::Hits, 1);
                });
            }
        });
        assert_eq!(stats.get(Count::Hits), 6 * (STRIPES as u64 + 3));
        assert_eq!(stats.get(Count::Misses), 0);
        stats.reset();
        assert_eq!(stats.get(Count::Hits), 0);
    }
}
