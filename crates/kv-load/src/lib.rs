//! Load generators and floor servers: the instruments behind `cargo xtask bench`.
//!
//! - [`recipe`]: what is asked, as a line of text.
//! - [`closed`]: as many requests as the server answers; for the CPU time of a request.
//! - [`open`]: requests on a schedule, whatever the server does; for latency.
//! - [`idle`]: connections that do nothing; for the memory of one.
//! - [`floor`]: servers that do nothing; for what the kernel and the runtime cost.
//!
//! Each generator is one thread, so that it can be bound to a core and the server to another.

pub mod books;
pub mod closed;
pub mod counter;
mod expected;
pub mod floor;
pub mod hostile;
pub mod idle;
pub mod latency;
pub mod open;
pub mod recipe;
pub mod scanner;
pub mod schedule;
mod slot;
mod socket;
