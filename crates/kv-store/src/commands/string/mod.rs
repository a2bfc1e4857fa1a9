//! Commands on strings.

#[cfg(test)]
use super::testing;

pub(super) mod append;
pub(super) mod get;
pub(super) mod getdel;
pub(super) mod getex;
pub(super) mod getrange;
pub(super) mod getset;
pub(super) mod incr;
pub(super) mod incrbyfloat;
pub(super) mod lcs;
pub(super) mod mget;
pub(super) mod mset;
pub(super) mod set;
pub(super) mod setex;
pub(super) mod setnx;
pub(super) mod setrange;
pub(super) mod strlen;
