//! The data structures of kv: what a key's value is made of, and nothing else.
//!
//! This crate knows bytes and memory. It knows no key lookup, no time-to-live policy, no reply and
//! no error text: those belong to the engine. `unsafe` is allowed here, each block under a
//! `// SAFETY:` line.
//!
//! - [`Record`]: a key, its value and its deadline in one allocation behind an 8-byte pointer.
//! - [`list`], [`hash`], [`set`], [`zset`]: the collections, packed in the record or, as a [`Collection`],
//!   large; [`Limits`] says up to where they stay packed.
//! - [`table`]: the hash table of large hashes and sets.
//! - [`Blob`]: shared bytes of exact size, copied on write: what the large collections are made of.
//! - [`listpack`]: what the small collections are made of.
//! - [`intset`]: what small sets of integers are made of.
//! - [`Buffer`]: bytes that are edited in place, those in a record or those in a blob.
//! - [`hashing`]: the hash of collections' elements.
//! - [`ValueBuf`]: the bytes of a value while they are changed.
//! - [`slab`]: the memory that records are in.
//! - [`bits`]: the bits of a string.
//! - [`geo`]: positions on the earth, as scores.
//! - [`glob`]: the pattern language of `KEYS` and `SCAN MATCH`.
//! - [`hll`]: HyperLogLogs in strings.
//! - [`cache`], [`Fetch`]: what will be read is asked for ahead.
//! - [`integer`]: the one text form of a 64-bit integer.

pub mod bits;
mod blob;
mod buffer;
pub mod cache;
mod chance;
mod collection;
mod fetch;
pub mod geo;
pub mod glob;
pub mod hash;
pub mod hashing;
pub mod hll;
pub mod integer;
pub mod intset;
mod limits;
mod linear;
pub mod list;
pub mod listpack;
mod record;
mod segments;
pub mod set;
mod short;
pub mod slab;
pub mod table;
mod value;
pub mod zset;

pub use blob::Blob;
pub use buffer::Buffer;
pub use collection::{Collection, Form, Remains};
pub use fetch::Fetch;
pub use limits::{Limits, Packed};
pub use record::{INLINE_MAX, Kind, LargeMut, PACKED_MAX, Record, Tail};
pub use value::ValueBuf;
