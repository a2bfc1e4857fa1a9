//! Replays recorded requests through codec and engine, without sockets: the input of
//! `cargo xtask instructions`, which counts the instructions that a request takes.
//!
//! ```text
//! replay SCENARIO DEPTH ROUNDS
//! ```
//!
//! The requests are the bytes a client would send, `DEPTH` at a time. Everything is seeded, so two
//! runs do the same; the work of two numbers of rounds differs by that of the rounds alone.

use std::process::ExitCode;

use kv_store::protocol::{
    Limits, Protocol, ReplyWriter, RequestBuf, RequestDecoder, RequestSyntax,
};
use kv_store::{Peer, Session, Store};

/// Keys in the store.
const KEYS: usize = 10_000;
/// Lists in the store, and elements of each.
const LISTS: usize = 64;
const ELEMENTS: usize = 1000;
/// Requests of a round: every depth does the same number.
const REQUESTS: usize = 1024;
/// Distance between the keys of neighbouring requests, prime to [`KEYS`].
const STRIDE: usize = 7919;

fn key(number: usize) -> String {
    format!("key:{:012}", number * STRIDE % KEYS)
}

/// The words of request `number`.
fn request(scenario: &str, number: usize) -> Option<Vec<String>> {
    let value = || "v".repeat(64);
    let ten = (0..10).map(|n| key(number * 10 + n));
    let words = |first: &str, rest: Vec<String>| {
        Some(std::iter::once(first.to_owned()).chain(rest).collect())
    };
    match scenario {
        "get" => words("GET", vec![key(number)]),
        "set" => words("SET", vec![key(number), value()]),
        "incr" => words("INCR", vec![format!("counter:{:08}", number % 64)]),
        // As many come as go.
        "lpush+lpop" => {
            let list = format!("list:{:08}", number / 2 % LISTS);
            match number % 2 {
                0 => words("LPUSH", vec![list, "e".repeat(16)]),
                _ => words("LPOP", vec![list]),
            }
        }
        "mget10" => words("MGET", ten.collect()),
        "mset10" => words("MSET", ten.flat_map(|key| [key, value()]).collect()),
        _ => None,
    }
}

/// Runs all requests of `input` and drops their replies.
#[inline(never)]
fn run(session: &mut Session, decoder: &mut RequestDecoder, input: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut out = ReplyWriter::wire(out, Protocol::Resp2);
    session.begin_batch();
    let mut used = 0;
    while used < input.len() {
        let requests = decoder.decode_many(&input[used..], Session::AHEAD);
        let requests = requests.expect("the requests are well-formed");
        session.execute_many(&requests, usize::MAX, &mut out);
        used += requests.consumed();
    }
    decoder.rest();
    session.end_batch();
    session.count_io(input.len(), out.len());
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [scenario, depth, rounds] = args.as_slice() else { return usage() };
    let (Ok(depth), Ok(rounds)) = (depth.parse::<usize>(), rounds.parse::<usize>()) else {
        return usage();
    };
    let store = Store::builder().seed([1, 2, 3, 4]).build();
    let mut session = store.connect(Peer::default(), Protocol::Resp2);
    for number in 0..KEYS {
        session.call(["SET", &key(number), &"w".repeat(64)]);
    }
    for list in 0..LISTS {
        let list = format!("list:{list:08}");
        (0..ELEMENTS).for_each(|_| drop(session.call(["RPUSH", &list, &"e".repeat(16)])));
    }
    let mut batches = Vec::new();
    for first in (0..REQUESTS).step_by(depth.max(1)) {
        let mut bytes = Vec::new();
        for number in first..first + depth {
            let Some(words) = request(scenario, number) else { return usage() };
            words.iter().collect::<RequestBuf>().encode(&mut bytes);
        }
        batches.push(bytes);
    }
    let mut decoder = RequestDecoder::new(RequestSyntax::Redis, Limits::DEFAULT);
    let mut out = Vec::with_capacity(1 << 20);
    // One round more than asked for, in which buffers reach their size.
    for _ in 0..=rounds {
        for bytes in &batches {
            run(&mut session, &mut decoder, bytes, &mut out);
            assert!(!out.starts_with(b"-") && !out.is_empty(), "{scenario} answers an error");
        }
    }
    println!("{}", rounds * batches.len() * depth);
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: replay get|set|incr|mget10|mset10|lpush+lpop DEPTH ROUNDS");
    ExitCode::FAILURE
}
