//! Commands on strings.

pub(super) mod get;
pub(super) mod set;
