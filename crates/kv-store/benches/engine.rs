//! The engine's hot paths, from a decoded request to the bytes of its reply: lookup, locks, table,
//! record and reply, without sockets. `cargo bench -p kv-store`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kv_store::protocol::{Protocol, ReplyWriter, RequestBuf};
use kv_store::{Session, Store};

/// Keys in the store; their records take some 30 MB.
const KEYS: usize = 200_000;

/// Requests of one iteration.
const BATCH: usize = 64;

/// Batches that take turns, so that an iteration meets other keys than the one before.
const BATCHES: usize = 256;

/// Distance between the keys of neighbouring requests, prime to [`KEYS`].
const STRIDE: usize = 7919;

fn key(number: usize) -> String {
    format!("key:{:012}", number % KEYS)
}

fn value() -> String {
    "v".repeat(64)
}

/// A session on a store that holds every key.
fn filled() -> Session {
    let mut session = Store::builder().seed([1, 2, 3, 4]).build().session();
    for number in 0..KEYS {
        session.call(["SET", &key(number), &value()]);
    }
    session.call(["SET", "counter", "1"]);
    session
}

/// Requests for all batches, each made of the arguments for a number of its own.
fn requests(arguments: impl Fn(usize) -> Vec<String>) -> Vec<RequestBuf> {
    (0..BATCH * BATCHES).map(|number| arguments(number * STRIDE).iter().collect()).collect()
}

fn engine(c: &mut Criterion) {
    let words = |line: &[&str]| line.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let ten = |number: usize| (0..10).map(move |n| key(number + n * 31));
    let cases = [
        ("get", requests(|n| words(&["GET", &key(n)]))),
        ("get-missing", requests(|n| words(&["GET", &format!("no:{n}")]))),
        ("set", requests(|n| words(&["SET", &key(n), &value()]))),
        ("set-ex", requests(|n| words(&["SET", &key(n), &value(), "EX", "1000"]))),
        ("incr", requests(|_| words(&["INCR", "counter"]))),
        ("mget10", requests(|n| words(&["MGET"]).into_iter().chain(ten(n)).collect())),
        (
            "mset10",
            requests(|n| {
                words(&["MSET"]).into_iter().chain(ten(n).flat_map(|key| [key, value()])).collect()
            }),
        ),
        ("ping", requests(|_| words(&["PING"]))),
    ];
    let mut session = filled();
    let mut replies = Vec::with_capacity(1 << 20);
    let mut group = c.benchmark_group("engine");
    group.throughput(Throughput::Elements(BATCH as u64));
    for (name, requests) in &cases {
        let mut batches = requests.chunks(BATCH).cycle();
        group.bench_function(format!("{name}-x{BATCH}"), |b| {
            b.iter(|| {
                replies.clear();
                session.begin_batch();
                for request in batches.next().unwrap_or_default() {
                    let mut out = ReplyWriter::wire(&mut replies, Protocol::Resp2);
                    session.execute(black_box(request.as_request()), &mut out);
                }
                session.end_batch();
                black_box(replies.len())
            })
        });
        assert!(!replies.starts_with(b"-"), "{name} is answered by an error");
    }
    group.finish();
}

criterion_group!(benches, engine);
criterion_main!(benches);
