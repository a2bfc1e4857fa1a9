//! All that a store has, to be compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use kv_protocol::Frame;

use crate::{Session, Store};

/// What a store has, by database and key: what `TYPE` and `PEXPIRETIME` say, then the elements of the value in
/// their order, or in one of their own if they have none; a hash's fields are followed by their deadlines.
pub type State = BTreeMap<(usize, Bytes), Vec<Frame>>;

/// What `store` has in its first `databases`, as its commands tell.
///
/// # Panics
/// If a command does not answer as it should.
pub fn state(store: &Arc<Store>, databases: usize) -> State {
    let mut session = store.session();
    let mut state = State::new();
    for db in 0..databases {
        session.call(["SELECT", &db.to_string()]);
        for key in list(session.call(["KEYS", "*"])) {
            let key = bytes(&key);
            let value = value(&mut session, &key);
            state.insert((db, key), value);
        }
    }
    state
}

fn value(session: &mut Session, key: &[u8]) -> Vec<Frame> {
    let mut call = |words: &[&[u8]]| session.call(words);
    let kind = call(&[b"TYPE", key]);
    let mut value = vec![kind.clone(), call(&[b"PEXPIRETIME", key])];
    let Frame::Simple(name) = &kind else { panic!("the type of a key is {kind:?}") };
    value.extend(match &**name {
        b"string" => list(call(&[b"GET", key])),
        b"list" => list(call(&[b"LRANGE", key, b"0", b"-1"])),
        b"set" => sorted(call(&[b"SMEMBERS", key]), 1),
        b"zset" => list(call(&[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"])),
        b"hash" => {
            let pairs = sorted(call(&[b"HGETALL", key]), 2);
            let fields: Vec<Bytes> = pairs.iter().step_by(2).map(bytes).collect();
            let count = fields.len().to_string();
            let mut words = vec![&b"HPEXPIRETIME"[..], key, b"FIELDS", count.as_bytes()];
            words.extend(fields.iter().map(|field| &field[..]));
            let deadlines = list(call(&words));
            [pairs, deadlines].concat()
        }
        _ => panic!("the type of a key is {kind:?}"),
    });
    value
}

fn bytes(frame: &Frame) -> Bytes {
    Bytes::copy_from_slice(frame.as_bytes().expect("a text"))
}

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
