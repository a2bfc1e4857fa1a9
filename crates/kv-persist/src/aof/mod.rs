//! The append-only files of Redis and Valkey, which are imported: a base and the commands that came after.
//!
//! ```text
//! appendonlydir/appendonly.aof.manifest     which files, in which order
//!               appendonly.aof.1.base.rdb   a snapshot, or commands that make all keys
//!               appendonly.aof.1.incr.aof   commands as they ran since, as requests
//! appendonly.aof                            (before Redis 7) the same in one file
//! ```
//!
//! - [`load`] runs all that into a store; [`check()`] looks through it.
//! - [`Manifest`] is the first file; others follow its order.
//!
//! Deadlines in these files are absolute, and what had ended was removed by commands: see
//! [`Importer`](kv_store::Importer).

mod error;
mod manifest;
mod replay;
mod requests;

pub use error::{Error, Reason};
pub use manifest::Manifest;
pub use replay::{Imported, Options, Torn, check, load};

/// The name of the file that says which others there are.
pub(crate) const MANIFEST: &str = "appendonly.aof.manifest";
