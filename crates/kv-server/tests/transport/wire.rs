//! The mission, byte for byte, on a real socket: whole, pipelined, and split at every offset.

use crate::support::TestServer;

/// A conversation in the native dialect: requests, and the exact bytes that answer them. Every
/// command of the mission, every type an argument may be, and the errors.
const NATIVE: &[(&str, &str)] = &[
    // The mission's first example.
    ("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n", ":1\r\n"),
    ("*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", "$5\r\nvalue\r\n"),
    ("*2\r\n$3\r\nget\r\n$7\r\nmissing\r\n", "$-1\r\n"),
    // Several keys at a time.
    ("*5\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n", ":2\r\n"),
    (
        "*4\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nx\r\n$1\r\nb\r\n",
        "*3\r\n$1\r\n1\r\n$-1\r\n$1\r\n2\r\n",
    ),
    ("*2\r\n$6\r\nDELETE\r\n$1\r\na\r\n", ":1\r\n"),
    ("*2\r\n$6\r\nDELETE\r\n$1\r\na\r\n", ":0\r\n"),
    // An empty value, a binary one.
    ("*3\r\n$3\r\nSET\r\n$1\r\ne\r\n$0\r\n\r\n", ":1\r\n"),
    ("*2\r\n$3\r\nGET\r\n$1\r\ne\r\n", "$0\r\n\r\n"),
    ("*3\r\n$3\r\nSET\r\n$4\r\n\0\r\n\x01\r\n$4\r\na\r\nb\r\n", ":1\r\n"),
    ("*2\r\n$3\r\nGET\r\n$4\r\n\0\r\n\x01\r\n", "$4\r\na\r\nb\r\n"),
    // Every type as a value, stored and returned as it was sent.
    ("*3\r\n$3\r\nSET\r\n$1\r\nn\r\n:42\r\n", ":1\r\n"),
    ("*2\r\n$3\r\nGET\r\n$1\r\nn\r\n", ":42\r\n"),
    ("*3\r\n$3\r\nSET\r\n$1\r\ns\r\n+simple\r\n", ":1\r\n"),
    ("*2\r\n$3\r\nGET\r\n$1\r\ns\r\n", "+simple\r\n"),
    ("*3\r\n$3\r\nSET\r\n$1\r\n0\r\n$-1\r\n", ":1\r\n"),
    ("*2\r\n$3\r\nGET\r\n$1\r\n0\r\n", "$-1\r\n"),
    ("*3\r\n$3\r\nSET\r\n$1\r\n_\r\n_\r\n", ":1\r\n"),
    ("*2\r\n$3\r\nGET\r\n$1\r\n_\r\n", "_\r\n"),
    ("*3\r\n$3\r\nSET\r\n$1\r\nl\r\n*3\r\n:1\r\n$1\r\nx\r\n*1\r\n$-1\r\n", ":1\r\n"),
    ("*2\r\n$3\r\nGET\r\n$1\r\nl\r\n", "*3\r\n:1\r\n$1\r\nx\r\n*1\r\n$-1\r\n"),
    (
        "*3\r\n$3\r\nSET\r\n$1\r\nd\r\n%2\r\n$1\r\nk\r\n$1\r\nv\r\n$1\r\nm\r\n%1\r\n+a\r\n:-1\r\n",
        ":1\r\n",
    ),
    (
        "*2\r\n$3\r\nGET\r\n$1\r\nd\r\n",
        "%2\r\n$1\r\nk\r\n$1\r\nv\r\n$1\r\nm\r\n%1\r\n+a\r\n:-1\r\n",
    ),
    ("*3\r\n$3\r\nSET\r\n$1\r\nb\r\n#t\r\n", ":1\r\n"),
    ("*2\r\n$3\r\nGET\r\n$1\r\nb\r\n", "#t\r\n"),
    ("*3\r\n$3\r\nSET\r\n$1\r\nf\r\n,1.5\r\n", ":1\r\n"),
    (
        "*3\r\n$4\r\nMGET\r\n$1\r\nf\r\n$1\r\nl\r\n",
        "*2\r\n,1.5\r\n*3\r\n:1\r\n$1\r\nx\r\n*1\r\n$-1\r\n",
    ),
    // A number counts on as a number.
    ("*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n", ":43\r\n"),
    ("*2\r\n$3\r\nGET\r\n$1\r\nn\r\n", ":43\r\n"),
    // Inline requests, with CRLF and with LF; empty requests have no reply.
    ("SET inline \"two words\"\r\n", ":1\r\n"),
    ("\r\nGET inline\n", "$9\r\ntwo words\r\n"),
    ("*0\r\n*-1\r\nPING\r\n", "+PONG\r\n"),
    // Errors, after which the conversation goes on.
    ("*1\r\n$3\r\nGET\r\n", "-ERR wrong number of arguments for 'get' command\r\n"),
    (
        "*2\r\n$4\r\nNOPE\r\n$1\r\na\r\n",
        "-ERR unknown command 'NOPE', with args beginning with: 'a' \r\n",
    ),
    (
        "*2\r\n$4\r\nINCR\r\n$1\r\nd\r\n",
        "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
    ),
    ("*2\r\n$4\r\nINCR\r\n$6\r\ninline\r\n", "-ERR value is not an integer or out of range\r\n"),
    ("*2\r\n$3\r\nGET\r\n*0\r\n", "-ERR argument must be a string or a number\r\n"),
    // How many keys there were.
    ("*1\r\n$5\r\nFLUSH\r\n", ":12\r\n"),
    ("*1\r\n$5\r\nFLUSH\r\n", ":0\r\n"),
];

/// A conversation in the Redis dialect.
const REDIS: &[(&str, &str)] = &[
    ("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n", "+OK\r\n"),
    ("*5\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n", "+OK\r\n"),
    ("*3\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nx\r\n", "*2\r\n$1\r\n1\r\n$-1\r\n"),
    ("*2\r\n$5\r\nHELLO\r\n$1\r\n2\r\n", ""),
    ("*3\r\n$3\r\nDEL\r\n$1\r\na\r\n$3\r\nkey\r\n", ":2\r\n"),
    ("*1\r\n$5\r\nFLUSH\r\n", ":1\r\n"),
];

fn joined(conversation: &[(&str, &str)]) -> (Vec<u8>, Vec<u8>) {
    let requests = conversation.iter().flat_map(|(request, _)| request.bytes()).collect();
    let replies = conversation.iter().flat_map(|(_, reply)| reply.bytes()).collect();
    (requests, replies)
}

#[test]
fn native_requests_one_by_one() {
    let server = TestServer::start();
    let mut client = server.native();
    for (request, reply) in NATIVE {
        client.ask(request.as_bytes(), reply.as_bytes());
    }
}

#[test]
fn native_requests_in_one_pipeline() {
    let server = TestServer::start();
    let (requests, replies) = joined(NATIVE);
    server.native().ask(&requests, &replies);
}

#[test]
fn native_requests_split_at_every_offset() {
    let server = TestServer::start();
    let (requests, replies) = joined(NATIVE);
    for offset in 1..requests.len() {
        let mut client = server.native();
        let before = server.input();
        client.send(&requests[..offset]);
        // The second half is sent when the server has read the first.
        server.await_input(before, offset);
        client.send(&requests[offset..]);
        client.expect(&replies);
    }
}

#[test]
fn native_requests_a_byte_at_a_time() {
    let server = TestServer::start();
    let (requests, replies) = joined(NATIVE);
    let mut client = server.native();
    for byte in requests.chunks(1) {
        let before = server.input();
        client.send(byte);
        server.await_input(before, 1);
    }
    client.expect(&replies);
}

#[test]
fn the_redis_door_answers_as_redis_does() {
    let server = TestServer::start();
    let mut client = server.redis();
    for (request, reply) in REDIS.iter().filter(|(_, reply)| !reply.is_empty()) {
        client.ask(request.as_bytes(), reply.as_bytes());
    }
}

#[test]
fn hello_moves_a_native_connection_to_the_redis_dialect() {
    let server = TestServer::start();
    let mut client = server.native();
    client.ask(b"*3\r\n$3\r\nSET\r\n$1\r\nd\r\n%1\r\n$1\r\nk\r\n:7\r\n", b":1\r\n");
    client.send(b"HELLO 3\r\nGET d\r\nSET a 1\r\nGET missing\r\n");
    client.send(b"*3\r\n$3\r\nSET\r\n$1\r\nd\r\n:7\r\n");
    let mut seen = Vec::new();
    std::io::Read::read_to_end(&mut client.stream, &mut seen).unwrap();
    let seen = crate::support::show(&seen);
    assert!(seen.starts_with("%7\\r\\n$6\\r\\nserver\\r\\n"), "{seen}");
    // The dictionary reads as a map, SET says OK, the null is RESP3's, and a number is refused.
    let rest = "%1\\r\\n$1\\r\\nk\\r\\n$1\\r\\n7\\r\\n+OK\\r\\n_\\r\\n-ERR Protocol error: expected \\'$\\', got \\':\\'\\r\\n";
    assert!(seen.ends_with(rest), "{seen}");
}

#[test]
fn stored_frames_read_by_the_protocol_of_the_reader() {
    let server = TestServer::start();
    let mut native = server.native();
    native.ask(b"*3\r\n$3\r\nSET\r\n$1\r\nd\r\n%1\r\n+k\r\n*2\r\n:7\r\n$-1\r\n", b":1\r\n");
    native.ask(b"*3\r\n$3\r\nSET\r\n$1\r\nn\r\n:7\r\n", b":1\r\n");
    let mut redis = server.redis();
    redis.ask(b"GET n\r\n", b"$1\r\n7\r\n");
    redis.ask(b"GET d\r\n", b"*2\r\n$1\r\nk\r\n*2\r\n$1\r\n7\r\n$-1\r\n");
}

#[test]
fn a_client_that_closes_its_side_gets_its_replies() {
    let server = TestServer::start();
    let mut client = server.native();
    client.send(b"SET a 1\r\nGET a\r\nGET");
    client.finish_sending();
    client.expect(b":1\r\n$1\r\n1\r\n");
    client.expect_end();
}

#[test]
fn many_clients_at_once() {
    let server = TestServer::start();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let server = &server;
            scope.spawn(move || {
                let mut client = server.native();
                for round in 0..200 {
                    let value = format!("{number}-{round}");
                    let set = format!("SET key{number} {value}\r\nGET key{number}\r\n");
                    let reply = format!(":1\r\n${}\r\n{value}\r\n", value.len());
                    client.ask(set.as_bytes(), reply.as_bytes());
                }
            });
        }
    });
}
