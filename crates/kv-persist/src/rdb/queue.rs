//! Batches on their way from the thread that finds them to those that work on them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Error;
use super::input::CHUNK;
use super::scan::{Batch, Failed};

/// Bytes of batches that wait or are worked on, at most; but one batch may always be, however long.
const MOST: usize = 32 * CHUNK;
/// Buffers longer than this are not kept.
const KEPT: usize = 2 * CHUNK;

/// A queue of batches that is bounded by their bytes.
///
/// ```text
/// scanner ── push ──► waiting ── pop ──► workers ── done ──► spare buffers ──► scanner
/// ```
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// There is a batch, or there will be none.
    filled: Condvar,
    /// There is room.
    emptied: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Batch>,
    /// Bytes of batches that wait or are worked on.
    bytes: usize,
    /// How many workers there are.
    workers: usize,
    is_closed: bool,
    spare: Vec<Vec<u8>>,
    /// The first error in the file that a worker has found.
    error: Option<Error>,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        // Who panics with the lock has not left anything half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a batch, as soon as there is room.
    ///
    /// # Errors
    /// If a worker has found an error, or no worker is left.
    pub(super) fn push(&self, batch: Batch) -> Result<(), Failed> {
        let mut state = self.state();
        let is_full = |state: &mut State| {
            let fits = state.bytes == 0 || state.bytes + batch.bytes.len() <= MOST;
            !fits && state.error.is_none() && state.workers > 0
        };
        let waited = self.emptied.wait_while(state, is_full);
        state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.error.is_some() || state.workers == 0 {
            return Err(Failed);
        }
        state.bytes += batch.bytes.len();
        state.waiting.push_back(batch);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Says that no batch follows.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.filled.notify_all();
    }

    /// A buffer that a batch was in.
    pub(super) fn spare(&self) -> Vec<u8> {
        self.state().spare.pop().unwrap_or_default()
    }

    /// The first error in the file, when all have ended.
    pub(super) fn take_error(&self) -> Option<Error> {
        self.state().error.take()
    }

    /// Announces a worker; all are announced before the first batch.
    pub(super) fn worker(&self) -> Worker<'_> {
        self.state().workers += 1;
        Worker { queue: self }
    }
}

/// A worker's end of a queue.
pub(super) struct Worker<'q> {
    queue: &'q Queue,
}

impl Worker<'_> {
    /// Works on batches until there are none.
    ///
    /// When an error was found, those that are further back in the file are not worked on.
    pub(super) fn run(&self, mut work: impl FnMut(&Batch) -> Result<(), Error>) {
        while let Some(batch) = self.pop() {
            let result = work(&batch);
            self.done(batch, result);
        }
    }

    fn pop(&self) -> Option<Batch> {
        let is_idle = |state: &mut State| state.waiting.is_empty() && !state.is_closed;
        let waited = self.queue.filled.wait_while(self.queue.state(), is_idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        // They come in the order of the file: whatever waits is behind an error that was found.
        if state.error.is_some() { None } else { state.waiting.pop_front() }
    }

    fn done(&self, batch: Batch, result: Result<(), Error>) {
        let mut state = self.queue.state();
        state.bytes -= batch.bytes.len();
        if batch.bytes.capacity() <= KEPT {
            state.spare.push(batch.bytes);
        }
        if let Err(error) = result
            && state.error.as_ref().is_none_or(|other| error.at < other.at)
        {
            state.error = Some(error);
        }
        drop(state);
        self.queue.emptied.notify_one();
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        // Also when it panics: nobody is to wait for it.
        self.queue.state().workers -= 1;
        self.queue.emptied.notify_one();
    }
}
