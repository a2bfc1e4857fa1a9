//! When the writer writes and when it syncs.
//!
//! To be woken and to write cost more than to append, so it is worth while to wait until more has come:
//!
//! - With `everysec` and `no` nobody waits for the writer. It writes once in some milliseconds.
//! - With `always` a sync is what takes time. Clients whose replies a sync has set free come back with their
//!   next requests one after the other; if the first of them were synced at once, all others would wait for
//!   the sync after that. So the writer waits for as many as there were of late, but no longer than a small
//!   part of the time that a sync takes.

use std::time::Duration;

use super::super::Policy;
use super::super::queue::{CHUNK_BYTES, Enough};

/// How long frames gather while nobody waits for them.
const GATHER: Duration = Duration::from_millis(5);

/// The part of a sync's time that is spent waiting for others to share the next one, and its limits.
const SHARE_OF_SYNC: u64 = 8;
const SHARE_US: std::ops::RangeInclusive<u64> = 50..=1000;

/// How often `everysec` syncs.
const SYNC_EVERY_US: u64 = 1_000_000;

/// Decides on times.
pub(super) struct Pace {
    synced_at: u64,
    /// How long the last sync took, in microseconds.
    sync_took: u64,
    /// How many frames the last turns took that took any.
    last: usize,
    before: usize,
    /// Whether there was a wait since the last frames were taken.
    lingered: bool,
}

/// A wait for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Linger {
    pub(super) enough: Enough,
    pub(super) time: Duration,
}

const GATHERING: Linger =
    Linger { enough: Enough { bytes: CHUNK_BYTES, frames: usize::MAX }, time: GATHER };

impl Pace {
    pub(super) fn new(now: u64) -> Pace {
        Pace { synced_at: now, sync_took: 0, last: 0, before: 0, lingered: false }
    }

    /// The wait, if there should be one before `frames` are taken. There is one at most.
    pub(super) fn linger(&mut self, policy: Policy, frames: usize) -> Option<Linger> {
        if frames == 0 || self.lingered {
            return None;
        }
        let linger = match policy {
            Policy::Always => self.sharing(frames)?,
            Policy::EverySec | Policy::No => GATHERING,
        };
        self.lingered = true;
        Some(linger)
    }

    fn sharing(&self, frames: usize) -> Option<Linger> {
        let time = (self.sync_took / SHARE_OF_SYNC).min(*SHARE_US.end());
        let crowd = self.last.max(self.before);
        (frames < crowd && time >= *SHARE_US.start()).then(|| Linger {
            enough: Enough { bytes: CHUNK_BYTES, frames: crowd },
            time: Duration::from_micros(time),
        })
    }

    /// Frames were taken.
    pub(super) fn took(&mut self, frames: usize) {
        self.lingered = false;
        if frames > 0 {
            self.before = self.last;
            self.last = frames;
        }
    }

    /// The wait after a turn, if frames are to gather first: so that under a steady load no append has to
    /// wake the writer.
    pub(super) fn after(&mut self, policy: Policy, productive: bool) -> Option<Linger> {
        self.lingered = productive && policy != Policy::Always;
        self.lingered.then_some(GATHERING)
    }

    /// The time until what is not synced should be.
    pub(super) fn sync_in(&self, policy: Policy, now: u64) -> Option<Duration> {
        match policy {
            Policy::No => None,
            Policy::Always => Some(Duration::ZERO),
            Policy::EverySec => {
                // A clock that was put back must not put syncs off.
                let since = now.checked_sub(self.synced_at).unwrap_or(SYNC_EVERY_US);
                Some(Duration::from_micros(SYNC_EVERY_US.saturating_sub(since)))
            }
        }
    }

    /// A sync was tried, and took this many microseconds.
    pub(super) fn synced(&mut self, now: u64, took: u64) {
        self.synced_at = now;
        self.sync_took = took;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_always_a_crowd_shares_a_sync() {
        let mut pace = Pace::new(0);
        pace.took(50);
        pace.synced(4000, 4000);
        assert_eq!(pace.after(Policy::Always, true), None);
        let linger = pace.linger(Policy::Always, 1).unwrap();
        assert_eq!(linger.time, Duration::from_micros(500));
        assert_eq!(linger.enough.frames, 50);
        assert_eq!(pace.linger(Policy::Always, 2), None, "one wait is enough");
        pace.took(2);
        assert!(pace.linger(Policy::Always, 1).is_some(), "the others may come back");
        pace.took(1);
        assert_eq!(pace.linger(Policy::Always, 2), None, "they did not");
    }

    #[test]
    fn with_always_a_fast_disk_is_not_waited_for() {
        let mut pace = Pace::new(0);
        pace.took(50);
        pace.synced(100, 100);
        assert_eq!(pace.linger(Policy::Always, 1), None);
    }

    #[test]
    fn with_everysec_frames_gather_and_a_sync_comes_each_second() {
        let mut pace = Pace::new(0);
        assert_eq!(pace.linger(Policy::EverySec, 1), Some(GATHERING));
        assert_eq!(pace.linger(Policy::EverySec, 1), None);
        pace.took(1);
        assert_eq!(pace.after(Policy::EverySec, true), Some(GATHERING));
        assert_eq!(pace.linger(Policy::EverySec, 0), None);
        let micros = |micros| Some(Duration::from_micros(micros));
        assert_eq!(pace.sync_in(Policy::EverySec, 999_999), micros(1));
        assert_eq!(pace.sync_in(Policy::EverySec, 1_000_000), micros(0));
        pace.synced(5_000_000, 1);
        assert_eq!(pace.sync_in(Policy::EverySec, 4_000_000), micros(0), "the clock was put back");
        assert_eq!(pace.sync_in(Policy::No, 9_000_000), None);
    }
}
