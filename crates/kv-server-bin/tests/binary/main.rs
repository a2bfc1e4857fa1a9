//! The real binary as a child process: what its users meet, and what hostile clients do to it.

mod durable;
mod hostile;
mod process;
mod support;
