//! Commands on the session itself.

pub(super) mod auth;
pub(super) mod client;
pub(super) mod hello;
pub(super) mod ping;
pub(super) mod quit;
pub(super) mod select;

use crate::command::Flags;

/// The flags of what a connection may always say, before it has authenticated too.
const ALWAYS: Flags = Flags::NOSCRIPT
    .and(Flags::LOADING)
    .and(Flags::STALE)
    .and(Flags::FAST)
    .and(Flags::NO_AUTH)
    .and(Flags::ALLOW_BUSY);
