//! Durability for a kv store: an append log, and snapshots in the format of Redis's dumps.
//!
//! The engine tells a [`Journal`](kv_store::Journal) of every change; this crate writes that to files.
//! In the order in which it is best read:
//!
//! - [`disk`]: the files of a directory, and a disk for tests that fails and crashes.
//! - [`log`]: the files of the append log, and [`Log`], which writes them. [`Recovery`] reads them;
//!   [`rewrite()`] makes them short: a base takes the place of what was appended.
//! - [`rdb`]: files in the format of Redis's dumps: written, loaded, checked.
//! - [`aof`]: append-only files of Redis's, which are loaded.
//!
//! How a process starts with a log:
//!
//! ```no_run
//! use std::sync::Arc;
//! use kv_persist::{Log, LogOptions, Policy, Recovery, TornTail, disk::Directory};
//!
//! # fn load_rdb(path: std::path::PathBuf) {}
//! # fn replay(entries: &[u8]) {}
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let disk = Arc::new(Directory::open("data/appendonlydir")?);
//! let mut recovery = Recovery::open(disk.clone(), TornTail::Cut)?;
//! if let Some(base) = recovery.base() {
//!     load_rdb(base);
//! }
//! while let Some(entries) = recovery.next_frame()? {
//!     replay(entries);
//! }
//! let clock = Arc::new(kv_store::SystemClock);
//! let options = LogOptions { policy: Policy::EverySec, clock, on_change: None };
//! let log = Log::start(disk, recovery.finish()?, options)?;
//! # Ok(())
//! # }
//! ```

pub mod aof;
pub mod disk;
pub mod log;
pub mod rdb;
mod recover;
#[doc(hidden)]
pub mod rewrite;

pub use log::{Cut, Log, LogError, LogOptions, Policy};
pub use recover::{RecoverError, Recovered, Recovery, Torn, TornTail};
pub use rewrite::{RewriteError, rewrite};
