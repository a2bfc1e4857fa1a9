//! Durability for a kv store: an append log, and snapshots in the format of Redis's dumps.
//!
//! The engine tells a [`Journal`](kv_store::Journal) of every change; this crate writes that to files.
//!
//! - [`disk`]: the files of a directory, and a disk for tests that fails and crashes.
//! - [`rdb`]: files in the format of Redis's dumps: written, loaded, checked.
//! - [`aof`]: append-only files of Redis's, which are loaded.

pub mod aof;
pub mod disk;
pub mod rdb;
