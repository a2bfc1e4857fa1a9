//! Tasks that wait until something is kept or until there is room.

use std::collections::BTreeMap;
use std::task::{Context, Waker};

use parking_lot::Mutex;

/// Wakers in the order of the positions that they wait for.
///
/// A task that asks twice for a position is noted once: so the list grows no longer than there are tasks,
/// however often they ask.
#[derive(Default)]
pub(crate) struct Waiters {
    /// By position, and by what identifies a waker.
    wakers: Mutex<BTreeMap<(u64, usize, usize), Waker>>,
}

impl Waiters {
    /// Notes a task that waits for `position`, unless `is_over` says that it need not wait any more.
    ///
    /// Who makes that so must do it before calling [`Waiters::wake`].
    pub(crate) fn add(
        &self,
        position: u64,
        context: &Context<'_>,
        is_over: impl Fn() -> bool,
    ) -> bool {
        let waker = context.waker();
        let key = (position, waker.data() as usize, std::ptr::from_ref(waker.vtable()) as usize);
        let mut wakers = self.wakers.lock();
        if is_over() {
            return false;
        }
        wakers.entry(key).or_insert_with(|| waker.clone());
        true
    }

    /// Wakes all who wait for `position` or one before it.
    pub(crate) fn wake(&self, position: u64) {
        let mut wakers = self.wakers.lock();
        if wakers.first_key_value().is_none_or(|((first, ..), _)| *first > position) {
            return;
        }
        let later = match position.checked_add(1) {
            Some(next) => wakers.split_off(&(next, 0, 0)),
            None => BTreeMap::new(),
        };
        let now = std::mem::replace(&mut *wakers, later);
        // Whoever is woken may ask again at once, from another thread.
        drop(wakers);
        now.into_values().for_each(Waker::wake);
    }
}
