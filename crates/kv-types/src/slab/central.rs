//! A class's spans, and its depot.
//!
//! The depot holds whole batches, so that one thread's surplus becomes another's supply without being
//! sorted into spans. A free object in it keeps its span from emptying, so it follows the demand: a
//! batch may stay for each that was taken lately, and when more comes than goes, it drains.

use std::ptr::NonNull;

use super::class;
use super::list::Buckets;
use super::pool::Pool;
use super::span::{Batch, Free, Span};

/// How many batches, of 8 KiB at most, a class keeps in its depot.
const DEPOT: usize = 16;

/// The spans and the depot of one class.
///
/// Invariant: `roomy` has the spans of this class from which an object can be taken; those of which
/// every object is outside are in no list, and are found again when an object comes back. To its
/// span, an object in the depot is outside. The depot has `stored` whole batches.
pub(super) struct Central {
    roomy: Buckets<Span>,
    /// How many objects are in use, or cached by a thread.
    pub(super) live: usize,
    depot: [Option<NonNull<Free>>; DEPOT],
    stored: usize,
    /// How many more batches may be stored: one for each that was taken.
    credit: usize,
}

// SAFETY: a class owns its spans, which have their headers used under its lock alone.
unsafe impl Send for Central {}

impl Central {
    pub(super) const fn new() -> Central {
        Central { roomy: Buckets::new(), live: 0, depot: [None; DEPOT], stored: 0, credit: 0 }
    }

    /// `want` free objects, a batch at most; fewer while few are in use, or if the spans there are do not have
    /// so many. If they lack some, objects of the `fresh` span are taken, which is one of these then.
    ///
    /// Objects that are cut from a span are written to, and take memory from then on. Of most classes a small
    /// store needs one or two.
    pub(super) fn take(
        &mut self,
        class: usize,
        want: u32,
        fresh: &mut Option<NonNull<Span>>,
    ) -> Batch {
        let is_batch = want == class::batch(class);
        let mut batch = if is_batch { self.withdraw(class) } else { Batch::default() };
        let want = want.min(u32::try_from(self.live.max(1)).unwrap_or(want));
        while batch.len < want {
            let span = self.roomy.fullest().or_else(|| fresh.take());
            let Some(span) = span else { break };
            // SAFETY: the span is live, and this class's, whose lock the caller holds.
            unsafe {
                Span::take(span, &mut batch, want);
                match Span::bucket(span) {
                    Some(bucket) => self.roomy.place(span, bucket),
                    None => self.roomy.remove(span),
                }
            }
        }
        self.live += batch.len as usize;
        // Who finds none comes again, with a span.
        if is_batch && batch.len > 0 {
            self.credit = (self.credit + 1).min(DEPOT);
        }
        batch
    }

    /// Takes objects back.
    ///
    /// # Safety
    /// The objects are of this class, free, and handed over.
    pub(super) unsafe fn give(&mut self, class: usize, batch: Batch, pool: &Pool) {
        self.live -= batch.len as usize;
        if self.credit > 0 && self.stored < DEPOT && batch.len == class::batch(class) {
            self.credit -= 1;
            self.depot[self.stored] = batch.head;
            self.stored += 1;
            return;
        }
        let stored = self.withdraw(class);
        // SAFETY: handed over by the caller, and taken from the depot.
        unsafe {
            self.settle(class, batch, pool);
            self.settle(class, stored, pool);
        }
    }

    /// Empties the depot.
    pub(super) fn trim(&mut self, class: usize, pool: &Pool) {
        self.credit = 0;
        while self.stored > 0 {
            let batch = self.withdraw(class);
            // SAFETY: taken from the depot.
            unsafe { self.settle(class, batch, pool) };
        }
    }

    /// A batch of the depot, or an empty one.
    fn withdraw(&mut self, class: usize) -> Batch {
        let Some(last) = self.stored.checked_sub(1) else { return Batch::default() };
        self.stored = last;
        Batch { head: self.depot[last].take(), len: class::batch(class) }
    }

    /// Returns objects to their spans. Spans none of whose objects are outside go to the pool.
    ///
    /// # Safety
    /// The objects are of this class, free, and in no list any more.
    unsafe fn settle(&mut self, class: usize, batch: Batch, pool: &Pool) {
        let mut head = batch.head;
        while let Some(object) = head {
            // SAFETY: a free object has the next one in its first word. Its span is live while an
            // object is outside, and in use by its class alone, whose lock the caller holds.
            unsafe {
                head = object.read().next;
                let span = Span::of(object);
                Span::give(span, object, class);
                match Span::bucket(span) {
                    Some(_) if (*span.as_ptr()).live == 0 => {
                        self.roomy.remove(span);
                        pool.give(span);
                    }
                    Some(bucket) => self.roomy.place(span, bucket),
                    None => {
                        debug_assert!(false, "an object came back, and there is no room for it")
                    }
                }
            }
        }
    }
}
