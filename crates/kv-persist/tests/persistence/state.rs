//! All that a store has, to be compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use kv_store::protocol::Frame;
use kv_store::{Session, Store};

/// By database and key: the kind of value, when it ends, its elements in the order of the value or sorted.
pub(crate) type State = BTreeMap<(usize, String), Vec<Frame>>;

/// Databases that tests use.
const DATABASES: usize = 4;

fn list(frame: Frame) -> Vec<Frame> {
    match frame {
        Frame::Array(items) => items,
        other => vec![other],
    }
}

/// Pairs, or single elements, in an order of their own.
fn sorted(frame: Frame, by: usize) -> Vec<Frame> {
    let items = list(frame);
    let mut groups: Vec<&[Frame]> = items.chunks(by).collect();
    groups.sort_by_key(|group| format!("{group:?}"));
    groups.concat()
}

fn text(frame: &Frame) -> String {
    String::from_utf8_lossy(frame.as_bytes().expect("a text")).into_owned()
}

/// What `store` has, as its commands tell.
pub(crate) fn state(store: &Arc<Store>) -> State {
    let mut session = store.session();
    let mut state = State::new();
    for db in 0..DATABASES {
        session.call(["SELECT", &db.to_string()]);
        for key in list(session.call(["KEYS", "*"])) {
            let key = text(&key);
            let value = value(&mut session, &key);
            state.insert((db, key), value);
        }
    }
    state
}

fn value(session: &mut Session, key: &str) -> Vec<Frame> {
    let kind = session.call(["TYPE", key]);
    let mut value = vec![kind.clone(), session.call(["PEXPIRETIME", key])];
    let Frame::Simple(name) = &kind else { panic!("{kind:?}") };
    value.extend(match &**name {
        b"string" => list(session.call(["GET", key])),
        b"list" => list(session.call(["LRANGE", key, "0", "-1"])),
        b"set" => sorted(session.call(["SMEMBERS", key]), 1),
        b"zset" => list(session.call(["ZRANGE", key, "0", "-1", "WITHSCORES"])),
        b"hash" => {
            let pairs = sorted(session.call(["HGETALL", key]), 2);
            let fields: Vec<String> = pairs.iter().step_by(2).map(text).collect();
            let count = fields.len().to_string();
            let mut words = vec!["HPEXPIRETIME", key, "FIELDS", &count];
            words.extend(fields.iter().map(String::as_str));
            let deadlines = list(session.call(words));
            [pairs, deadlines].concat()
        }
        _ => panic!("{kind:?}"),
    });
    value
}

/// What is left of a state at a later time.
pub(crate) fn at(state: &State, now_ms: u64) -> State {
    let lives = |value: &Vec<Frame>| match value[1] {
        Frame::Integer(end) => end < 0 || end.unsigned_abs() > now_ms,
        _ => panic!("{value:?}"),
    };
    state.iter().filter(|(_, value)| lives(value)).map(|(k, v)| (k.clone(), v.clone())).collect()
}
