//! A store kept on given disks, where all that threads would do is done when it is told to: for tests.

use std::sync::Arc;
use std::time::Duration;

use kv_store::{Clock, Journal, ManualClock, Store};
use parking_lot::Mutex;

use super::{Persistence, Shared};
use crate::disk::Disk;
use crate::log::{HandWriter, Status};
use crate::rewrite::Installing;
use crate::{Log, LogError, RewriteError};

/// After so many seconds in which a manifest could not be written a rewrite is given up.
const PATIENCE_S: usize = 4;

/// What stands in for the threads.
pub(super) struct Hand {
    clock: Arc<ManualClock>,
    writer: Mutex<Option<HandWriter>>,
    /// The generation of the settings that were heeded last.
    pub(super) generation: Mutex<u64>,
}

impl Hand {
    pub(super) fn begin(&self, (log, writer): (Log, HandWriter)) -> Log {
        *self.writer.lock() = Some(writer);
        log
    }

    fn settle(&self) {
        if let Some(writer) = &mut *self.writer.lock() {
            writer.settle();
        }
    }

    /// The second half of a rewrite, while the log's writer is moved.
    pub(super) fn finish(&self, installing: Installing<'_>) -> Result<u64, RewriteError> {
        self.settle();
        for _ in 0..PATIENCE_S {
            if installing.is_answered() {
                return installing.finish();
            }
            self.clock.wind(Duration::from_secs(1));
            self.settle();
        }
        if installing.is_answered() {
            return installing.finish();
        }
        Err(LogError::NotKept("the manifest could not be written".to_owned()).into())
    }

    /// Has the writer work while `close`, which waits for it, closes the log.
    pub(super) fn close(
        &self,
        close: impl FnOnce() -> Result<(), LogError> + Send,
    ) -> Result<(), LogError> {
        let Some(mut writer) = self.writer.lock().take() else { return close() };
        std::thread::scope(|scope| {
            let closing = scope.spawn(close);
            while writer.turn() {
                std::thread::yield_now();
            }
            closing.join().unwrap_or(Err(LogError::Closed))
        })
    }
}

impl Persistence {
    /// Like [`open`](Persistence::open) on given disks, without a lock.
    #[doc(hidden)]
    pub fn on_disks(
        store: &Arc<Store>,
        clock: Arc<dyn Clock>,
        dir: Arc<dyn Disk>,
        log_dir: Arc<dyn Disk>,
    ) -> Persistence {
        Persistence::with(Shared::new(store, clock, dir, log_dir, None), None)
    }

    /// Like [`on_disks`](Persistence::on_disks), without threads: what they would do is done by
    /// [`step`](Persistence::step) and [`settle`](Persistence::settle).
    #[doc(hidden)]
    pub fn by_hand(
        store: &Arc<Store>,
        clock: &Arc<ManualClock>,
        dir: Arc<dyn Disk>,
        log_dir: Arc<dyn Disk>,
    ) -> Persistence {
        let hand = Hand {
            clock: clock.clone(),
            writer: Mutex::new(None),
            generation: Mutex::new(store.settings().generation()),
        };
        let clock: Arc<dyn Clock> = clock.clone();
        Persistence::with(Shared::new(store, clock, dir, log_dir, Some(hand)), None)
    }

    /// Does what the thread of snapshots does about ten times a second: one piece of work that waits, then what
    /// settings, rules and the log's health ask for.
    #[doc(hidden)]
    pub fn step(&self) {
        let Some(hand) = &self.shared.hand else { return };
        let work = self.shared.chores.waiting();
        self.shared.work(work, &mut hand.generation.lock());
    }

    /// Lets the log's writer do all that it can do at this time.
    #[doc(hidden)]
    pub fn settle(&self) {
        if let Some(hand) = &self.shared.hand {
            hand.settle();
        }
    }

    /// How the log fares, if there is one.
    #[doc(hidden)]
    pub fn log_status(&self) -> Option<Status> {
        self.shared.journal.log().map(|log| log.status())
    }

    /// What the store tells of its changes.
    #[doc(hidden)]
    pub fn journal(&self) -> Arc<dyn Journal> {
        self.shared.journal.clone()
    }
}
