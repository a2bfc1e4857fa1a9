//! The append log: a base, and segments of frames that go on from it.
//!
//! [`Log`] is the [`Journal`] that a store tells of its changes. Appending only copies bytes into memory; one
//! thread, the writer, takes them from there to the disk, many at a time, syncs as the [`Policy`]
//! says, and wakes those who wait for it.
//!
//! The files, all in one directory:
//!
//! | name | what |
//! |---|---|
//! | `appendonly.kv.manifest` | which of the others are the history; it always names a complete set |
//! | `appendonly.<n>.base.rdb` | the state before segment n |
//! | `appendonly.<n>.log` | segment n |
//!
//! A segment is written by one process only: each start begins a new one. Before the manifest names a segment,
//! all segments before it are on the disk, and named with their lengths. So only the last one can be torn by
//! a crash. What is in no set is removed at the next start or rewrite.
//!
//! The life of a log: [`Recovery`](crate::Recovery) reads what is there, [`Log::start`] goes on from it,
//! [`rewrite`](crate::rewrite) makes it short, [`Log::close`] ends it.

pub(crate) mod frame;
pub(crate) mod manifest;
pub(crate) mod names;
mod queue;
pub(crate) mod request;
mod segment;
mod shared;
mod start;
mod status;
mod waiters;
mod writer;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::thread::JoinHandle;

use kv_store::{Clock, Journal};
use parking_lot::Mutex;

use crate::disk::Disk;
use request::{Answer, Awaited, Request};
use shared::Shared;

pub use shared::MAX_PENDING_BYTES;
#[doc(hidden)]
pub use start::HandWriter;
pub(crate) use start::sweep;
pub use status::{Health, Policy, Status, UnknownPolicy};

/// Is called by the writer's thread whenever a log's health has changed. It must not wait.
pub type OnChange = Option<Box<dyn Fn(&Status) + Send + Sync>>;

/// How a log works.
pub struct LogOptions {
    /// When it syncs.
    pub policy: Policy,
    /// Whence it has the time.
    pub clock: Arc<dyn Clock>,
    /// Who is told when its health has changed.
    pub on_change: OnChange,
}

/// Why the log could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The disk's answer, when a log is started.
    #[error("the log cannot be started: {0}")]
    Start(#[from] io::Error),
    /// What was to be kept is not.
    #[error("the log is not on the disk: {0}")]
    NotKept(String),
    /// The log is closed already, or its writer has died.
    #[error("the log is closed")]
    Closed,
}

/// An append log that is being written.
///
/// Dropping it closes it; an error is then only traced.
pub struct Log {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    thread: Mutex<Option<JoinHandle<()>>>,
    is_rewriting: AtomicBool,
}

/// A change to a new segment, where a rewrite cuts the history: what was appended before is for the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[must_use]
pub struct Rotation {
    pub(crate) segment: u64,
}

impl Rotation {
    /// The number of the new segment, which is also that of the base before it.
    pub fn segment(self) -> u64 {
        self.segment
    }
}

impl Log {
    /// Begins a new segment with what is appended next. It only changes memory, so it may be called while all
    /// of the store is locked.
    pub fn rotate(&self) -> Rotation {
        Rotation { segment: self.shared.queue.rotate() }
    }

    /// How the log fares.
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// Changes when it syncs. What was appended up to now is synced at once.
    pub fn set_policy(&self, policy: Policy) {
        self.shared.set_policy(policy);
    }

    /// Waits on this thread until all that was appended is kept.
    ///
    /// # Errors
    /// If it cannot be. Nothing is lost by that: it is tried again.
    pub fn flush(&self) -> Result<(), LogError> {
        self.ask(|answer| Request::Flush(Some(answer))).wait()
    }

    /// Flushes, and ends the log for good: what is appended later is not kept. A second call is an error.
    ///
    /// # Errors
    /// If something that was appended is not kept.
    pub fn close(&self) -> Result<(), LogError> {
        let closed = self.ask(Request::Close).wait();
        if let Some(thread) = self.thread.lock().take() {
            // A writer that has panicked has given no answer, which is the error already.
            let _ = thread.join();
        }
        closed
    }

    /// The directory's files.
    pub(crate) fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// Makes a base and the segments after it the history.
    pub(crate) fn install(&self, rotation: Rotation) -> Awaited<manifest::Manifest> {
        self.ask(|answer| Request::Install(rotation.segment, answer))
    }

    /// Whether nobody else rewrites the log; then it is locked against others until `end_rewrite`.
    pub(crate) fn begin_rewrite(&self) -> bool {
        !self.is_rewriting.swap(true, Ordering::Acquire)
    }

    pub(crate) fn end_rewrite(&self) {
        self.is_rewriting.store(false, Ordering::Release);
    }

    fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request) -> Awaited<T> {
        let (answer, awaited) = Answer::pair();
        self.shared.queue.request(request(answer));
        awaited
    }
}

impl Journal for Log {
    fn append(&self, entries: &[u8]) {
        match entries.len() {
            0 => {}
            1..=frame::MAX_PAYLOAD_BYTES => self.shared.queue.append(entries),
            _ => self.shared.queue.append_gap(),
        }
    }

    fn barrier(&self) -> Option<u64> {
        self.shared.barrier()
    }

    fn poll_kept(&self, position: u64, context: &mut Context<'_>) -> Poll<()> {
        self.shared.poll_kept(position, context)
    }

    fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        self.shared.poll_room(context)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let is_open = self.thread.get_mut().is_some();
        if is_open && let Err(error) = self.close() {
            tracing::error!(%error, "the end of the log is lost");
        }
        // Who waited for something that it has not kept must not wait for ever; if they ask again, it is somebody
        // else whom they ask.
        self.shared.wake_all();
    }
}
