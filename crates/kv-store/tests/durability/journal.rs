//! What is replayed from a journal is what was there.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use kv_store::{Clock, Journal, ManualClock, ReplayError, Session, Store};
use parking_lot::Mutex;
use proptest::prelude::*;

use crate::state::{state, store};
use crate::streams::{Step, steps};

/// Keeps what is appended in memory.
#[derive(Default)]
pub(crate) struct Memory(pub(crate) Mutex<Vec<Vec<u8>>>);

impl Journal for Memory {
    fn append(&self, entries: &[u8]) {
        self.0.lock().push(entries.to_vec());
    }

    fn barrier(&self) -> Option<u64> {
        None
    }

    fn poll_kept(&self, _: u64, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn poll_room(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// A store whose changes are appended from the first one on.
pub(crate) fn journaled(now_ms: u64) -> (Arc<Store>, Arc<ManualClock>, Arc<Memory>) {
    let (store, clock) = store(now_ms);
    let memory = Arc::new(Memory::default());
    assert!(store.attach_journal(memory.clone()));
    drop(store.snapshot(|cut| cut.switch_journal(true)).expect("there is no other"));
    (store, clock, memory)
}

/// Takes a step; whether it was a call.
pub(crate) fn step(session: &mut Session, clock: &ManualClock, step: &Step) {
    match step {
        Step::Wait(ms) => clock.wind(Duration::from_millis(*ms)),
        Step::Call(words) => drop(session.call(words)),
        Step::Sweep => drop(session.store().sweep()),
    }
}

fn replayed(journal: &Memory, now_ms: u64) -> Arc<Store> {
    let (copy, _clock) = store(now_ms);
    copy.set_loading(true);
    let mut replayer = copy.replayer();
    for entries in &*journal.0.lock() {
        replayer.replay(entries).expect("it ran before");
    }
    copy.set_loading(false);
    copy
}

const START: u64 = 1_700_000_000_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_replayed_is_what_was_there(steps in steps(80)) {
        let (store, clock, journal) = journaled(START);
        let mut session = store.session();
        for it in &steps {
            step(&mut session, &clock, it);
        }
        let now = clock.now_us() / 1000;
        prop_assert_eq!(state(&replayed(&journal, now)), state(&store));
    }

    /// The clocks of two threads differ.
    #[test]
    fn what_ended_for_one_has_ended_for_all(steps in steps(60), late in proptest::collection::vec(any::<bool>(), 60)) {
        let (store, clock, journal) = journaled(START);
        let mut session = store.session();
        for (it, late) in steps.iter().zip(late) {
            if late {
                clock.set_micros(clock.now_us() - 150_000);
                step(&mut session, &clock, it);
                clock.wind(Duration::from_millis(150));
            } else {
                step(&mut session, &clock, it);
            }
        }
        clock.wind(Duration::from_secs(10));
        let now = clock.now_us() / 1000;
        prop_assert_eq!(state(&replayed(&journal, now)), state(&store));
    }
}

#[test]
fn threads_append_in_an_order_that_gives_what_they_left() {
    let (store, clock, journal) = journaled(START);
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let mut session = store.session();
            scope.spawn(move || {
                let mut rng = fastrand::Rng::with_seed(thread);
                for _ in 0..3000 {
                    let mut key = |kind: &str| format!("{kind}{}", rng.u8(..4));
                    let (a, b, l, m, s) = (key("k"), key("k"), key("l"), key("l"), key("s"));
                    let n = thread.to_string();
                    match rng.u8(..8) {
                        0 => session.call(["MSET", &a, &n, &b, &n]),
                        1 => session.call(["INCR", &a]),
                        2 => session.call(["RENAME", &a, &b]),
                        3 => session.call(["LPUSH", &l, &n]),
                        4 => session.call(["LMOVE", &l, &m, "LEFT", "RIGHT"]),
                        5 => session.call(["SADD", &s, &rng.u16(..).to_string()]),
                        6 => session.call(["SPOP", &s]),
                        _ => session.call(["APPEND", &b, &n]),
                    };
                }
            });
        }
    });
    assert_eq!(state(&replayed(&journal, clock.now_us() / 1000)), state(&store));
}

#[test]
fn only_changes_are_appended_and_those_of_a_command_together() {
    let (store, _, journal) = journaled(START);
    let mut session = store.session();
    for line in
        ["GET a", "DEL a", "SET a 1 NX", "SET a 2 NX", "MSET a 1 b 2", "SADD s x", "SADD s x"]
    {
        session.call(line.split(' '));
    }
    session.call(["HSET", "a", "f", "v"]);
    assert_eq!(journal.0.lock().len(), 3);
}

#[test]
fn nothing_is_appended_before_the_switch_or_by_a_replay() {
    let (store, _) = store(START);
    let memory = Arc::new(Memory::default());
    assert!(store.attach_journal(memory.clone()));
    assert!(!store.attach_journal(memory.clone()));
    store.session().call(["SET", "a", "1"]);
    assert!(memory.0.lock().is_empty());
}

#[test]
fn what_cannot_be_replayed_is_said() {
    let (store, _, journal) = journaled(START);
    store.session().call(["SET", "k", "v"]);
    let set = journal.0.lock().pop().unwrap();
    store.session().call(["LPUSH", "l", "v"]);
    let mut push = journal.0.lock().pop().unwrap();
    // The key is the last `l`.
    let key = push.iter().rposition(|byte| *byte == b'l').unwrap();
    push[key] = b'k';
    let mut replayer = store.replayer();
    assert_eq!(replayer.replay(&set), Ok(1));
    let refused = replayer.replay(&push).unwrap_err();
    assert!(refused.to_string().contains("WRONGTYPE"), "{refused}");
    let cut = replayer.replay(&set[..set.len() - 1]).unwrap_err();
    assert!(matches!(cut, ReplayError::Malformed(_)), "{cut}");
}
