//! The store's journal: the log while there is one, which a setting may end and begin at any time.

use std::sync::Arc;
use std::task::{Context, Poll};

use kv_store::Journal;
use parking_lot::RwLock;

use crate::{Log, LogError};

/// The log, while there is one.
#[derive(Default)]
pub(super) struct Switch(RwLock<Option<Arc<Log>>>);

impl Switch {
    /// The log.
    pub(super) fn log(&self) -> Option<Arc<Log>> {
        self.0.read().clone()
    }

    /// From now on this is the log.
    pub(super) fn begin(&self, log: Log) -> Arc<Log> {
        let log = Arc::new(log);
        *self.0.write() = Some(log.clone());
        log
    }

    /// Ends the log, if there is one, when all of it is on the disk.
    pub(super) fn close(&self) -> Result<(), LogError> {
        // Whoever waits for something to be kept finds it there until it is.
        let Some(log) = self.log() else { return Ok(()) };
        let closed = log.close();
        *self.0.write() = None;
        closed
    }
}

impl Journal for Switch {
    fn append(&self, entries: &[u8]) {
        if let Some(log) = &*self.0.read() {
            log.append(entries);
        }
    }

    fn barrier(&self) -> Option<u64> {
        self.0.read().as_ref().and_then(|log| log.barrier())
    }

    fn poll_kept(&self, position: u64, context: &mut Context<'_>) -> Poll<()> {
        match &*self.0.read() {
            Some(log) => log.poll_kept(position, context),
            None => Poll::Ready(()),
        }
    }

    fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        match &*self.0.read() {
            Some(log) => log.poll_room(context),
            None => Poll::Ready(()),
        }
    }
}
