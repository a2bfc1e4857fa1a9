//! Every command is atomic, over any keys, on all cores: nobody ever sees half of one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use kv_protocol::Frame;
use kv_store::{Change, Observer, Session, Store};

/// Keys of the tests that write many at once; they live in many shards.
const KEYS: usize = 24;
const ROUNDS: usize = 3_000;

fn names() -> Vec<String> {
    (0..KEYS).map(|number| format!("key:{number}")).collect()
}

/// All values of `MGET` over `names`, in one list.
fn snapshot(session: &mut Session, names: &[String]) -> Vec<Frame> {
    let mut request = vec!["MGET".to_owned()];
    request.extend_from_slice(names);
    match session.call(&request) {
        Frame::Array(values) => values,
        other => panic!("MGET answers {other:?}"),
    }
}

fn set_all(session: &mut Session, command: &str, names: &[String], value: &str) -> Frame {
    let mut request = vec![command.to_owned()];
    request.extend(names.iter().flat_map(|name| [name.clone(), value.to_owned()]));
    session.call(&request)
}

#[test]
fn a_reader_never_sees_half_of_an_mset() {
    let store = Store::builder().build();
    let names = names();
    set_all(&mut store.session(), "MSET", &names, "start");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for writer in 0..2 {
            let (store, names, done) = (&store, &names, &done);
            scope.spawn(move || {
                // Each writer names the keys in another order: locks must not care.
                let mut names = names.clone();
                names.rotate_left(writer * 7);
                let mut session = store.session();
                for round in 0..ROUNDS {
                    set_all(&mut session, "MSET", &names, &format!("{writer}-{round}"));
                }
                done.store(true, Ordering::Relaxed);
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                let mut session = store.session();
                while !done.load(Ordering::Relaxed) {
                    let values = snapshot(&mut session, &names);
                    assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
                }
            });
        }
    });
}

#[test]
fn of_two_msetnx_one_sets_all_and_the_other_none() {
    let store = Store::builder().build();
    let names = names();
    for _ in 0..300 {
        store.session().call(["FLUSHALL"]);
        let answers: Vec<Frame> = thread::scope(|scope| {
            let race = |value: &'static str| {
                let (store, names) = (&store, &names);
                scope.spawn(move || set_all(&mut store.session(), "MSETNX", names, value))
            };
            let racers = [race("one"), race("two")];
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        let winner = match answers[..] {
            [Frame::Integer(1), Frame::Integer(0)] => "one",
            [Frame::Integer(0), Frame::Integer(1)] => "two",
            _ => panic!("{answers:?}"),
        };
        let values = snapshot(&mut store.session(), &names);
        assert!(values.iter().all(|value| *value == Frame::from(winner)), "{values:?}");
    }
}

#[test]
fn a_renamed_key_is_always_at_one_of_its_names() {
    let store = Store::builder().build();
    store.session().call(["SET", "here", "v"]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut session = store.session();
            for _ in 0..ROUNDS {
                session.call(["RENAME", "here", "there"]);
                session.call(["RENAME", "there", "here"]);
            }
            done.store(true, Ordering::Relaxed);
        });
        scope.spawn(|| {
            let mut session = store.session();
            while !done.load(Ordering::Relaxed) {
                assert_eq!(session.call(["EXISTS", "here", "there"]), Frame::Integer(1));
            }
        });
    });
}

#[test]
fn no_increment_is_lost() {
    let store = Store::builder().build();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut session = store.session();
                for _ in 0..ROUNDS {
                    session.call(["INCR", "counter"]);
                }
            });
        }
    });
    let total = (4 * ROUNDS) as i64;
    assert_eq!(store.session().call(["INCRBY", "counter", "0"]), Frame::Integer(total));
}

#[test]
fn swapping_databases_moves_all_their_keys_at_once() {
    let store = Store::builder().build();
    let names = names();
    set_all(&mut store.session(), "MSET", &names, "zero");
    let mut other = store.session();
    other.call(["SELECT", "1"]);
    set_all(&mut other, "MSET", &names, "one");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut session = store.session();
            for _ in 0..40 {
                session.call(["SWAPDB", "0", "1"]);
            }
            done.store(true, Ordering::Relaxed);
        });
        scope.spawn(|| {
            let mut session = store.session();
            while !done.load(Ordering::Relaxed) {
                let values = snapshot(&mut session, &names);
                assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
            }
        });
    });
}

#[test]
fn a_flush_of_everything_leaves_no_key_behind_in_a_database_just_opened() {
    for _ in 0..40 {
        let store = Store::builder().build();
        let select = |db: &str| {
            let mut session = store.session();
            session.call(["SELECT", db]);
            session
        };
        // The flush has databases to lock before it comes to that of the key.
        for db in ["0", "1", "2", "3", "4", "5", "6", "7", "8"] {
            select(db).call(["SET", "k", "v"]);
        }
        thread::scope(|scope| {
            scope.spawn(|| store.session().call(["FLUSHALL"]));
            scope.spawn(|| select("8").call(["MOVE", "k", "9"]));
        });
        assert_eq!(select("9").call(["EXISTS", "k"]), Frame::Integer(0));
    }
}

/// Keeps the changes in the order it is told of them.
#[derive(Default)]
struct Witness(std::sync::Mutex<Vec<Change>>);

impl Observer for Witness {
    fn committed(&self, changes: &[Change]) {
        self.0.lock().expect("nobody panicked").extend_from_slice(changes);
    }
}

#[test]
fn an_observer_is_told_of_each_change_in_order() {
    let witness = Arc::new(Witness::default());
    let store = Store::builder().observer(witness.clone()).build();
    let mut session = store.session();
    session.call(["SET", "a", "1"]);
    session.call(["SET", "a", "2", "NX"]);
    session.call(["RENAME", "a", "b"]);
    session.call(["GET", "b"]);
    session.call(["DEL", "b", "a"]);
    let seen = witness.0.lock().unwrap();
    let told = |change: &Change| match change {
        Change::Key { key, event, .. } => (String::from_utf8_lossy(key).into_owned(), event.name),
        other => panic!("{other:?}"),
    };
    let seen: Vec<_> = seen.iter().map(told).collect();
    let expected = [("a", "set"), ("a", "rename_from"), ("b", "rename_to"), ("b", "del")];
    assert_eq!(seen, expected.map(|(key, event)| (key.to_owned(), event)));
}
