//! Commands on strings.

#[cfg(test)]
use super::testing;

pub(super) mod append;
mod comparison;
pub(super) mod delex;
pub(super) mod digest;
pub(super) mod get;
pub(super) mod getdel;
pub(super) mod getex;
pub(super) mod getrange;
pub(super) mod getset;
pub(super) mod incr;
pub(super) mod incrbyfloat;
pub(super) mod increx;
pub(super) mod lcs;
pub(super) mod mget;
pub(super) mod mset;
pub(super) mod msetex;
mod options;
pub(super) mod set;
pub(super) mod setex;
pub(super) mod setnx;
pub(super) mod setrange;
pub(super) mod strlen;
pub(super) mod throttle;
