//! The format that Redis and Valkey write values in: what `DUMP` answers and `RESTORE` takes, and what
//! snapshots are made of.
//!
//! A value is a [`Code`] and then what that code stands for, built of a few primitives: numbers of
//! variable length, strings that may be numbers or compressed, floating-point numbers, points in time. In a
//! snapshot the key, a string, lies between the code and the value; behind a dump lies a footer with the
//! version of the format and a checksum.
//!
//! - [`Reader`] and [`Writer`] know the primitives ([`length`], [`lzf`], [`crc64`]).
//! - [`decode`] reads a value in any form that a store ever wrote, checks it, and hands it to a [`Sink`].
//! - [`Entry`] writes a value, in forms that Redis 7.2 and Valkey 9 read.
//! - [`Head`] is what stands in front of a value in a snapshot; [`skip()`] finds where an entry ends.
//! - [`unseal`] and [`dump`] take a dump's footer off and put one on.
//!
//! Only `record.rs` knows how values are stored.
//!
//! ```
//! use kv_store::rdb::{self, Code, Reader};
//!
//! let dump = rdb::dump(true, |entry| entry.string(b"hello"));
//! let (version, value) = rdb::unseal(&dump)?;
//! let mut reader = Reader::new(value);
//! let code = Code::read(reader.byte()?, version, 0)?;
//! assert_eq!(code, Code::String);
//! assert_eq!(*reader.string()?, *b"hello");
//! reader.finish()?;
//! # Ok::<(), rdb::Error>(())
//! ```

mod code;
mod crc64;
mod decode;
mod encode;
mod error;
mod footer;
mod head;
pub mod length;
pub mod lzf;
mod reader;
pub(crate) mod record;
mod sink;
pub mod skip;
mod text;
mod writer;
mod ziplist;
mod zipmap;

pub use code::{Code, NEWEST};
pub use crc64::crc64;
pub use decode::decode;
pub use encode::{Entry, Node, dump};
pub use error::{Error, Reason};
pub use footer::{seal, unseal};
pub use head::{Head, Marks};
pub use reader::{MAX_STRING, Reader};
pub use sink::{Collection, Packed, Sink};
pub use skip::skip;
pub use text::{Digits, Text};
pub use writer::{Output, Writer};
