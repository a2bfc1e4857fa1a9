//! The data structures of kv: what a key's value is made of, and nothing else.
//!
//! This crate knows bytes and memory. It knows no key lookup, no time-to-live policy, no reply and
//! no error text: those belong to the engine. `unsafe` is allowed here, each block under a
//! `// SAFETY:` line.
//!
//! - [`Record`]: a key, its value and its deadline in one allocation behind an 8-byte pointer.
//! - [`Blob`]: shared bytes of exact size, copied on write: what the large collections are made of.
//! - [`listpack`]: what the small collections are made of.
//! - [`list`]: large lists.
//! - [`Buffer`]: bytes that are edited in place, those in a record or those in a blob.
//! - [`hashing`]: the hash of collections' elements.
//! - [`ValueBuf`]: the bytes of a value while they are changed.
//! - [`slab`]: the memory that records are in.
//! - [`glob`]: the pattern language of `KEYS` and `SCAN MATCH`.
//! - [`integer`]: the one text form of a 64-bit integer.

mod blob;
mod buffer;
pub mod glob;
pub mod hashing;
pub mod integer;
pub mod list;
pub mod listpack;
mod record;
mod short;
pub mod slab;
mod value;

pub use blob::Blob;
pub use buffer::Buffer;
pub use record::{INLINE_MAX, Kind, Record};
pub use value::ValueBuf;
