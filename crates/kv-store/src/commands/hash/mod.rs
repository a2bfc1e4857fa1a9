//! Commands on hashes.

mod fields;
pub(super) mod hexpire;
pub(super) mod hgetdel;
pub(super) mod hgetex;
pub(super) mod hpersist;
pub(super) mod hsetex;
pub(super) mod httl;
