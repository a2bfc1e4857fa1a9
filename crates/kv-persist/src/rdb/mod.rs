//! Snapshots: files in the format of Redis's and Valkey's dumps.
//!
//! ```text
//! REDIS0011 │ AUX … │ per database: SELECTDB, RESIZEDB, entries … │ EOF │ checksum
//! ```
//!
//! - [`save`] writes one of a store; [`Writer`] is how it puts that together.
//! - [`load`] reads one into a store, with several threads; [`check()`] looks through one.
//!
//! What stands in entries is known by [`kv_store::rdb`], what is between them by this module.
//!
//! ```text
//! file ── input ── scan: parts, ends of entries, checksum ── queue ── workers: decode, add to the store
//! ```

pub(crate) mod check;
mod error;
pub(crate) mod input;
pub(crate) mod load;
mod part;
mod queue;
mod run;
mod scan;
mod summary;
mod version;
mod write;

#[doc(inline)]
pub use check::check;
pub use error::{Error, Reason};
pub use load::{Options, Progress, load, load_file};
pub use summary::{Database, Summary};
pub use write::{Writer, save};

/// Threads that load or check a snapshot beside the one that reads it.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
