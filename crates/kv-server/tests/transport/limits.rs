//! Limits of connections: how many, how long, how much.

use crate::support::{TestServer, wait_for};

#[test]
fn clients_beyond_the_limit_are_turned_away() {
    let server = TestServer::with(&[("maxclients", "2")]);
    let (mut first, _second) = (server.native(), server.native());
    wait_for(|| server.store.client_count() == 2);
    let mut third = server.native();
    third.expect(b"-ERR max number of clients reached\r\n");
    third.expect_end();
    first.ask(b"QUIT\r\n", b"+OK\r\n");
    first.expect_end();
    drop(first);
    wait_for(|| server.store.client_count() == 1);
    server.native().ask(b"PING\r\n", b"+PONG\r\n");
}

#[test]
fn an_idle_client_is_disconnected() {
    let server = TestServer::with(&[("timeout", "1")]);
    let mut client = server.native();
    client.ask(b"PING\r\n", b"+PONG\r\n");
    client.expect_end();
}

#[test]
fn a_client_that_does_not_read_is_held_back_then_cut() {
    let server = TestServer::with(&[("client-stall-timeout", "1")]);
    let mut client = server.native();
    let value = vec![b'v'; 1 << 20];
    client.send(format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${}\r\n", value.len()).as_bytes());
    client.send(&value);
    client.ask(b"\r\n", b":1\r\n");
    // 64 MiB of replies are asked for, none is read: the server must not gather them.
    client.send("GET k\r\n".repeat(64).as_bytes());
    let cut = || server.store.stats().get(kv_store::Count::OutputCut) == 1;
    wait_for(cut);
    wait_for(|| server.store.client_count() == 0);
}

#[test]
fn a_reply_beyond_the_limit_ends_the_connection() {
    let server = TestServer::with(&[("client-reply-limit", "1mb")]);
    let mut client = server.native();
    client.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$600000\r\n");
    client.send(&vec![b'v'; 600_000]);
    client.ask(b"\r\n", b":1\r\n");
    client.send(b"MGET k k\r\n");
    client.expect_end();
    // What was written of that reply is nobody else's.
    for _ in 0..4 {
        server.native().ask(b"PING\r\n", b"+PONG\r\n");
    }
}

#[test]
fn replies_to_a_client_that_is_gone_reach_nobody_else() {
    let server = TestServer::with(&[("workers", "1")]);
    for _ in 0..20 {
        let mut gone = server.native();
        gone.send("GET missing\r\n".repeat(5000).as_bytes());
        drop(gone);
        server.native().ask(b"ECHO mine\r\n", b"$4\r\nmine\r\n");
    }
}

#[test]
fn a_client_that_has_had_its_last_reply_is_not_waited_for() {
    let mut server = TestServer::start();
    let mut client = server.native();
    client.ask(b"QUIT\r\n", b"+OK\r\n");
    // It stays connected, and the server stops all the same, at once.
    server.stop();
    client.expect_end();
}

#[test]
fn half_a_large_request_does_not_hold_up_a_stop() {
    let mut server = TestServer::start();
    let mut client = server.native();
    let before = server.input();
    client.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$10000000\r\n");
    client.send(&vec![b'v'; 200_000]);
    server.await_input(before, 200_000);
    server.stop();
    client.expect_end();
}

#[test]
fn a_web_page_cannot_write() {
    let server = TestServer::start();
    for mut client in [server.native(), server.redis()] {
        client.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nSET pwned yes\r\n");
        let mut seen = Vec::new();
        std::io::Read::read_to_end(&mut client.stream, &mut seen).unwrap();
        server.native().ask(b"EXISTS pwned\r\n", b":0\r\n");
    }
}

#[test]
fn an_unfinished_request_beyond_the_limit_ends_the_connection() {
    let server = TestServer::with(&[("client-query-buffer-limit", "1mb")]);
    let mut client = server.native();
    client.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$600000\r\n");
    client.send(&vec![b'v'; 600_000]);
    client.ask(b"\r\n", b":1\r\n");
    client.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2000000\r\n");
    let mut seen = Vec::new();
    // The server may close before all is sent.
    let _ = std::io::Write::write_all(&mut client.stream, &vec![b'v'; 1_200_000]);
    let _ = std::io::Read::read_to_end(&mut client.stream, &mut seen);
    assert!(!crate::support::show(&seen).contains(":1"), "{}", crate::support::show(&seen));
    wait_for(|| server.store.client_count() == 0);
}

#[test]
fn killed_clients_are_disconnected_at_once() {
    let server = TestServer::start();
    let (mut victim, mut killer) = (server.redis(), server.redis());
    victim.ask(b"CLIENT ID\r\n", b":1\r\n");
    killer.ask(b"CLIENT KILL ID 1\r\n", b":1\r\n");
    victim.expect_end();
    killer.ask(b"CLIENT KILL ID 2 SKIPME no\r\n", b":1\r\n");
    killer.expect_end();
}

#[test]
fn a_stop_answers_what_was_received_and_ends_the_rest() {
    let mut server = TestServer::start();
    let (mut busy, mut idle) = (server.native(), server.native());
    idle.ask(b"PING\r\n", b"+PONG\r\n");
    let before = server.input();
    busy.send(b"SET a 1\r\nGET a\r\n");
    server.await_input(before, 16);
    server.stop();
    busy.expect(b":1\r\n$1\r\n1\r\n");
    busy.expect_end();
    idle.expect_end();
}
