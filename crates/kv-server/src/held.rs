//! Connections of one worker whose replies wait until the journal keeps what they speak of.
//!
//! Whoever wakes a task of another thread's runtime makes a system call for it. With `appendfsync always` that
//! would be one for each reply, while the next sync waits for the thread that makes them. So the
//! journal knows one task of each worker, and that one wakes the others on its own thread.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use atomic_waker::AtomicWaker;
use kv_store::{Journal, Store};
use parking_lot::Mutex;

/// The connections that wait, in the order in which they came.
#[derive(Default)]
pub(crate) struct Held {
    /// Each with the position that is to be kept before it goes on. A thread sees positions that only grow.
    waiting: Mutex<VecDeque<(u64, Waker)>>,
    /// Wakes the task that asks the journal for them.
    asker: AtomicWaker,
}

impl Held {
    /// Wakes a task once everything before `position` may be kept: it has to look then.
    pub(crate) fn wait(&self, position: u64, waker: Waker) {
        let mut waiting = self.waiting.lock();
        waiting.push_back((position, waker));
        let is_first = waiting.len() == 1;
        drop(waiting);
        if is_first {
            self.asker.wake();
        }
    }

    /// The task that asks `store`'s journal; it has no end.
    pub(crate) async fn ask(self: Arc<Held>, store: Arc<Store>) {
        std::future::poll_fn(|context| self.poll_ask(store.journal(), context)).await
    }

    /// Wakes all that need not wait any more, and waits for the first that must.
    fn poll_ask(&self, journal: Option<&dyn Journal>, context: &mut Context<'_>) -> Poll<()> {
        self.asker.register(context.waker());
        let mut waiting = self.waiting.lock();
        while let Some((position, _)) = waiting.front() {
            if journal.is_some_and(|journal| journal.poll_kept(*position, context).is_pending()) {
                break;
            }
            if let Some((_, waker)) = waiting.pop_front() {
                waker.wake();
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    /// A journal that keeps what it is told to, and counts those who wait for it.
    #[derive(Default)]
    struct Kept {
        position: AtomicU64,
        asked: Mutex<Vec<(u64, Waker)>>,
    }

    impl Kept {
        fn keep(&self, position: u64) {
            self.position.store(position, Ordering::Relaxed);
            self.asked.lock().drain(..).for_each(|(_, waker)| waker.wake());
        }
    }

    impl Journal for Kept {
        fn append(&self, _entries: &[u8]) {}

        fn barrier(&self) -> Option<u64> {
            None
        }

        fn poll_kept(&self, position: u64, context: &mut Context<'_>) -> Poll<()> {
            if self.position.load(Ordering::Relaxed) >= position {
                return Poll::Ready(());
            }
            self.asked.lock().push((position, context.waker().clone()));
            Poll::Pending
        }

        fn poll_room(&self, _context: &mut Context<'_>) -> Poll<()> {
            Poll::Ready(())
        }
    }

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Woken {
        fn times(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn the_journal_wakes_one_task_and_that_one_all_whose_time_has_come() {
        let (held, journal) = (Held::default(), Kept::default());
        let [asker, first, second, third] = [(); 4].map(|()| Arc::new(Woken::default()));
        let waker = Waker::from(asker.clone());
        let turn = || {
            let polled: Poll<()> = held.poll_ask(Some(&journal), &mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        };
        turn();
        held.wait(10, first.clone().into());
        assert_eq!(asker.times(), 1, "it must learn of the first");
        turn();
        held.wait(20, second.clone().into());
        held.wait(30, third.clone().into());
        assert_eq!(asker.times(), 1, "it waits already");
        assert_eq!(journal.asked.lock().len(), 1);

        journal.keep(20);
        assert_eq!(asker.times(), 2);
        turn();
        let times = || [&first, &second, &third].map(|woken| woken.times());
        assert_eq!(times(), [1, 1, 0]);
        let asked = journal.asked.lock().iter().map(|(position, _)| *position).collect::<Vec<_>>();
        assert_eq!(asked, [30], "it goes on to wait for the third");

        journal.keep(30);
        turn();
        assert_eq!(times(), [1, 1, 1]);
        held.wait(40, first.clone().into());
        assert_eq!(asker.times(), 4, "the row was empty");
    }
}
