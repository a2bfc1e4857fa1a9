//! Beginning to write.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use parking_lot::Mutex;

use super::manifest::{Base, Manifest, Sealed};
use super::names::{self, File};
use super::queue::Queue;
use super::segment::Segment;
use super::shared::Shared;
use super::writer::{Next, Origin, Writer};
use super::{Health, Log, LogError, LogOptions};
use crate::disk::{Disk, DiskFile, TEMP_PREFIX};
use crate::recover::{Last, Recovered};

/// How much is read and written at a time when the end of a segment is written again.
const AGAIN_BYTES: u64 = 1 << 20;

impl Log {
    /// Goes on with the history that was recovered, which the store must hold by now. If there was none, the
    /// store must be empty.
    ///
    /// `disk` is the one that was recovered from. If its last segment is torn, it is cut now.
    ///
    /// # Errors
    /// The disk's. What could be recovered still can be.
    pub fn start(
        disk: Arc<dyn Disk>,
        recovered: Recovered,
        options: LogOptions,
    ) -> Result<Log, LogError> {
        let (log, writer) = Log::by_hand(disk, recovered, options)?;
        log.on_its_own(writer)
    }

    /// Begins a log for a store that holds data of which no log tells. What is appended is kept once the
    /// log has been rewritten for the first time; a log that was there before stays valid until then.
    ///
    /// # Errors
    /// The disk's.
    pub fn start_over_data(disk: Arc<dyn Disk>, options: LogOptions) -> Result<Log, LogError> {
        let (log, writer) = Log::by_hand_over_data(disk, options)?;
        log.on_its_own(writer)
    }

    /// Like [`Log::start`], but the writer works only when it is told to: for tests.
    #[doc(hidden)]
    pub fn by_hand(
        disk: Arc<dyn Disk>,
        recovered: Recovered,
        options: LogOptions,
    ) -> Result<(Log, HandWriter), LogError> {
        let origin = go_on(&*disk, recovered)?;
        Ok(Log::with(disk, origin, Health::Good, options))
    }

    /// Like [`Log::start_over_data`], but the writer works only when it is told to: for tests.
    #[doc(hidden)]
    pub fn by_hand_over_data(
        disk: Arc<dyn Disk>,
        options: LogOptions,
    ) -> Result<(Log, HandWriter), LogError> {
        let origin = begin_anew(&*disk)?;
        Ok(Log::with(disk, origin, Health::Starting, options))
    }

    fn with(
        disk: Arc<dyn Disk>,
        origin: Origin,
        health: Health,
        options: LogOptions,
    ) -> (Log, HandWriter) {
        let LogOptions { policy, clock, on_change } = options;
        let queue = Queue::new(origin.current.as_ref().map_or(origin.lost, |seg| seg.number));
        let shared = Arc::new(Shared::new(queue, policy, health, on_change));
        if let Base::File(number) = origin.manifest.base {
            shared.set_base(disk.size(&names::base(number)).unwrap_or_default());
        }
        let writer = Writer::new(Arc::clone(&shared), Arc::clone(&disk), clock, origin);
        let thread = Mutex::new(None);
        let log = Log { shared, disk, thread, is_rewriting: AtomicBool::new(false) };
        (log, HandWriter(writer))
    }

    /// Gives the writer a thread.
    fn on_its_own(self, HandWriter(mut writer): HandWriter) -> Result<Log, LogError> {
        let shared = Arc::clone(&self.shared);
        let work = move || {
            let guard = EndGuard(Arc::clone(&shared));
            while let Next::Turn(enough, time) = writer.turn() {
                shared.queue.wait(enough, time);
            }
            drop(guard);
        };
        let thread = thread::Builder::new().name("log-writer".to_owned()).spawn(work)?;
        *self.thread.lock() = Some(thread);
        Ok(self)
    }
}

/// Sees to it that nobody waits for a writer that is no more.
struct EndGuard(Arc<Shared>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        self.0.queue.close();
        if thread::panicking() {
            let health = Health::WriteFailed("the log's writer has died".to_owned());
            self.0.report(health, 0, 0);
        }
    }
}

/// A writer without a thread: for tests.
#[doc(hidden)]
pub struct HandWriter(Writer);

impl HandWriter {
    /// Makes one turn; false if it was the last.
    pub fn turn(&mut self) -> bool {
        self.0.turn() != Next::End
    }

    /// Makes turns until all is done that can be done at this time: one to linger, one to write, one to find
    /// nothing left.
    pub fn settle(&mut self) {
        for _ in 0..3 {
            self.turn();
        }
    }
}

/// Makes a set of files that a new segment goes on from.
fn go_on(disk: &dyn Disk, recovered: Recovered) -> io::Result<Origin> {
    let Recovered { manifest, last, .. } = recovered;
    // The earlier process may have died before its last change of a name was on the disk.
    disk.sync_directory()?;
    let mut manifest = match manifest {
        Some(manifest) if manifest.base != Base::Unknown => manifest,
        _ => {
            let manifest = Manifest { base: Base::Empty, sealed: Vec::new(), open: None };
            // It comes first: where a log's files are, a manifest must be.
            manifest.commit(disk)?;
            manifest
        }
    };
    sweep(disk, u64::MAX, &manifest);
    let number = manifest.last_number() + 1;
    if let Some(last) = last {
        manifest.sealed.extend(finish(disk, &last)?);
    }
    let segment = Segment::create(disk, number, fastrand::u64(..))?;
    manifest.open = Some(number);
    manifest.commit(disk)?;
    Ok(Origin { manifest, current: Some(segment), lost: 0 })
}

/// Brings the segment that an earlier process wrote to into the state in which it is sealed, if it has frames.
fn finish(disk: &dyn Disk, last: &Last) -> io::Result<Option<Sealed>> {
    let name = names::segment(last.number);
    let mut file = disk.open(&name)?;
    // What is cut off here, if anything is, `Recovered` tells of.
    file.truncate(last.length)?;
    write_again(disk, &name, &mut *file, last.synced, last.length)?;
    file.sync()?;
    Ok(last.has_frames.then_some(Sealed { number: last.number, length: last.length }))
}

/// Writes what may not be on the disk once more: the bytes between two offsets.
///
/// To sync would not be enough. If a sync of the earlier process had failed, the operating system takes what was
/// not written then for clean: it can be read, but would not be written by any sync.
fn write_again(
    disk: &dyn Disk,
    name: &str,
    file: &mut dyn DiskFile,
    from: u64,
    to: u64,
) -> io::Result<()> {
    let mut input = disk.read(name, from)?.take(to - from);
    let (mut at, mut bytes) = (from, Vec::new());
    while (&mut input).take(AGAIN_BYTES).read_to_end(&mut bytes)? > 0 {
        file.overwrite(at, &bytes)?;
        at += bytes.len() as u64;
        bytes.clear();
    }
    Ok(())
}

/// Makes room for a log whose base is still to be written, beside whatever log is there.
fn begin_anew(disk: &dyn Disk) -> io::Result<Origin> {
    disk.sync_directory()?;
    let files = disk.list()?;
    let numbers = files.iter().filter_map(|name| names::parse(name)).map(|file| match file {
        File::Base(number) | File::Segment(number) => number,
    });
    let lost = numbers.max().unwrap_or(0) + 1;
    let manifest = Manifest { base: Base::Unknown, sealed: Vec::new(), open: None };
    if !files.iter().any(|name| name == names::MANIFEST) {
        manifest.commit(disk)?;
    }
    Ok(Origin { manifest, current: None, lost })
}

/// Removes the log's files that are in no set any more: those before `number` that the manifest does not name.
/// What cannot be removed now is at the next occasion.
pub(crate) fn sweep(disk: &dyn Disk, number: u64, manifest: &Manifest) {
    let files = match disk.list() {
        Ok(files) => files,
        Err(error) => return tracing::warn!(%error, "old files of the log are not found"),
    };
    for name in files {
        let bare = name.strip_prefix(TEMP_PREFIX);
        let is_temp = bare.is_some();
        let is_old = match names::parse(bare.unwrap_or(&name)) {
            Some(File::Base(of) | File::Segment(of)) => of < number,
            None => false,
        };
        if is_old
            && (is_temp || !manifest.names(&name))
            && let Err(error) = disk.remove(&name)
        {
            let file = disk.path(&name);
            tracing::warn!(file = %file.display(), %error, "an old file of the log stays");
        }
    }
}
