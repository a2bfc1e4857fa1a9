//! The files of one directory, as the log and the snapshots use them.
//!
//! All that this crate writes goes through [`Disk`], so that a test can stand in for the disk and fail,
//! tear or forget at any operation ([`faulty`]). [`Directory`] is the real one.
//!
//! Three things must be told apart, as only the last outlives a loss of power: what was *written* is with
//! the operating system; what was *synced* ([`DiskFile::sync`]) is on the disk; and a name that was
//! created, renamed or removed is so on the disk once the *directory* was synced
//! ([`Disk::sync_directory`]).

mod directory;
#[doc(hidden)]
pub mod faulty;
mod replace;

use std::io::{self, Read, Write};
use std::path::PathBuf;

pub use directory::Directory;
pub use replace::{SYNC_EVERY_BYTES, TEMP_PREFIX, replace};

/// One directory of files. Names are plain file names, without separators.
///
/// All errors are those of the operating system.
pub trait Disk: Send + Sync {
    /// Where the file `name` is or would be: for messages, and for those who read files by themselves.
    fn path(&self, name: &str) -> PathBuf;

    /// Makes an empty file, or empties the one that is there.
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file that is there; what is written goes to its end.
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// Reads a file from its byte `offset` on.
    fn read(&self, name: &str, offset: u64) -> io::Result<Box<dyn Read + Send>>;

    /// The length of a file, in bytes.
    fn size(&self, name: &str) -> io::Result<u64>;

    /// Gives the file `from` the name `to`; a file that had that name is gone. Either happens wholly or not
    /// at all.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// The names of all files, in any order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Makes all that happened to names outlive a loss of power.
    fn sync_directory(&self) -> io::Result<()>;
}

/// An open file that grows at its end.
pub trait DiskFile: Write + Send {
    /// Makes all that was written, and the length, outlive a loss of power.
    ///
    /// # Errors
    /// After one nothing is known of what was written since the last success: the operating system may
    /// have dropped it, and would report success next time.
    fn sync(&mut self) -> io::Result<()>;

    /// Writes `bytes` at `offset` over others that were written there. The end stays where it is.
    fn overwrite(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file off after `length` bytes. What is written next goes there.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}
