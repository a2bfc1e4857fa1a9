//! Bytes to RESP requests and frames and back: RESP2, RESP3, inline commands and dictionaries.
//!
//! No I/O, no async, no command semantics: a server feeds a [`RequestDecoder`] and answers through
//! a [`ReplyWriter`], a client fills a [`RequestBuf`] and feeds a [`FrameDecoder`].
//!
//! A pipeline, decoded and answered:
//!
//! ```
//! use kv_protocol::{Decoded, Limits, Protocol, ReplyWriter, RequestDecoder, RequestSyntax};
//!
//! let mut input: &[u8] = b"*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\nPING\r\n*2\r\n$4\r\nEC";
//! let mut decoder = RequestDecoder::new(RequestSyntax::Redis, Limits::DEFAULT);
//! let mut output = Vec::new();
//! while let Decoded::Request { request, consumed } = decoder.decode(input)? {
//!     let mut reply = ReplyWriter::wire(&mut output, Protocol::Resp2);
//!     match request.arg(1).and_then(|arg| arg.text()) {
//!         Some(text) => reply.bulk(text),
//!         None => reply.simple("PONG"),
//!     }
//!     input = &input[consumed..];
//! }
//! assert_eq!(output, b"$5\r\nhello\r\n+PONG\r\n");
//! assert_eq!(input, b"*2\r\n$4\r\nEC"); // kept until more has come
//! # Ok::<(), kv_protocol::ProtocolError>(())
//! ```
//!
//! (A server's loop also drops the bytes of [`Decoded::Empty`] and goes on.)

mod elements;
mod error;
mod frame;
mod header;
mod limits;
mod line;
mod number;
mod protocol;
mod reply;
mod request;
mod scan;
mod steps;

pub use error::ProtocolError;
pub use frame::{Frame, FrameDecoder};
pub use limits::Limits;
pub use protocol::{Protocol, RequestSyntax};
pub use reply::{Mark, Open, Output, ReplyWriter, Tree};
pub use request::{Arg, Decoded, Request, RequestBuf, RequestDecoder, Requests};
