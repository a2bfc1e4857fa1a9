//! What the log's users and its writer share.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};

use parking_lot::Mutex;

use super::queue::Queue;
use super::request::Request;
use super::waiters::Waiters;
use super::{Health, OnChange, Policy, Status};

/// How many appended bytes may wait to be written before `poll_room` makes clients wait.
pub const MAX_PENDING_BYTES: u64 = 64 << 20;

/// The state of a log that is not the writer's alone. Only the writer changes it, but for the queue and the
/// policy.
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    policy: AtomicU8,
    ahead: usize,
    written: AtomicU64,
    kept: AtomicU64,
    syncs: AtomicU64,
    log_bytes: AtomicU64,
    base_bytes: AtomicU64,
    segment: AtomicU64,
    health: Mutex<Health>,
    /// Whether anything is promised to be kept, so that replies must wait.
    is_promising: AtomicBool,
    /// Whether writes should be refused.
    is_failing: AtomicBool,
    for_kept: Waiters,
    for_room: Waiters,
    on_change: OnChange,
}

impl Shared {
    pub(crate) fn new(
        queue: Queue,
        policy: Policy,
        ahead: usize,
        health: Health,
        on_change: OnChange,
    ) -> Shared {
        Shared {
            queue,
            policy: AtomicU8::new(policy as u8),
            ahead,
            written: AtomicU64::new(0),
            kept: AtomicU64::new(0),
            syncs: AtomicU64::new(0),
            log_bytes: AtomicU64::new(0),
            base_bytes: AtomicU64::new(0),
            segment: AtomicU64::new(0),
            is_promising: AtomicBool::new(health != Health::Starting),
            is_failing: AtomicBool::new(false),
            health: Mutex::new(health),
            for_kept: Waiters::default(),
            for_room: Waiters::default(),
            on_change,
        }
    }

    /// Bytes of zeros that are written ahead at present.
    pub(crate) fn ahead(&self) -> usize {
        if self.policy() == Policy::Always { self.ahead } else { 0 }
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy::from_number(self.policy.load(Ordering::SeqCst))
    }

    pub(crate) fn set_policy(&self, policy: Policy) {
        self.policy.store(policy as u8, Ordering::SeqCst);
        // Replies that were told to wait under the old policy must not wait for a sync that never comes.
        self.queue.request(Request::Flush(None));
    }

    pub(crate) fn barrier(&self) -> Option<u64> {
        if self.policy() != Policy::Always || !self.is_promising.load(Ordering::Acquire) {
            return None;
        }
        let appended = self.queue.appended();
        (!self.is_kept(appended)).then_some(appended)
    }

    fn is_kept(&self, position: u64) -> bool {
        self.kept.load(Ordering::Acquire) >= position
    }

    pub(crate) fn poll_kept(&self, position: u64, context: &Context<'_>) -> Poll<()> {
        // A position that is still to come is one of a log before this one, which was closed.
        let waits = !self.is_kept(position)
            && position <= self.queue.appended()
            && self.for_kept.add(position, context, || self.is_kept(position));
        if waits { Poll::Pending } else { Poll::Ready(()) }
    }

    fn has_room(&self) -> bool {
        // When writes are refused, nothing more comes; clients must hear of that, and may read.
        self.queue.appended() - self.written.load(Ordering::Acquire) < MAX_PENDING_BYTES
            || self.is_failing.load(Ordering::Acquire)
    }

    pub(crate) fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        let waits = !self.has_room() && self.for_room.add(0, context, || self.has_room());
        if waits { Poll::Pending } else { Poll::Ready(()) }
    }

    pub(crate) fn set_written(&self, position: u64) {
        self.written.store(position, Ordering::Release);
        if self.has_room() {
            self.for_room.wake(0);
        }
    }

    pub(crate) fn set_kept(&self, position: u64) {
        if self.kept.swap(position, Ordering::AcqRel) != position {
            self.for_kept.wake(position);
        }
    }

    pub(crate) fn wake_all(&self) {
        self.for_kept.wake(u64::MAX);
        self.for_room.wake(u64::MAX);
    }

    pub(crate) fn count_sync(&self) {
        self.syncs.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn set_base(&self, bytes: u64) {
        self.base_bytes.store(bytes, Ordering::Relaxed);
    }

    /// Takes note of how the writer fares, and passes on what has changed.
    pub(crate) fn report(&self, health: Health, segment: u64, log_bytes: u64) {
        self.segment.store(segment, Ordering::Relaxed);
        self.log_bytes.store(log_bytes, Ordering::Relaxed);
        let mut known = self.health.lock();
        if *known == health {
            return;
        }
        match &health {
            Health::Good if *known == Health::Starting => tracing::info!("the log has its base"),
            Health::Good => tracing::info!("the log is written again"),
            Health::Starting => {}
            Health::WriteFailed(error) => {
                tracing::error!(%error, "the log cannot be written; tried again once a second");
            }
            Health::NeedsRewrite(error) => {
                tracing::error!(%error, "the log cannot be trusted any more and must be rewritten");
            }
        }
        self.is_promising.store(health != Health::Starting, Ordering::Release);
        let is_failing = matches!(health, Health::WriteFailed(_) | Health::NeedsRewrite(_));
        self.is_failing.store(is_failing, Ordering::Release);
        *known = health;
        drop(known);
        self.for_room.wake(0);
        if let Some(on_change) = &self.on_change {
            on_change(&self.status());
        }
    }

    pub(crate) fn status(&self) -> Status {
        // What is kept was written before, and that appended: read in this order the numbers fit together.
        let kept = self.kept.load(Ordering::Acquire);
        let written = self.written.load(Ordering::Acquire);
        Status {
            health: self.health.lock().clone(),
            policy: self.policy(),
            appended: self.queue.appended(),
            written,
            kept,
            syncs: self.syncs.load(Ordering::Relaxed),
            segment: self.segment.load(Ordering::Relaxed),
            log_bytes: self.log_bytes.load(Ordering::Relaxed),
            base_bytes: self.base_bytes.load(Ordering::Relaxed),
        }
    }
}
