//! One locked shard.

#![expect(unsafe_code, reason = "a lock is two words, and knows itself how it was taken")]

use std::mem::forget;
use std::ptr::NonNull;

use dashmap::RwLock;

use super::database::Table;
use crate::Error;
use crate::command::Access;

/// A shard that is locked as long as this lives.
///
/// Not DashMap's own guards: these are half as long, and since they borrow nothing, the list of them
/// can be kept from command to command. [`View`](super::View) sees to it that none outlives the
/// keyspace.
///
/// Invariant: the shard is locked, exclusively if `access` is [`Access::Write`], and shared if not;
/// and it is there as long as this is.
pub(super) struct Lock {
    table: NonNull<RwLock<Table>>,
    pub(super) db: u32,
    pub(super) shard: u16,
    access: Access,
}

impl Lock {
    /// Waits for the lock of shard `shard` of database `db`, which is `table`.
    ///
    /// # Safety
    /// The lock must be dropped before the table is.
    #[inline]
    pub(super) unsafe fn take(
        table: &RwLock<Table>,
        db: usize,
        shard: usize,
        access: Access,
    ) -> Lock {
        match access {
            Access::Read => forget(table.read()),
            Access::Write => forget(table.write()),
        }
        Lock { table: NonNull::from(table), db: db as u32, shard: shard as u16, access }
    }

    /// As [`take`](Lock::take), but does not wait: `None` if somebody else has the lock.
    ///
    /// # Safety
    /// As there.
    #[inline]
    pub(super) unsafe fn try_take(
        table: &RwLock<Table>,
        db: usize,
        shard: usize,
        access: Access,
    ) -> Option<Lock> {
        match access {
            Access::Read => forget(table.try_read()?),
            Access::Write => forget(table.try_write()?),
        }
        Some(Lock { table: NonNull::from(table), db: db as u32, shard: shard as u16, access })
    }

    #[inline]
    fn lock(&self) -> &RwLock<Table> {
        // SAFETY: the shard is there as long as this lock is, says the invariant.
        unsafe { self.table.as_ref() }
    }

    /// Whether it is the lock of shard `shard` of its database, and allows `access`.
    #[inline]
    pub(super) fn serves(&self, shard: usize, access: Access) -> bool {
        usize::from(self.shard) == shard && (self.is_exclusive() || access == Access::Read)
    }

    #[inline]
    pub(super) fn is_exclusive(&self) -> bool {
        self.access == Access::Write
    }

    #[inline]
    pub(super) fn table(&self) -> &Table {
        // SAFETY: the shard is locked, so nobody else writes the table; that `&mut` of it comes from
        // `table_mut`, which borrows this lock mutably, keeps this thread from doing so.
        unsafe { &*self.lock().data_ptr() }
    }

    /// The table to change. That the lock is exclusive is what `Access::Write` declared.
    #[inline]
    pub(super) fn table_mut(&mut self) -> Result<&mut Table, Error> {
        if !self.is_exclusive() {
            debug_assert!(false, "a command changes a key it declared as read");
            return Err(Error::UndeclaredKey);
        }
        // SAFETY: the shard is locked exclusively, and this lock is borrowed mutably.
        Ok(unsafe { &mut *self.lock().data_ptr() })
    }
}

impl Drop for Lock {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: locked in this way by `take`, whose guard was forgotten.
        unsafe {
            match self.access {
                Access::Read => self.lock().force_unlock_read(),
                Access::Write => self.lock().force_unlock_write(),
            }
        }
    }
}
