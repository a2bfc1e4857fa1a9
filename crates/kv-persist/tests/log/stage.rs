//! A log, its disk, and a stand-in for the store: its history is a number of entries, each known by its number.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use kv_persist::disk::{Disk, faulty::FaultyDisk};
use kv_persist::log::{HandWriter, Status};
use kv_persist::{
    Log, LogError, LogOptions, Policy, RecoverError, Recovered, Recovery, TornTail, rewrite,
};
use kv_store::{Journal, ManualClock};

/// The entry that is appended after `number` others. Some are longer than a sector.
pub(crate) fn entry(number: usize) -> Vec<u8> {
    let mut entry = format!("<entry {number}>").into_bytes();
    entry.resize(
        entry.len() + number * 37 % 90 + (number % 5) / 4 * 900,
        b'0' + (number % 10) as u8,
    );
    entry
}

/// Writes a base that stands for the first `entries` entries.
pub(crate) fn write_base(out: &mut dyn Write, entries: usize) -> io::Result<()> {
    write!(out, "base of {entries:>6} entries{:600}end", "")
}

/// Reads a base.
///
/// # Panics
/// If it is not one that was written, whole.
fn read_base(disk: &FaultyDisk, name: &str) -> usize {
    let mut bytes = Vec::new();
    disk.read(name, 0).unwrap().read_to_end(&mut bytes).unwrap();
    let entries: usize = std::str::from_utf8(&bytes[8..14]).unwrap().trim().parse().unwrap();
    let mut whole = Vec::new();
    write_base(&mut whole, entries).unwrap();
    assert_eq!(bytes, whole);
    entries
}

/// Recovers the history: how many entries there are. Each of them must be the one that was appended.
pub(crate) fn recover(
    disk: &FaultyDisk,
    torn_tail: TornTail,
) -> Result<(usize, Recovered), RecoverError> {
    let mut recovery = Recovery::open(Arc::new(disk.clone()), torn_tail)?;
    let mut entries = match recovery.base() {
        Some(base) => read_base(disk, base.to_str().unwrap()),
        None => 0,
    };
    while let Some(frame) = recovery.next_frame()? {
        assert_eq!(frame, entry(entries), "entry {entries}");
        entries += 1;
    }
    Ok((entries, recovery.finish()?))
}

/// A log at work.
pub(crate) struct Stage {
    pub(crate) disk: FaultyDisk,
    pub(crate) log: Log,
    pub(crate) writer: HandWriter,
    pub(crate) clock: Arc<ManualClock>,
    /// Entries of the history in all.
    pub(crate) appended: usize,
    /// Of these, those that were once reported to be kept.
    pub(crate) kept: usize,
    /// Entries that were there when the log was started, and the positions after each one since.
    start: usize,
    ends: Vec<u64>,
}

impl Stage {
    /// Recovers and goes on, as a process that starts does.
    pub(crate) fn open(disk: &FaultyDisk, policy: Policy) -> Result<Stage, LogError> {
        let (entries, recovered) = recover(disk, TornTail::Cut).unwrap();
        let clock = Arc::new(ManualClock::at_millis(1000));
        let options = LogOptions { policy, clock: clock.clone(), on_change: None };
        let (log, writer) = Log::by_hand(Arc::new(disk.clone()), recovered, options)?;
        Ok(Stage::with(disk, log, writer, clock, entries))
    }

    /// Begins a log beside data: the first `entries` entries.
    pub(crate) fn open_over_data(
        disk: &FaultyDisk,
        policy: Policy,
        entries: usize,
    ) -> Result<Stage, LogError> {
        let clock = Arc::new(ManualClock::at_millis(1000));
        let options = LogOptions { policy, clock: clock.clone(), on_change: None };
        let (log, writer) = Log::by_hand_over_data(Arc::new(disk.clone()), options)?;
        let mut stage = Stage::with(disk, log, writer, clock, entries);
        stage.kept = 0;
        Ok(stage)
    }

    fn with(
        disk: &FaultyDisk,
        log: Log,
        writer: HandWriter,
        clock: Arc<ManualClock>,
        start: usize,
    ) -> Stage {
        let (disk, appended, kept) = (disk.clone(), start, start);
        Stage { disk, log, writer, clock, appended, kept, start, ends: Vec::new() }
    }

    /// Appends so many entries.
    pub(crate) fn append(&mut self, entries: usize) {
        for _ in 0..entries {
            self.log.append(&entry(self.appended));
            self.appended += 1;
            self.ends.push(self.status().appended);
        }
    }

    pub(crate) fn status(&self) -> Status {
        self.log.status()
    }

    /// Whether all before a position is reported to be kept.
    pub(crate) fn is_kept(&self, position: u64) -> bool {
        self.log.poll_kept(position, &mut Context::from_waker(Waker::noop())).is_ready()
    }

    /// Lets the writer do all it can, and notes what is kept.
    pub(crate) fn settle(&mut self) {
        self.writer.settle();
        self.note();
    }

    fn note(&mut self) {
        let kept = self.ends.iter().filter(|end| self.is_kept(**end)).count();
        if kept > 0 {
            self.kept = self.kept.max(self.start + kept);
        }
    }

    /// Lets time pass, and the writer work.
    pub(crate) fn wind(&mut self, millis: u64) {
        self.clock.wind(Duration::from_millis(millis));
        self.settle();
    }

    /// Syncs, whatever the policy.
    pub(crate) fn sync(&mut self) {
        self.log.set_policy(self.status().policy);
        self.settle();
    }

    /// Rewrites the log, while more is appended. Returns whether that went well.
    pub(crate) fn rewrite(&mut self) -> bool {
        let entries = self.appended;
        let cut = |log: &Log| Ok((entries, log.rotate()));
        let Ok(installing) = rewrite::begin(&self.log, cut, |n, out| write_base(out, n)) else {
            return false;
        };
        self.log.append(&entry(self.appended));
        self.appended += 1;
        self.ends.push(self.log.status().appended);
        for _ in 0..4 {
            if installing.is_answered() {
                break;
            }
            self.clock.wind(Duration::from_secs(1));
            self.writer.settle();
        }
        let done = if installing.is_answered() {
            installing.finish().is_ok()
        } else {
            drop(installing);
            false
        };
        self.note();
        done
    }

    /// Closes the log. Returns whether all is kept.
    pub(crate) fn close(&mut self) -> bool {
        let (log, writer) = (&self.log, &mut self.writer);
        let closed = std::thread::scope(|scope| {
            let closing = scope.spawn(|| log.close());
            while writer.turn() {
                std::thread::yield_now();
            }
            closing.join().unwrap()
        });
        if closed.is_ok() {
            self.kept = self.appended;
        }
        closed.is_ok()
    }
}
