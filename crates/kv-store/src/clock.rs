//! Where time comes from. The engine never asks the operating system: it asks the [`Clock`] it was
//! built with, so a test winds the hands itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A source of wall-clock time.
pub trait Clock: Send + Sync {
    /// Microseconds since the Unix epoch.
    fn now_us(&self) -> u64;

    /// Lets `pause` pass (`DEBUG SLEEP`).
    fn sleep(&self, pause: Duration);
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this adapter is where wall-clock time comes in")]
    fn now_us(&self) -> u64 {
        // A machine set before 1970 reads as 1970: deadlines then lie ahead, nothing is lost.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }

    #[expect(clippy::disallowed_methods, reason = "DEBUG SLEEP stops this thread on purpose")]
    fn sleep(&self, pause: Duration) {
        std::thread::sleep(pause);
    }
}

/// A clock that stands still until it is wound: for tests and simulations.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that shows `millis` milliseconds since the Unix epoch.
    pub fn at_millis(millis: u64) -> ManualClock {
        ManualClock(AtomicU64::new(millis * 1000))
    }

    /// Moves the hands forward.
    pub fn wind(&self, by: Duration) {
        self.0.fetch_add(by.as_micros() as u64, Ordering::Relaxed);
    }

    /// Moves the hands to so many microseconds since the Unix epoch; back, too, as a machine's clock may go.
    pub fn set_micros(&self, micros: u64) {
        self.0.store(micros, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now_us(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Winds instead of waiting.
    fn sleep(&self, pause: Duration) {
        self.wind(pause);
    }
}
