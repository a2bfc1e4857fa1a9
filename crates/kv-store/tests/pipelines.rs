//! Requests that run together come to the same as requests that run one by one, also among threads.

use std::sync::Arc;

use kv_protocol::{Limits, Protocol, ReplyWriter, RequestBuf, RequestDecoder, RequestSyntax};
use kv_store::{Peer, Session, Store};
use proptest::collection::vec;
use proptest::prelude::*;

/// Sends all of `input` through the decoder, `ahead` requests at a time; the replies.
fn play(session: &mut Session, input: &[u8], ahead: usize) -> Vec<u8> {
    let mut decoder = RequestDecoder::new(RequestSyntax::Redis, Limits::DEFAULT);
    let mut replies = Vec::new();
    let mut used = 0;
    while used < input.len() {
        session.begin_batch();
        let requests = decoder.decode_many(&input[used..], ahead).expect("well-formed");
        assert!(!requests.is_empty());
        let mut out = ReplyWriter::wire(&mut replies, session.protocol());
        let ran = session.execute_many(&requests, usize::MAX, &mut out);
        used += requests.consumed_by(ran);
        session.end_batch();
    }
    replies
}

fn connect(store: &Arc<Store>) -> Session {
    store.connect(Peer::default(), Protocol::Resp2)
}

fn encode(lines: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        line.split(' ').collect::<RequestBuf>().encode(&mut bytes);
    }
    bytes
}

/// Commands with one key, with several, with none, with errors, and those that change the session.
fn line() -> impl Strategy<Value = String> {
    let key = || (0..6u8).prop_map(|n| format!("k{n}"));
    let element = || (0..30u8).prop_map(|n| format!("e{n}"));
    prop_oneof![
        6 => key().prop_map(|k| format!("GET {k}")),
        4 => (key(), 0..99u8).prop_map(|(k, v)| format!("SET {k} {v}")),
        4 => key().prop_map(|k| format!("INCR {k}")),
        2 => (key(), key()).prop_map(|(a, b)| format!("MSET {a} 1 {b} 2")),
        2 => (key(), key()).prop_map(|(a, b)| format!("MGET {a} {b} {a}")),
        2 => (key(), key()).prop_map(|(a, b)| format!("RENAME {a} {b}")),
        6 => (key(), element()).prop_map(|(k, e)| format!("SADD s{k} {e}")),
        6 => (key(), element()).prop_map(|(k, e)| format!("HSET h{k} {e} {e}")),
        6 => (key(), element()).prop_map(|(k, e)| format!("ZADD z{k} {} {e}", &e[1..])),
        3 => (key(), element()).prop_map(|(k, e)| format!("LPUSH l{k} {e}")),
        4 => (key(), element()).prop_map(|(k, e)| format!("SREM s{k} {e}")),
        3 => (key(), element()).prop_map(|(k, e)| format!("HGET h{k} {e}")),
        3 => (key(), element()).prop_map(|(k, e)| format!("ZSCORE z{k} {e}")),
        2 => key().prop_map(|k| format!("RPOP l{k}")),
        2 => (key(), "[hslz]").prop_map(|(k, kind)| format!("DEL {kind}{k}")),
        1 => key().prop_map(|k| format!("DEL {k}")),
        1 => key().prop_map(|k| format!("APPEND {k} x")),
        1 => key().prop_map(|k| format!("PEXPIRE {k} -1")),
        1 => key().prop_map(|k| format!("OBJECT ENCODING {k}")),
        1 => (0..3u8).prop_map(|db| format!("SELECT {db}")),
        1 => Just("GET".to_owned()),
        1 => Just("GET a b".to_owned()),
        1 => Just("NOPE k0".to_owned()),
        1 => Just("PING".to_owned()),
        1 => (2..4u8).prop_map(|version| format!("HELLO {version}")),
        1 => Just("CLIENT REPLY SKIP".to_owned()),
        1 => Just("FLUSHDB".to_owned()),
    ]
}

proptest! {
    #[test]
    fn together_as_one_by_one(lines in vec(line(), 1..150)) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let input = encode(&lines);
        let replies = |ahead| {
            // Collections are large from the third element on.
            let packed = ["hash-max-listpack-entries", "set-max-listpack-entries"]
                .into_iter()
                .chain(["zset-max-listpack-entries", "list-max-listpack-size"]);
            let builder = Store::builder().seed([1, 2, 3, 4]);
            let store = packed.fold(builder, |it, name| it.set(name, "2").unwrap()).build();
            let replies = play(&mut connect(&store), &input, ahead);
            (replies, store.used_memory())
        };
        let one_by_one = replies(1);
        for ahead in [2, 5, Session::AHEAD, 40] {
            prop_assert_eq!(&replies(ahead), &one_by_one, "{} ahead", ahead);
        }
    }
}

#[test]
fn threads_that_pipeline_lose_no_increment() {
    const ROUNDS: usize = 300;
    let store = Store::builder().build();
    // Few keys, so that threads meet; in another order for each thread, so that they would wait for
    // each other in a circle if anybody waited for a second lock.
    let keys: Vec<String> = (0..8).map(|n| format!("k{n}")).collect();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (store, mut keys) = (&store, keys.clone());
            keys.rotate_left(thread * 2);
            scope.spawn(move || {
                let lines: Vec<String> = keys
                    .iter()
                    .chain(keys.iter().rev())
                    .flat_map(|key| [format!("INCR {key}"), format!("GET {key}")])
                    .chain([format!("MGET {}", keys.join(" "))])
                    .collect();
                let input = encode(&lines.iter().map(String::as_str).collect::<Vec<_>>());
                let mut session = connect(store);
                for _ in 0..ROUNDS {
                    assert!(!play(&mut session, &input, 16).contains(&b'-'));
                }
            });
        }
    });
    let mut session = store.session();
    for key in &keys {
        let total = (4 * 2 * ROUNDS).to_string();
        assert_eq!(session.call(["GET", key]), total.as_str().into());
    }
}
