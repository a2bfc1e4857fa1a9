//! Durability for a kv store: an append log, and snapshots in the format of Redis's dumps.
//!
//! The engine tells a [`Journal`](kv_store::Journal) of every change; this crate writes that to files.

pub mod aof;
pub mod rdb;
