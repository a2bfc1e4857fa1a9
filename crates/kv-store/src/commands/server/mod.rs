//! Commands on the server as a whole.

pub(super) mod dbsize;
pub(super) mod debug;
pub(super) mod flush;
pub(super) mod memory;
pub(super) mod swapdb;
