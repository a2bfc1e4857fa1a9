//! Snapshots: written, read, damaged, and as real servers wrote them.

mod damage;
mod files;
mod parts;
mod round_trip;
