//! One locked shard.

#![expect(unsafe_code, reason = "a lock is two words, and knows itself how it was taken")]

use std::mem::forget;

use dashmap::RwLock;

use super::database::Table;
use crate::Error;
use crate::command::Access;

/// A shard that is locked as long as this lives.
///
/// Not DashMap's own guards: a command over many keys keeps a list of these, and they are half as
/// long.
///
/// Invariant: the shard is locked, exclusively if `access` is [`Access::Write`], and shared if not.
pub(super) struct Lock<'s> {
    table: &'s RwLock<Table>,
    pub(super) db: u32,
    pub(super) shard: u16,
    access: Access,
}

impl<'s> Lock<'s> {
    /// Waits for the lock of shard `shard` of database `db`, which is `table`.
    #[inline]
    pub(super) fn take(
        table: &'s RwLock<Table>,
        db: usize,
        shard: usize,
        access: Access,
    ) -> Lock<'s> {
        match access {
            Access::Read => forget(table.read()),
            Access::Write => forget(table.write()),
        }
        Lock { table, db: db as u32, shard: shard as u16, access }
    }

    #[inline]
    pub(super) fn is_exclusive(&self) -> bool {
        self.access == Access::Write
    }

    #[inline]
    pub(super) fn table(&self) -> &Table {
        // SAFETY: the shard is locked, so nobody else writes the table; that `&mut` of it comes from
        // `table_mut`, which borrows this lock mutably, keeps this thread from doing so.
        unsafe { &*self.table.data_ptr() }
    }

    /// The table to change. That the lock is exclusive is what `Access::Write` declared.
    #[inline]
    pub(super) fn table_mut(&mut self) -> Result<&mut Table, Error> {
        if !self.is_exclusive() {
            debug_assert!(false, "a command changes a key it declared as read");
            return Err(Error::UndeclaredKey);
        }
        // SAFETY: the shard is locked exclusively, and this lock is borrowed mutably.
        Ok(unsafe { &mut *self.table.data_ptr() })
    }
}

impl Drop for Lock<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: locked in this way by `take`, whose guard was forgotten.
        unsafe {
            match self.access {
                Access::Read => self.table.force_unlock_read(),
                Access::Write => self.table.force_unlock_write(),
            }
        }
    }
}
