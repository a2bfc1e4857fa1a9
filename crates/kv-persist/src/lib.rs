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
//! - [`Persistence`]: all of it for a store, as its settings say.
//!
//! What [`Persistence`] does when a process starts with a log, and to make it short later:
//!
//! ```no_run
//! use std::sync::Arc;
//! use kv_persist::disk::Directory;
//! use kv_persist::{Log, LogOptions, Policy, Recovery, TornTail, rdb, rewrite};
//! use kv_store::{Ended, Store, SystemClock};
//!
//! # fn start(store: &Arc<Store>) -> Result<(), Box<dyn std::error::Error>> {
//! let disk = Arc::new(Directory::open("data/appendonlydir")?);
//! let mut recovery = Recovery::open(disk.clone(), TornTail::Cut)?;
//! if let Some(base) = recovery.base() {
//!     let options = rdb::Options { threads: 2, ended: Ended::Keep };
//!     rdb::load_file(&base, store, options, &mut |_progress| ())?;
//! }
//! let mut replayer = store.replayer();
//! while let Some(entries) = recovery.next_frame()? {
//!     replayer.replay(entries)?;
//! }
//! let clock = Arc::new(SystemClock);
//! let options = LogOptions { policy: Policy::EverySec, clock, on_change: None };
//! let log = Arc::new(Log::start(disk, recovery.finish()?, options)?);
//! store.attach_journal(log.clone());
//! store.snapshot(|cut| cut.switch_journal(true))?;
//!
//! let cut = |log: &Log| store.snapshot(|_| log.rotate());
//! rewrite(&log, cut, |snapshot, out| rdb::save(snapshot, out, &[]).map(|_| ()))?;
//! # Ok(())
//! # }
//! ```

pub mod aof;
mod check;
pub mod disk;
pub mod log;
mod persistence;
pub mod rdb;
mod recover;
#[doc(hidden)]
pub mod rewrite;

pub use check::check;
pub use log::{Log, LogError, LogOptions, Policy, Rotation};
pub use persistence::{Loaded, OpenError, Persistence};
pub use recover::{RecoverError, Recovered, Recovery, Torn, TornTail};
pub use rewrite::{RewriteError, rewrite};
