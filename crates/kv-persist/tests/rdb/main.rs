//! Snapshots: written, read, damaged, and as real servers wrote them.

mod damage;
mod files;
mod fixtures;
mod logs;
mod parts;
mod round_trip;
