//! Walks (`SCAN` and its kin) while others add and remove: what is there throughout is returned, and nothing
//! that never was.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use kv_protocol::Frame;
use kv_store::{Session, Store};
use proptest::prelude::*;

/// Something to walk over: the commands, as words, in which `%` stands for an element.
struct Walked {
    add: &'static str,
    remove: &'static str,
    /// The cursor follows.
    scan: &'static str,
    /// An element comes as so many replies, the first of which names it.
    replies: usize,
}

const KEYS: Walked = Walked { add: "SET % v", remove: "DEL %", scan: "SCAN", replies: 1 };
const HASH: Walked = Walked { add: "HSET h % v", remove: "HDEL h %", scan: "HSCAN h", replies: 2 };
const SET: Walked = Walked { add: "SADD s %", remove: "SREM s %", scan: "SSCAN s", replies: 1 };
const ZSET: Walked = Walked { add: "ZADD z 1 %", remove: "ZREM z %", scan: "ZSCAN z", replies: 2 };

/// How much happens during the walks.
#[derive(Clone, Copy, Debug)]
struct Scale {
    /// Elements that are there throughout.
    stay: usize,
    /// Elements that each of the writers adds and removes in turn, all of them and then none.
    guests: usize,
    /// Elements looked at by a call.
    count: usize,
}

fn scale() -> impl Strategy<Value = Scale> {
    let stay = prop_oneof![1..50usize, 100..1500usize];
    (stay, 0..2500usize, 1..200usize).prop_map(|(stay, guests, count)| Scale {
        stay,
        guests,
        count,
    })
}

const WRITERS: usize = 2;
const WALKS: usize = 10;

fn call(session: &mut Session, words: &str, element: &str) -> Frame {
    let words: Vec<String> = words.split(' ').map(|word| word.replace('%', element)).collect();
    let reply = session.call(&words);
    assert!(reply.as_error().is_none(), "{words:?}: {reply:?}");
    reply
}

/// One walk from its beginning to its end: the names of what it has returned.
fn walk(session: &mut Session, walked: &Walked, count: usize) -> BTreeSet<String> {
    let (mut cursor, mut seen) = ("0".to_owned(), BTreeSet::new());
    loop {
        let reply = call(session, &format!("{} {cursor} COUNT {count}", walked.scan), "");
        let Some([next, Frame::Array(elements)]) = reply.as_array() else { panic!("{reply:?}") };
        let names = elements.iter().step_by(walked.replies);
        seen.extend(names.map(|name| name.as_str().expect("a name").to_owned()));
        cursor = next.as_str().expect("a cursor").to_owned();
        if cursor == "0" {
            return seen;
        }
    }
}

/// Adds all of its guests, removes them, and so on, until it is told that it is `done`.
fn come_and_go(
    store: &Arc<Store>,
    walked: &Walked,
    writer: usize,
    guests: usize,
    done: &AtomicBool,
) {
    let mut session = store.session();
    loop {
        for command in [walked.add, walked.remove] {
            for guest in 0..guests {
                call(&mut session, command, &format!("guest:{writer}:{guest}"));
                if done.load(Ordering::Relaxed) {
                    return;
                }
            }
        }
        if done.load(Ordering::Relaxed) {
            return;
        }
    }
}

fn walks_return_what_stays(walked: &Walked, scale: Scale) {
    let store = Store::builder().build();
    let names = |kind: &str, count: usize| -> BTreeSet<String> {
        (0..count).map(|number| format!("{kind}:{number}")).collect()
    };
    let stay = names("stay", scale.stay);
    let guests = (0..WRITERS).map(|writer| names(&format!("guest:{writer}"), scale.guests));
    let known: BTreeSet<String> = guests.flatten().chain(stay.iter().cloned()).collect();
    let mut session = store.session();
    stay.iter().for_each(|name| drop(call(&mut session, walked.add, name)));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (store, done) = (&store, &done);
            scope.spawn(move || come_and_go(store, walked, writer, scale.guests, done));
        }
        let walker = || {
            let mut session = store.session();
            for _ in 0..WALKS {
                let seen = walk(&mut session, walked, scale.count);
                assert!(stay.is_subset(&seen), "missed: {:?}", stay.difference(&seen));
                assert!(seen.is_subset(&known), "made up: {:?}", seen.difference(&known));
            }
        };
        let walkers = [scope.spawn(walker), scope.spawn(walker)];
        let ended = walkers.map(|walker| walker.join());
        // Set before anyone panics, or the writers would never end.
        done.store(true, Ordering::Relaxed);
        ended.into_iter().for_each(|walker| walker.expect("no walk has missed anything"));
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn keys(scale in scale()) {
        walks_return_what_stays(&KEYS, scale);
    }

    #[test]
    fn fields_of_a_hash(scale in scale()) {
        walks_return_what_stays(&HASH, scale);
    }

    #[test]
    fn members_of_a_sorted_set(scale in scale()) {
        walks_return_what_stays(&ZSET, scale);
    }

    #[test]
    fn members_of_a_set(scale in scale()) {
        walks_return_what_stays(&SET, scale);
    }
}
