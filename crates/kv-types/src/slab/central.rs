//! A class's spans.

use std::ptr::NonNull;
use std::sync::Mutex;

use super::heap::lock;
use super::list::Buckets;
use super::pool::Pool;
use super::span::{Batch, Span};

/// The spans of one class.
///
/// Invariant: `roomy` has the spans of this class from which an object can be taken; those of which
/// every object is outside are in no list, and are found again when an object comes back.
pub(super) struct Central {
    roomy: Buckets<Span>,
    /// How many objects are outside: in use, or cached by a thread.
    pub(super) live: usize,
}

// SAFETY: a class owns its spans, which have their headers used under its lock alone.
unsafe impl Send for Central {}

impl Central {
    pub(super) const fn new() -> Central {
        Central { roomy: Buckets::new(), live: 0 }
    }

    /// `want` free objects; fewer if memory has run out.
    pub(super) fn take(&mut self, class: usize, want: u32, pool: &Mutex<Pool>) -> Batch {
        let mut batch = Batch::default();
        while batch.len < want {
            let span = self.roomy.fullest().or_else(|| lock(pool).take(class));
            let Some(span) = span else { break };
            // SAFETY: the span is live, and this class's, whose lock the caller holds.
            unsafe {
                Span::take(span, &mut batch, want);
                self.place(span);
            }
        }
        self.live += batch.len as usize;
        batch
    }

    /// Takes objects back. Spans none of whose objects are outside any more go to the pool.
    ///
    /// # Safety
    /// The objects are of this class, free, and handed over.
    pub(super) unsafe fn give(&mut self, class: usize, batch: Batch, pool: &Mutex<Pool>) {
        self.live -= batch.len as usize;
        let mut head = batch.head;
        while let Some(object) = head {
            // SAFETY: a free object has the next one in its first word. Its span is live while an
            // object is outside, and in use by its class alone, whose lock the caller holds.
            unsafe {
                head = object.read().next;
                let span = Span::of(object);
                Span::give(span, object, class);
                if (*span.as_ptr()).live == 0 {
                    self.roomy.remove(span);
                    lock(pool).give(span);
                } else {
                    self.place(span);
                }
            }
        }
    }

    /// # Safety
    /// The span is live and of this class.
    #[inline]
    unsafe fn place(&mut self, span: NonNull<Span>) {
        // SAFETY: as promised; a span is removed before it goes to the pool.
        unsafe {
            match Span::bucket(span) {
                Some(bucket) => self.roomy.place(span, bucket),
                None => self.roomy.remove(span),
            }
        }
    }
}
