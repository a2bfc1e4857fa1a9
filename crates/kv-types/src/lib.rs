//! The data structures of kv: what a key's value is made of, and nothing else.
//!
//! This crate knows bytes and memory. It knows no key lookup, no time-to-live policy, no reply and
//! no error text: those belong to the engine. `unsafe` is allowed here, each block under a
//! `// SAFETY:` line.
//!
//! - [`Record`]: a key, its value and its deadline in one allocation behind an 8-byte pointer.
//! - [`ValueBuf`]: the bytes of a value while they are changed.
//! - [`slab`]: the memory that records are in.
//! - [`bits`]: the bits of a string.
//! - [`glob`]: the pattern language of `KEYS` and `SCAN MATCH`.
//! - [`hll`]: HyperLogLogs in strings.
//! - [`integer`]: the one text form of a 64-bit integer.

pub mod bits;
pub mod glob;
pub mod hll;
pub mod integer;
mod record;
mod short;
pub mod slab;
mod value;

pub use record::{INLINE_MAX, Kind, Record};
pub use value::ValueBuf;
