//! A snapshot shows what was there at its cut, whatever happens while it is read.

use std::sync::atomic::{AtomicBool, Ordering};

use kv_store::protocol::Frame;
use kv_store::testing::State;
use kv_store::{Clock, DatabaseSize};
use proptest::prelude::*;

use crate::journal::{journaled, step};
use crate::state::{restore, shown, state, store};
use crate::streams::steps;

const START: u64 = 1_700_000_000_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn it_shows_the_cut(before in steps(60), during in steps(60), reads in 0..8usize) {
        let (store, clock) = store(START);
        let mut session = store.session();
        for it in &before {
            step(&mut session, &clock, it);
        }
        let (now, expected) = (clock.now_us() / 1000, state(&store));
        let (mut snapshot, ()) = store.snapshot(|_| ()).unwrap();
        // Some of it is read before, some after.
        let (copy, _clock) = crate::state::store(now - 1);
        let mut entries = vec![];
        for _ in 0..reads {
            if let Some(db) = snapshot.read(&mut entries) {
                restore(&mut copy.session(), db, &entries);
                entries.clear();
            }
        }
        for it in &during {
            step(&mut session, &clock, it);
        }
        let mut all = state(&copy);
        all.extend(shown(snapshot, now));
        prop_assert_eq!(all, expected);
    }

    /// What is appended from the cut on, after what the snapshot shows, is all.
    #[test]
    fn the_journal_goes_on_from_the_cut(before in steps(60), during in steps(60)) {
        let (store, clock, journal) = journaled(START);
        let mut session = store.session();
        for it in &before {
            step(&mut session, &clock, it);
        }
        let cut = clock.now_us() / 1000;
        let (mut snapshot, ()) = store.snapshot(|_| journal.0.lock().clear()).unwrap();
        for it in &during {
            step(&mut session, &clock, it);
        }
        let (copy, clock_of_copy) = crate::state::store(cut - 1);
        let mut entries = vec![];
        let mut loader = copy.session();
        while let Some(db) = snapshot.read(&mut entries) {
            restore(&mut loader, db, &entries);
            entries.clear();
        }
        copy.set_loading(true);
        let mut replayer = copy.replayer();
        for entries in &*journal.0.lock() {
            replayer.replay(entries).unwrap();
        }
        copy.set_loading(false);
        clock_of_copy.set_micros(clock.now_us());
        prop_assert_eq!(state(&copy), state(&store));
    }
}

#[test]
fn threads_write_while_it_is_read() {
    let (store, _) = store(START);
    let keys = 5000;
    let mut session = store.session();
    for key in 0..keys {
        session.call(["MSET", &format!("a{key}"), "0", &format!("b{key}"), "0"]);
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..3u64 {
            let (mut session, stop) = (store.session(), &stop);
            scope.spawn(move || {
                let mut rng = fastrand::Rng::with_seed(thread);
                while !stop.load(Ordering::Relaxed) {
                    let (key, value) = (rng.usize(..keys), rng.u32(..).to_string());
                    session.call(["MSET", &format!("a{key}"), &value, &format!("b{key}"), &value]);
                }
            });
        }
        for _ in 0..5 {
            let (snapshot, ()) = store.snapshot(|_| ()).unwrap();
            let all = shown(snapshot, START);
            assert_eq!(all.len(), 2 * keys);
            for key in 0..keys {
                let value = |name: &str| all[&(0, format!("{name}{key}").into())].clone();
                assert_eq!(value("a"), value("b"), "{key}");
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn one_at_a_time_and_its_databases() {
    let (store, _) = store(START);
    let mut session = store.session();
    session.call(["MSET", "a", "1", "b", "2"]);
    session.call(["PEXPIRE", "a", "100"]);
    session.call(["SELECT", "3"]);
    session.call(["SET", "c", "3"]);
    let (snapshot, cut) = store.snapshot(|_| 7).unwrap();
    assert_eq!(cut, 7);
    assert!(store.snapshot(|_| ()).is_err());
    let size = |db, keys, expiring| DatabaseSize { db, keys, expiring };
    assert_eq!(snapshot.databases(), [size(0, 2, 1), size(3, 1, 0)]);
    drop(snapshot);
    let (empty, ()) = crate::state::store(START).0.snapshot(|_| ()).unwrap();
    assert_eq!((empty.databases(), shown(empty, START)), (vec![], State::new()));
    assert!(store.snapshot(|_| ()).is_ok());
}

#[test]
fn refusals_say_why() {
    let (store, _) = store(START);
    let mut session = store.session();
    store.set_loading(true);
    let refused = |frame: Frame, with: &str| match frame {
        Frame::Error(text) => String::from_utf8_lossy(&text).starts_with(with),
        _ => false,
    };
    assert!(refused(session.call(["GET", "k"]), "LOADING "));
    assert!(!refused(session.call(["INFO"]), ""));
    store.set_loading(false);
    store.refuse_writes(Some("MISCONF the disk is full"));
    assert!(refused(session.call(["SET", "k", "v"]), "MISCONF the disk is full"));
    assert_eq!(session.call(["GET", "k"]), Frame::Null);
    store.refuse_writes(None);
    assert_eq!(session.call(["SET", "k", "v"]), Frame::Simple("OK".into()));
}

#[test]
fn a_read_is_a_slice_however_much_a_shard_has() {
    let (store, _) = store(START);
    let mut session = store.session();
    // Two to a shard on average, of which one is a slice. Values that do not get shorter.
    let (keys, bytes) = (8192, 16 << 10);
    let value: String = std::iter::repeat_with(fastrand::alphanumeric).take(bytes).collect();
    for key in 0..keys {
        session.call(["SET", &key.to_string(), &value]);
    }
    let (mut snapshot, ()) = store.snapshot(|_| ()).unwrap();
    let (mut entries, mut reads) = (vec![], 0);
    while snapshot.read(&mut entries).is_some() {
        assert!((bytes..2 * bytes).contains(&entries.len()), "{}", entries.len());
        entries.clear();
        reads += 1;
    }
    assert_eq!(reads, keys);
}
