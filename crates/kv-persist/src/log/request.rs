//! What other threads ask of the writer, and its answers.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::LogError;
use super::manifest::Manifest;

/// A task for the writer.
pub(crate) enum Request {
    /// Write and sync all that was appended.
    Flush(Option<Answer<()>>),
    /// The base of this number is on the disk: make it and the segments from that number on the history.
    /// The answer is the new manifest.
    Install(u64, Answer<Manifest>),
    /// Flush, seal the segment, and end.
    Close(Answer<()>),
}

/// Where an answer is put, once, and waited for.
pub(crate) struct Answer<T>(Arc<Slot<T>>);

struct Slot<T> {
    answer: Mutex<Option<Result<T, LogError>>>,
    given: Condvar,
}

impl<T> Answer<T> {
    /// Two ends of one answer: to give it, and to wait for it.
    pub(crate) fn pair() -> (Answer<T>, Awaited<T>) {
        let slot = Arc::new(Slot { answer: Mutex::new(None), given: Condvar::new() });
        (Answer(Arc::clone(&slot)), Awaited(slot))
    }

    /// Gives the answer.
    pub(crate) fn give(self, answer: Result<T, LogError>) {
        *self.0.answer.lock() = Some(answer);
        // Dropping wakes.
    }
}

impl<T> Drop for Answer<T> {
    /// A request that is dropped unanswered found nobody to do it.
    fn drop(&mut self) {
        self.0.answer.lock().get_or_insert(Err(LogError::Closed));
        self.0.given.notify_all();
    }
}

/// An answer that is to come.
pub(crate) struct Awaited<T>(Arc<Slot<T>>);

impl<T> Awaited<T> {
    /// Waits on this thread for the answer.
    pub(crate) fn wait(self) -> Result<T, LogError> {
        let mut answer = self.0.answer.lock();
        loop {
            if let Some(answer) = answer.take() {
                return answer;
            }
            self.0.given.wait(&mut answer);
        }
    }

    /// Whether the answer is there.
    pub(crate) fn is_given(&self) -> bool {
        self.0.answer.lock().is_some()
    }
}
