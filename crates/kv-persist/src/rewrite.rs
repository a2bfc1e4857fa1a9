//! Making a log short: its history becomes a base.

use std::io::{self, Write};

use crate::disk;
use crate::log::manifest::Manifest;
use crate::log::request::Awaited;
use crate::log::{Log, LogError, Rotation, names, sweep};
use kv_store::Busy;

/// Why a log was not rewritten. It goes on with the files it has.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// Another rewrite is under way.
    #[error("the log is being rewritten already")]
    Running,
    /// The store's state cannot be had.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The base could not be written.
    #[error("the log's base cannot be written: {0}")]
    Base(#[from] io::Error),
    /// The base is there, but did not become part of the log.
    #[error("the log's base cannot be used: {0}")]
    Install(#[from] LogError),
}

/// Rewrites a log: a base takes the place of all that was appended up to now. Runs on this thread, which
/// waits for the disk, while others go on appending.
///
/// `cut` must take a snapshot of the store and call [`Log::rotate`] at the same instant, while nothing can be
/// appended; `write` writes the snapshot as an RDB file. Returns the length of the base in bytes.
///
/// A crash at any time leaves either the old files or the new ones; both are the whole history. If a sync of the
/// log had failed, it is trusted again afterwards.
///
/// # Errors
/// If there is another rewrite or snapshot, if the base cannot be written, or if the log was closed or one of its
/// syncs failed meanwhile. A manifest that cannot be written is tried again for as long as it takes.
pub fn rewrite<S>(
    log: &Log,
    cut: impl FnOnce(&Log) -> Result<(S, Rotation), Busy>,
    write: impl FnOnce(S, &mut dyn Write) -> io::Result<()>,
) -> Result<u64, RewriteError> {
    begin(log, cut, write)?.finish()
}

/// A rewrite whose base is written.
#[doc(hidden)]
pub struct Installing<'l> {
    turn: Turn<'l>,
    rotation: Rotation,
    bytes: u64,
    installed: Awaited<Manifest>,
}

/// The right to rewrite a log.
struct Turn<'l>(&'l Log);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.end_rewrite();
    }
}

/// The first half of [`rewrite`]: for tests in which the writer is moved by hand.
#[doc(hidden)]
pub fn begin<'l, S>(
    log: &'l Log,
    cut: impl FnOnce(&Log) -> Result<(S, Rotation), Busy>,
    write: impl FnOnce(S, &mut dyn Write) -> io::Result<()>,
) -> Result<Installing<'l>, RewriteError> {
    if !log.begin_rewrite() {
        return Err(RewriteError::Running);
    }
    let turn = Turn(log);
    let (state, rotation) = cut(log)?;
    let name = names::base(rotation.segment());
    let bytes = disk::replace(log.disk(), &name, |out| write(state, out))?;
    Ok(Installing { turn, rotation, bytes, installed: log.install(rotation) })
}

impl Installing<'_> {
    /// Whether `finish` need not wait.
    pub fn is_answered(&self) -> bool {
        self.installed.is_given()
    }

    /// The second half of [`rewrite`].
    pub fn finish(self) -> Result<u64, RewriteError> {
        let Installing { turn, rotation, bytes, installed } = self;
        let manifest = installed.wait()?;
        // Removing large files takes its time, which is why the writer does not do it.
        sweep(turn.0.disk(), rotation.segment(), &manifest);
        Ok(bytes)
    }
}
