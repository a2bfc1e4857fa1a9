//! The writer: the one who touches the log's files.
//!
//! Its work is a sequence of *turns*. A thread makes them one after the other and waits in between as each
//! turn says; a test makes them by hand.
//!
//! A segment is *trusted* until a sync of it fails. From then on nobody knows what the disk has of it, so
//! it is left alone: whatever would go there is dropped, until a rotation begins the next segment. That one is
//! written, but the manifest does not name it, and nothing counts as kept, before a base is installed in
//! which all the dropped things are:
//!
//! ```text
//!             a sync fails                 rotation               a base is installed
//!   trusted ───────────────▶ no segment ───────────▶ not named ───────────────────────▶ trusted
//!                                 ▲      a sync fails     │
//!                                 └───────────────────────┘
//! ```
//!
//! A log that is begun over data which no file has starts without a segment, too.

mod pace;
mod steps;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::manifest::{Manifest, Sealed};
use super::queue::{Chunk, Enough};
use super::request::{Answer, Request};
use super::segment::Segment;
use super::shared::Shared;
use super::{Health, LogError};
use crate::disk::Disk;
use kv_store::Clock;
use pace::Pace;

/// After this time what has failed is tried again.
const RETRY_US: u64 = 1_000_000;

/// What comes after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another turn, when enough waits or this time has passed.
    Turn(Enough, Option<Duration>),
    /// Nothing: the log is closed.
    End,
}

/// Writes what is appended.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
    pace: Pace,
    /// As it is on the disk. While a change of it fails, the disk may have the next one.
    manifest: Manifest,
    /// The segment that is written to.
    current: Option<Segment>,
    /// Segments before the current one that go on from one another and are to be named with it.
    sealed: Vec<Sealed>,
    /// A segment that is ready, but could not be made the current one yet.
    next: Option<Segment>,
    /// The segment that frames appended from now on go to.
    target: u64,
    /// Segments up to this one cannot be written to any more.
    lost: u64,
    /// What was taken from the queue and is not written yet.
    taken: VecDeque<Chunk>,
    /// The position up to which all is written, or dropped as the next base will have it.
    written: u64,
    /// The same for what is synced.
    synced: u64,
    /// Why the manifest does not name the current segment, or there is none; `None` if it does.
    distrust: Option<Health>,
    /// What failed last and when it is tried again.
    failed: Option<(String, u64)>,
    /// Whether all that was appended is to be synced, whatever the policy.
    sync_wanted: bool,
    flushes: Vec<Answer<()>>,
    install: Option<(u64, Answer<Manifest>)>,
    installed: Option<(Answer<Manifest>, Result<Manifest, LogError>)>,
    close: Option<Answer<()>>,
}

/// What a writer starts from.
pub(crate) struct Origin {
    pub(crate) manifest: Manifest,
    /// The open segment that the manifest names; without one, segments up to `lost` are not written to.
    pub(crate) current: Option<Segment>,
    pub(crate) lost: u64,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        disk: Arc<dyn Disk>,
        clock: Arc<dyn Clock>,
        origin: Origin,
    ) -> Writer {
        let Origin { manifest, current, lost } = origin;
        let named = current.is_some();
        let writer = Writer {
            pace: Pace::new(clock.now_us()),
            sealed: if named { manifest.sealed.clone() } else { Vec::new() },
            target: current.as_ref().map_or(lost, |segment| segment.number),
            distrust: (!named).then_some(Health::Starting),
            shared,
            disk,
            clock,
            manifest,
            current,
            next: None,
            lost,
            taken: VecDeque::new(),
            written: 0,
            synced: 0,
            failed: None,
            sync_wanted: false,
            flushes: Vec::new(),
            install: None,
            installed: None,
            close: None,
        };
        writer.report(&Ok(()));
        writer
    }

    /// Does what is to be done now.
    pub(crate) fn turn(&mut self) -> Next {
        let asked = self.take_requests();
        let now = self.clock.now_us();
        if !asked {
            if let Some(wait) = self.retry_in(now) {
                return Next::Turn(Enough::NEVER, Some(wait));
            }
            let policy = self.shared.policy();
            if let Some(linger) = self.pace.linger(policy, self.shared.queue.frames()) {
                return Next::Turn(linger.enough, Some(linger.time));
            }
        }
        let taken = self.shared.queue.take(&mut self.taken);
        self.target = taken.segment;
        self.pace.took(taken.frames);
        let done = self.work();
        // Who gets an answer finds the rest of the process told already.
        self.report(&done);
        self.answer(&done);
        self.next_turn(&done, taken.frames > 0)
    }

    fn take_requests(&mut self) -> bool {
        let requests = self.shared.queue.requests();
        let asked = !requests.is_empty();
        for request in requests {
            match request {
                Request::Flush(answer) => {
                    self.sync_wanted = true;
                    self.flushes.extend(answer);
                }
                Request::Install(number, answer) => self.install = Some((number, answer)),
                Request::Close(answer) => {
                    self.sync_wanted = true;
                    self.close = Some(answer);
                }
            }
        }
        asked
    }

    /// Everything that there is to do, in order. What is left after an error is done at the next turn.
    fn work(&mut self) -> io::Result<()> {
        self.install()?;
        let drained = self.drain();
        // What is in the file already need not wait for what could not be written.
        self.sync_if_due();
        self.publish();
        self.sync_wanted &= drained.is_err();
        drained
    }

    fn answer(&mut self, done: &io::Result<()>) {
        if let Some((asker, answer)) = self.installed.take() {
            asker.give(answer);
        }
        let kept = match (done, &self.distrust) {
            (Err(error), _) => Err(error.to_string()),
            (Ok(()), Some(Health::NeedsRewrite(error))) => Err(error.clone()),
            (Ok(()), Some(_)) => Err("no base is written yet".to_owned()),
            (Ok(()), None) => Ok(()),
        };
        for answer in self.flushes.drain(..) {
            answer.give(kept.clone().map_err(LogError::NotKept));
        }
        if let Some(answer) = self.close.take() {
            let sealed = kept.and_then(|()| self.seal().map_err(|error| error.to_string()));
            answer.give(sealed.map_err(LogError::NotKept));
            self.shared.queue.close();
        }
    }

    fn next_turn(&mut self, done: &io::Result<()>, productive: bool) -> Next {
        if self.shared.queue.is_closed() {
            return Next::End;
        }
        let now = self.clock.now_us();
        self.failed = done.as_ref().err().map(|error| (error.to_string(), now + RETRY_US));
        if let Some(wait) = self.retry_in(now) {
            return Next::Turn(Enough::NEVER, Some(wait));
        }
        let policy = self.shared.policy();
        let dirty = self.current.as_ref().is_some_and(Segment::is_dirty);
        let sync_in = self.pace.sync_in(policy, now).filter(|_| dirty);
        match self.pace.after(policy, productive) {
            Some(linger) => {
                let time = sync_in.map_or(linger.time, |sync_in| linger.time.min(sync_in));
                Next::Turn(linger.enough, Some(time))
            }
            None => Next::Turn(Enough::ANY, sync_in),
        }
    }

    /// The time to wait before what has failed is tried again.
    fn retry_in(&self, now: u64) -> Option<Duration> {
        let (_, at) = self.failed.as_ref()?;
        // If it is further off than it can be, the clock was put back.
        let wait = at.checked_sub(now).filter(|wait| (1..=RETRY_US).contains(wait))?;
        Some(Duration::from_micros(wait))
    }

    /// Tells the rest of the process how things are.
    fn report(&self, done: &io::Result<()>) {
        let health = match (done, &self.distrust) {
            (Err(error), _) => Health::WriteFailed(error.to_string()),
            (Ok(()), Some(distrust)) => distrust.clone(),
            (Ok(()), None) => Health::Good,
        };
        let sealed: u64 = self.sealed.iter().map(|segment| segment.length).sum();
        let length = self.current.as_ref().map_or(0, Segment::length);
        self.shared.report(health, self.target, sealed + length);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kv_store::{Journal, ManualClock};

    use crate::disk::faulty::FaultyDisk;
    use crate::log::{Health, Log, LogOptions, Policy};
    use crate::{Recovery, TornTail};

    /// What is too long for a frame is too long for a test, so the gap that it leaves is made by itself.
    #[test]
    fn after_something_too_long_nothing_is_kept_before_a_rewrite() {
        let disk = FaultyDisk::new(0);
        let recover = || Recovery::open(Arc::new(disk.clone()), TornTail::Cut).unwrap();
        let clock = Arc::new(ManualClock::at_millis(0));
        let options = LogOptions { policy: Policy::Always, clock, on_change: None };
        let recovered = recover().finish().unwrap();
        let (log, mut writer) = Log::by_hand(Arc::new(disk.clone()), recovered, options).unwrap();
        log.append(b"before");
        writer.settle();
        log.shared.queue.append_gap();
        log.append(b"after");
        writer.settle();
        let status = log.status();
        let why = "an entry is too long for the log".to_owned();
        assert_eq!(status.health, Health::NeedsRewrite(why));
        assert!(status.kept < status.appended && log.barrier().is_some());

        let mut recovery = recover();
        assert_eq!(recovery.next_frame().unwrap(), Some(&b"before"[..]));
        assert_eq!(recovery.next_frame().unwrap(), None);
    }
}
