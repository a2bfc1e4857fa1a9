//! What outlives the process: the entries that commands leave, and who keeps them.

use std::task::{Context, Poll};

/// Keeps what commands have done, so that it can be done again (`Store::replay`).
///
/// It is called by all threads that run commands. A *position* is a number of bytes: how many had been
/// appended in all at some moment.
pub trait Journal: Send + Sync {
    /// Takes the entries of one or several commands, of which either all or none must be kept.
    ///
    /// It is called while the commands' keys are locked. So the order of calls is an order in which the
    /// commands could have run one after the other. It must neither wait for a disk nor call into the store.
    fn append(&self, entries: &[u8]);

    /// The position up to which all must be kept before a reply that is ready now may leave; `None` if
    /// replies need not wait.
    fn barrier(&self) -> Option<u64>;

    /// Whether all before `position` is kept; if not, `context` is woken when it may be.
    fn poll_kept(&self, position: u64, context: &mut Context<'_>) -> Poll<()>;

    /// Whether more may be appended; if not, as more waits to be written than memory should hold, `context`
    /// is woken when it may be.
    fn poll_room(&self, context: &mut Context<'_>) -> Poll<()>;
}
