//! Commands on the server as a whole.

pub(super) mod command;
pub(super) mod config;
pub(super) mod dbsize;
pub(super) mod debug;
pub(super) mod flush;
pub(super) mod info;
pub(super) mod lolwut;
pub(super) mod memory;
pub(super) mod save;
pub(super) mod shutdown;
pub(super) mod swapdb;
pub(super) mod time;
