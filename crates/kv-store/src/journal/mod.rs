//! What outlives the process: the entries that commands leave, who keeps them, and how they are run again.
//!
//! A command that has changed something leaves an entry: as a rule its own request with the time it ran at,
//! for a request that runs again at the same time on the same data does the same. Where it would not, by its
//! declaration ([`Log::Effect`](crate::Log)), there is a request that does what it has done ([`note`]). What is
//! removed because its time is over leaves an entry, too: clocks of different threads and machines do not agree.
//!
//! Entries are appended to the journal before the locks of their keys are dropped.

mod entry;
mod note;
mod replay;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

pub(crate) use entry::Place;
pub(crate) use note::{expired, note, note_as};
pub use replay::{ReplayError, Replayer, entries};

/// Keeps what commands have done, so that it can be done again ([`Replayer`]).
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

/// The journal of a store, if it has one.
#[derive(Default)]
pub(crate) struct Slot {
    /// Changed while all keys are locked: who holds a lock sees what it was when that was taken.
    on: AtomicBool,
    journal: OnceLock<Arc<dyn Journal>>,
}

impl Slot {
    /// The journal, if changes are to be appended to it at present. Whoever changes something asks under the
    /// locks of that.
    #[inline]
    pub(crate) fn get(&self) -> Option<&dyn Journal> {
        if self.on.load(Ordering::Relaxed) { self.attached() } else { None }
    }

    /// The journal, whether changes are appended to it or not.
    #[inline]
    pub(crate) fn attached(&self) -> Option<&dyn Journal> {
        self.journal.get().map(|journal| &**journal)
    }

    /// Attaches the journal, once; whether there was none.
    pub(crate) fn attach(&self, journal: Arc<dyn Journal>) -> bool {
        self.journal.set(journal).is_ok()
    }

    /// Says whether changes are appended from now on, while all keys are locked.
    pub(crate) fn switch(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }
}
