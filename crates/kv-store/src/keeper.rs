//! Who keeps a store's data on disk, as commands ask for it.

use crate::Error;

/// Keeps a store's data on disk: what `SAVE` and its kin talk to. See [`Store::attach_keeper`](crate::Store::attach_keeper).
pub trait Keeper: Send + Sync {
    /// Writes a snapshot, and waits for it.
    ///
    /// # Errors
    /// If another one is being written, or the disk refuses.
    fn save(&self) -> Result<(), Error>;

    /// Begins to write a snapshot; if something else is being written that it must wait for, only if it may be
    /// `scheduled` for later.
    ///
    /// # Errors
    /// If one is being written already, or something else is.
    fn begin_save(&self, schedule: bool) -> Result<Begun, Error>;

    /// Gives up the snapshot that is being written ([`Begun::Now`]), or else the one that is to be written later
    /// ([`Begun::Later`]).
    ///
    /// # Errors
    /// If there is neither.
    fn cancel_save(&self) -> Result<Begun, Error>;

    /// Begins to write the log anew, as short as it can be; later if something else is being written.
    ///
    /// # Errors
    /// If it is being written anew already, or there is no log.
    fn begin_rewrite(&self) -> Result<Begun, Error>;

    /// When a snapshot was last written, or else when the store began, in seconds since the Unix epoch.
    fn last_save(&self) -> u64;

    /// Whether snapshots are written by themselves after some changes.
    fn has_save_rules(&self) -> bool;

    /// Writes everything to disk and loads it again, in place of what is there.
    ///
    /// # Errors
    /// If that fails. What cannot be loaded is not there then.
    fn reload(&self) -> Result<(), Error>;
}

/// When something begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It has begun.
    Now,
    /// It begins when something else has ended.
    Later,
}
