//! What a store refuses to do at present, and why.

use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::RwLock;

use crate::Error;
use crate::command::{Command, Flags};

const LOADING: u8 = 1;
const READ_ONLY: u8 = 2;

/// Which commands are refused, for all sessions but those that load data.
#[derive(Default)]
pub(crate) struct Refusal {
    reasons: AtomicU8,
    /// Why writes are refused: the error reply.
    why: RwLock<String>,
}

impl Refusal {
    /// Whether any command is.
    #[inline]
    pub(crate) fn is_any(&self) -> bool {
        self.reasons.load(Ordering::Relaxed) != 0
    }

    /// Whether data is being loaded.
    pub(crate) fn is_loading(&self) -> bool {
        self.reasons.load(Ordering::Acquire) & LOADING != 0
    }

    pub(crate) fn set_loading(&self, is_loading: bool) {
        self.set(LOADING, is_loading);
    }

    /// Refuses writes with this error, or none any more.
    pub(crate) fn refuse_writes(&self, why: Option<&str>) {
        if let Some(why) = why {
            why.clone_into(&mut self.why.write());
        }
        self.set(READ_ONLY, why.is_some());
    }

    fn set(&self, reason: u8, holds: bool) {
        match holds {
            true => self.reasons.fetch_or(reason, Ordering::AcqRel),
            false => self.reasons.fetch_and(!reason, Ordering::AcqRel),
        };
    }

    /// # Errors
    /// What a client is told whose command is refused.
    pub(crate) fn check(&self, command: &Command) -> Result<(), Error> {
        if self.is_loading() && !command.flags.contains(Flags::LOADING) {
            return Err(Error::coded("LOADING", "the data set is being loaded into memory"));
        }
        if command.is_write() && self.reasons.load(Ordering::Acquire) & READ_ONLY != 0 {
            return Err(Error::Other(self.why.read().clone().into()));
        }
        Ok(())
    }
}
