//! Bytes that are no request: a clear error after what was valid before it, then the end.

use crate::support::TestServer;

/// Malformed requests, and the error that ends the connection.
const MALFORMED: &[(&str, &str)] = &[
    ("*2147483648\r\n", "invalid multibulk length"),
    ("*x\r\n", "invalid multibulk length"),
    ("*99999999999999999999\r\n", "invalid multibulk length"),
    ("*1\r\n$536870913\r\n", "invalid bulk length"),
    ("*1\r\n$-5\r\n", "invalid bulk length"),
    ("*1\r\n$x\r\n", "invalid bulk length"),
    ("SET \"a\r\n", "unbalanced quotes in request"),
];

#[test]
fn malformed_requests_are_answered_after_the_valid_ones_and_end_the_connection() {
    let server = TestServer::start();
    for (request, error) in MALFORMED {
        for mut client in [server.native(), server.redis()] {
            client.send(b"PING\r\n");
            client.send(request.as_bytes());
            client.send(b"PING\r\n");
            client.expect(format!("+PONG\r\n-ERR Protocol error: {error}\r\n").as_bytes());
            client.expect_end();
        }
    }
}

#[test]
fn the_redis_dialect_takes_bulk_strings_only() {
    let server = TestServer::start();
    let mut client = server.redis();
    client.ask(b"*1\r\n:1\r\n", b"-ERR Protocol error: expected '$', got ':'\r\n");
    client.expect_end();
}

#[test]
fn a_line_without_end_is_refused_at_64_kib() {
    let server = TestServer::start();
    for (start, error) in [
        ("", "too big inline request"),
        ("*", "too big mbulk count string"),
        ("*1\r\n$", "too big bulk count string"),
    ] {
        let mut client = server.redis();
        client.send(start.as_bytes());
        client.send(&vec![b'1'; (64 << 10) + 8]);
        client.expect(format!("-ERR Protocol error: {error}\r\n").as_bytes());
        client.expect_end();
    }
}

#[test]
fn nesting_beyond_the_limit_is_refused() {
    let server = TestServer::with(&[("proto-max-nesting", "4")]);
    let mut client = server.native();
    let nested = |depth: usize| {
        let mut request = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n".to_vec();
        request.extend("*1\r\n".repeat(depth).bytes());
        request.extend(b":1\r\n");
        request
    };
    client.ask(&nested(4), b":1\r\n");
    client.send(&nested(5));
    let mut seen = Vec::new();
    std::io::Read::read_to_end(&mut client.stream, &mut seen).unwrap();
    assert!(
        crate::support::show(&seen).starts_with("-ERR Protocol error: "),
        "{}",
        crate::support::show(&seen)
    );
}

#[test]
fn lengths_announced_but_not_sent_hold_up_nobody() {
    let server = TestServer::start();
    let mut announced = Vec::new();
    for request in
        ["*2147483647\r\n", "*2\r\n$536870912\r\n", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n%2147483647\r\n"]
    {
        let mut client = server.native();
        let before = server.input();
        client.send(request.as_bytes());
        server.await_input(before, request.len());
        announced.push(client);
    }
    server.native().ask(b"PING\r\n", b"+PONG\r\n");
}
