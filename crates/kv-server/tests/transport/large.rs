//! Large values: received to where they stay, sent from where they are.

use kv_store::Count;

use crate::support::{Client, TestServer, wait_for};

const MIB: usize = 1 << 20;

fn value(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8).collect()
}

fn command(args: &[&[u8]]) -> Vec<u8> {
    let mut request = format!("*{}\r\n", args.len()).into_bytes();
    args.iter().for_each(|arg| request.extend(bulk(arg)));
    request
}

fn bulk(value: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", value.len()).as_bytes(), value, b"\r\n"].concat()
}

/// Reads exactly `expected`; what differs is too long to be shown.
#[track_caller]
fn expect(client: &mut Client, expected: &[u8]) {
    let mut got = vec![0; expected.len()];
    std::io::Read::read_exact(&mut client.stream, &mut got).unwrap();
    let differs = got.iter().zip(expected).position(|(got, expected)| got != expected);
    assert_eq!(differs, None, "the first byte that differs");
}

/// Bytes that the key `k` takes.
fn memory(client: &mut Client) -> usize {
    client.send(b"MEMORY USAGE k\r\n");
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\r\n") {
        std::io::Read::read_exact(&mut client.stream, &mut byte).unwrap();
        line.push(byte[0]);
    }
    std::str::from_utf8(&line[1..line.len() - 2]).unwrap().parse().unwrap()
}

#[test]
fn requests_split_anywhere() {
    let server = TestServer::start();
    let mut client = server.native();
    let value = value(MIB);
    let set = command(&[b"SET", b"k", &value, b"EX", b"100"]);
    let end = set.len();
    let get = command(&[b"GET", b"k"]);
    let offsets = [1, 20, 36, 37, 1000, 16_000, 65_535, 65_536, 65_537, 500_000, MIB];
    for at in offsets.into_iter().chain(end - 40..end) {
        let before = server.input();
        client.send(&set[..at]);
        server.await_input(before, at);
        // What comes behind it in the same read is not lost with its buffer.
        client.send(&[&set[at..], &b"PING\r\n".repeat(30), &get].concat());
        client.expect(b":1\r\n");
        client.expect(&b"+PONG\r\n".repeat(30));
        expect(&mut client, &bulk(&value));
        client.ask(b"DEL k\r\n", b":1\r\n");
    }
}

#[test]
fn a_large_value_stays_in_the_buffer_it_came_in() {
    let server = TestServer::start();
    let mut client = server.native();
    for len in [65_536, 80_000, 100_000, 150_000, MIB - 1, MIB, 3 * MIB + 7, 20 * MIB] {
        let value = value(len);
        // A copy takes this much. What stays takes the rest of the request too, but hardly more.
        let copied = len + 88;
        for first in [40, 3000, 20_000, 65_536, 65_000 + len / 70] {
            for request in [
                command(&[b"SET", b"k", &value]),
                command(&[b"SETEX", b"k", b"100", &value]),
                command(&[b"SET", b"k", &value, b"PX", b"100000"]),
            ] {
                let (before, first) = (server.input(), first.min(request.len() - 1));
                client.send(&request[..first]);
                server.await_input(before, first);
                client.send(&request[first..]);
                let reply = if request[8..].starts_with(b"SETEX") { "+OK\r\n" } else { ":1\r\n" };
                client.expect(reply.as_bytes());
                let memory = memory(&mut client);
                assert!(memory > copied + 20 && memory < len + 300, "{memory} for {len}, {first}");
            }
        }
        client.send(b"GET k\r\n");
        expect(&mut client, &bulk(&value));
    }
}

#[test]
fn several_large_values_in_one_request() {
    let server = TestServer::start();
    let mut client = server.native();
    let values: Vec<_> = (0..40).map(|at| value(70_000 + at)).collect();
    let keys: Vec<_> = (0..40).map(|at| format!("key:{at}").into_bytes()).collect();
    let mut set: Vec<&[u8]> = vec![b"MSET"];
    let mut get: Vec<&[u8]> = vec![b"MGET"];
    let mut reply = b"*40\r\n".to_vec();
    for (key, value) in keys.iter().zip(&values) {
        set.extend([&key[..], value]);
        get.push(key);
        reply.extend(bulk(value));
    }
    client.send(&command(&set));
    client.expect(b":40\r\n");
    client.send(&command(&get));
    expect(&mut client, &reply);
    // None holds the memory of all.
    server.native().ask(b"RENAME key:7 k\r\n", b"+OK\r\n");
    assert!(memory(&mut client) < 71_000);
}

#[test]
fn pipelines_of_small_and_large() {
    let server = TestServer::start();
    let mut client = server.native();
    let (large, huge) = (value(20_000), value(MIB));
    let (mut requests, mut replies) = (Vec::new(), Vec::new());
    for round in 0..5 {
        for (key, value) in [(b"l", &large), (b"h", &huge)] {
            requests.extend(command(&[b"SET", key, value]));
            replies.extend(b":1\r\n");
        }
        for _ in 0..20 * round {
            requests.extend(b"PING\r\n");
            replies.extend(b"+PONG\r\n");
        }
        for key in [&b"l"[..], b"h", b"l", b"missing", b"l"] {
            requests.extend(command(&[b"GET", key]));
            match key {
                b"l" => replies.extend(bulk(&large)),
                b"h" => replies.extend(bulk(&huge)),
                _ => replies.extend(b"$-1\r\n"),
            }
        }
        requests.extend(b"MGET h missing l h\r\nGETRANGE h 5 1000000\r\n");
        replies.extend(b"*4\r\n");
        [&bulk(&huge)[..], b"$-1\r\n", &bulk(&large), &bulk(&huge), &bulk(&huge[5..=1_000_000])]
            .iter()
            .for_each(|part| replies.extend(*part));
    }
    std::thread::scope(|scope| {
        let mut sender = Client { stream: client.stream.try_clone().unwrap() };
        scope.spawn(move || sender.send(&requests));
        expect(&mut client, &replies);
    });
    client.ask(b"PING\r\n", b"+PONG\r\n");
}

#[test]
fn a_reply_on_its_way_is_what_the_value_was() {
    let server = TestServer::start();
    let (mut slow, mut other) = (server.native(), server.native());
    let (old, new) = (vec![b'o'; MIB], vec![b'n'; MIB]);
    let set = |value: &[u8]| command(&[b"SET", b"k", value]);
    other.ask(&set(&old), b":1\r\n");
    // More than both sockets take, all of it asked for before anything changes.
    const REPLIES: usize = 64;
    let output = || server.store.stats().get(Count::NetOutput);
    let before = output();
    slow.send("GET k\r\n".repeat(REPLIES).as_bytes());
    wait_for(|| output() > before + 2 * MIB as u64);
    other.ask(&set(&new), b":1\r\n");
    other.ask(b"APPEND k more\r\n", format!(":{}\r\n", MIB + 4).as_bytes());
    other.ask(b"SETRANGE k 0 more\r\n", format!(":{}\r\n", MIB + 4).as_bytes());
    other.ask(b"DEL k\r\n", b":1\r\n");
    let mut got = Vec::new();
    slow.finish_sending();
    std::io::Read::read_to_end(&mut slow.stream, &mut got).unwrap();
    // Each reply is one of the states in their order; those behind the one that waited come after all
    // changes, and it and those before it mostly before.
    let appended = [&new[..], b"more"].concat();
    let changed = [b"more", &appended[4..]].concat();
    let states = [bulk(&old), bulk(&new), bulk(&appended), bulk(&changed), b"$-1\r\n".to_vec()];
    let (mut at, mut counts) = (0, [0; 5]);
    for (state, count) in states.iter().zip(&mut counts) {
        while got[at..].starts_with(state) {
            (at, *count) = (at + state.len(), *count + 1);
        }
    }
    assert_eq!(at, got.len(), "{counts:?}");
    assert!(counts[0] >= 2 && counts[4] >= 1, "{counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), REPLIES);
}
