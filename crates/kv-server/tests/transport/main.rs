//! The transport on real sockets, in this process: bytes in, exact bytes out.

#![expect(clippy::unwrap_used, reason = "in a test, what must not fail may panic")]

mod large;
mod limits;
mod protocol_errors;
mod support;
mod wire;
