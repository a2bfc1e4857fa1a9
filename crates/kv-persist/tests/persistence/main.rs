//! A store kept on disk as a whole: what of it survives crashes, failing disks, damage and time.
//!
//! Nothing here has a thread, but in `threads`: log, snapshots and settings are moved by hand, on disks that do as they
//! are told, with a clock that is wound.
#![expect(clippy::unwrap_used, reason = "in a test, what must not fail may panic")]

mod crash;
mod damage;
mod faults;
mod fixtures;
mod stage;
mod state;
mod threads;
