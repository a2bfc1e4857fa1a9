//! What all threads share: a lock and spans for each class, and the pool they draw spans from.
//!
//! Order of locks: a class's, then the pool's. Memory is asked of the system under neither, and given back under a
//! class's at most.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::central::Central;
use super::class::{self, CLASSES};
use super::pool::Pool;
use super::span::Batch;

/// Locks of different classes do not share a cache line.
#[repr(align(64))]
struct Class(Mutex<Central>);

/// A slab. The process has one; tests make their own.
pub(super) struct Heap {
    classes: [Class; CLASSES],
    pool: Pool,
}

/// How much memory the slab holds, in bytes; each figure includes the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Chunks taken from the system. Pages never touched count here, and are not
    /// resident.
    pub reserved: usize,
    /// Spans that belong to a size class.
    pub spans: usize,
    /// Objects in use, or cached by a thread for its next allocations.
    pub live: usize,
}

/// The lock's data. A panic under a lock can only be a failed assertion of a debug build.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Heap {
    pub(super) const fn new() -> Heap {
        Heap { classes: [const { Class(Mutex::new(Central::new())) }; CLASSES], pool: Pool::new() }
    }

    /// `want` free objects of `class`, a batch at most, or fewer; none if memory has run out.
    pub(super) fn take(&self, class: usize, want: u32) -> Batch {
        let mut fresh = None;
        loop {
            let batch = lock(&self.classes[class].0).take(class, want, &mut fresh);
            if batch.len > 0 {
                if let Some(span) = fresh {
                    // SAFETY: the span came from there, and the class has not taken it.
                    unsafe { self.pool.give(span) };
                }
                return batch;
            }
            // Without the class's lock, as that may take the system milliseconds.
            fresh = self.pool.take(class);
            if fresh.is_none() {
                return batch;
            }
        }
    }

    /// Takes objects back.
    ///
    /// # Safety
    /// The objects are of this heap and class, free, and handed over.
    pub(super) unsafe fn give(&self, class: usize, batch: Batch) {
        // SAFETY: the caller's promise.
        unsafe { lock(&self.classes[class].0).give(class, batch, &self.pool) }
    }

    /// Changes when threads should give their caches back.
    pub(super) fn generation(&self) -> u32 {
        self.pool.generation()
    }

    /// Asks all threads to give their caches back.
    pub(super) fn begin_generation(&self) {
        self.pool.begin_generation();
    }

    /// Gives back what is kept for the next demand, idle chunks to the system.
    pub(super) fn trim(&self) {
        for (class, central) in self.classes.iter().enumerate() {
            lock(&central.0).trim(class, &self.pool);
        }
        self.pool.trim();
    }

    /// How many bytes of `class` are outside.
    pub(super) fn live(&self, class: usize) -> usize {
        lock(&self.classes[class].0).live * class::size(class)
    }

    pub(super) fn stats(&self) -> Stats {
        let live = (0..CLASSES).map(|class| self.live(class)).sum();
        let (reserved, spans) = self.pool.bytes();
        Stats { reserved, spans, live }
    }
}
