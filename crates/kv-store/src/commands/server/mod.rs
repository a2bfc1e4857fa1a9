//! Commands on the server as a whole.

pub(super) mod command;
pub(super) mod config;
pub(super) mod info;
pub(super) mod lolwut;
pub(super) mod time;
