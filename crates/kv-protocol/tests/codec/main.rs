//! The crate from outside: bytes in, bytes out, in every dialect and however they are split.

mod frames;
mod replies;
mod requests;
mod splices;
mod splits;
mod support;
