//! The client against a scripted peer on a loopback socket.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod arguments;
mod bounds;
mod cancellation;
mod conversions;
mod methods;
mod peer;
mod pipelining;
mod pushes;
mod reconnecting;
mod sessions;
mod threads;
