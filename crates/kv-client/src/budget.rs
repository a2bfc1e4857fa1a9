//! How much may be under way at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room for so many commands and bytes; whoever finds none waits for its turn, in order.
#[derive(Debug)]
pub(crate) struct Budget {
    commands: Room,
    bytes: Room,
}

/// A share of the budget, given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    _commands: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
}

impl Budget {
    pub(crate) fn new(commands: usize, bytes: usize) -> Budget {
        Budget { commands: Room::new(commands), bytes: Room::new(bytes) }
    }

    /// Takes a share. What is larger than the whole budget gets all of it, hence goes alone.
    ///
    /// Everybody takes commands before bytes, and who has both needs nothing more: no two can wait
    /// for one another.
    pub(crate) async fn take(&self, commands: usize, bytes: usize) -> Share {
        Share {
            _commands: self.commands.take(commands).await,
            _bytes: self.bytes.take(bytes).await,
        }
    }
}

#[derive(Debug)]
struct Room {
    left: Arc<Semaphore>,
    all: u32,
}

impl Room {
    fn new(all: usize) -> Room {
        let all = u32::try_from(all).unwrap_or(u32::MAX);
        // On a machine of 32 bits a semaphore holds less than `u32::MAX`.
        let all = all.min(u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX));
        Room { left: Arc::new(Semaphore::new(all as usize)), all }
    }

    async fn take(&self, wanted: usize) -> OwnedSemaphorePermit {
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX).min(self.all);
        let left = Arc::clone(&self.left);
        left.acquire_many_owned(wanted).await.expect("the semaphore is never closed")
    }
}
