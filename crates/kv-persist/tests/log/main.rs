//! The append log: what it keeps through crashes, failing disks and damage.
//!
//! All tests but those in `threads.rs` move the writer by hand, on a disk that does as it is told, with a clock
//! that is wound.
#![expect(clippy::unwrap_used, reason = "in a test, what must not fail may panic")]

mod crash;
mod damage;
mod faults;
mod fixtures;
mod journal;
mod random;
mod stage;
mod threads;
