//! The program as it's run, against a peer that answers from a list.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::thread;

use kv_client::Limits;
use kv_client::protocol::{Decoded, RequestDecoder, RequestSyntax};

/// In place of a request: the peer hangs up. Otherwise it stays until the client leaves.
const HANG_UP: (&str, &[u8]) = ("", b"");

/// A peer on a port of its own, whose connections each follow a script of requests and answers:
/// its port.
fn peer(scripts: Vec<Vec<(&'static str, &'static [u8])>>) -> (String, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let thread = thread::spawn(move || {
        for script in scripts {
            let (mut stream, _) = listener.accept().unwrap();
            let mut decoder = RequestDecoder::new(RequestSyntax::Native, Limits::DEFAULT);
            let mut bytes = Vec::new();
            let hangs_up = script.ends_with(&[HANG_UP]);
            for (expected, answer) in script.into_iter().filter(|row| *row != HANG_UP) {
                let (request, consumed) = loop {
                    if let Decoded::Request { request, consumed } = decoder.decode(&bytes).unwrap()
                    {
                        let words = request.iter().map(|arg| arg.raw().escape_ascii().to_string());
                        break (words.collect::<Vec<_>>().join(" "), consumed);
                    }
                    let mut chunk = [0; 4096];
                    let count = stream.read(&mut chunk).unwrap();
                    assert_ne!(count, 0, "the client left before {expected}");
                    bytes.extend_from_slice(&chunk[..count]);
                };
                bytes.drain(..consumed);
                assert_eq!(request, expected);
                stream.write_all(answer).unwrap();
            }
            if !hangs_up {
                // An error ends it as well.
                let _ = stream.read_to_end(&mut bytes);
            }
        }
    });
    (port, thread)
}

/// Runs the program against a peer, with `input` at its standard input.
fn run(
    scripts: Vec<Vec<(&'static str, &'static [u8])>>,
    options: &[&str],
    input: &[u8],
) -> (Option<i32>, String, String) {
    let (port, thread) = peer(scripts);
    let output = kv_cli(&port, options, input);
    thread.join().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn kv_cli(port: &str, options: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kv-cli"))
        .args(["-p", port])
        .args(options)
        .env_remove("KV_USER")
        .env_remove("KV_PASS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// Runs a single command that gets a single answer.
fn once(
    options: &[&str],
    request: &'static str,
    answer: &'static [u8],
) -> (Option<i32>, String, String) {
    run(vec![vec![(request, answer)]], options, b"")
}

fn result(code: i32, out: &str, err: &str) -> (Option<i32>, String, String) {
    (Some(code), out.to_owned(), err.to_owned())
}

#[test]
fn one_command_prints_its_reply_and_ends() {
    let hit = once(&["get", "foo"], "get foo", b"$3\r\nbar\r\n");
    assert_eq!(hit, result(0, "\"bar\"\n", ""));
    let miss = once(&["get", "foo"], "get foo", b"$-1\r\n");
    assert_eq!(miss, result(0, "(nil)\n", ""));
    let raw = once(&["--raw", "get", "foo"], "get foo", b"$3\r\nbar\r\n");
    assert_eq!(raw, result(0, "bar\n", ""));
    let page = once(&["info"], "info", b"$13\r\n# Server\r\na:1\r\n");
    assert_eq!(page, result(0, "# Server\r\na:1\n", ""));
}

#[test]
fn an_error_is_told_on_standard_error_and_by_the_exit_code() {
    let refused = once(&["get", "foo"], "get foo", b"-WRONGTYPE no\r\n");
    assert_eq!(refused, result(1, "", "(error) WRONGTYPE no\n"));
    // Whether the program notices the loss or an empty connection first is open.
    let (code, out, err) = run(vec![vec![HANG_UP]], &["get", "foo"], b"");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("Error: "), "{err}");
}

#[test]
fn no_server_is_an_error() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let output = kv_cli(&port, &["get", "foo"], b"");
    assert_eq!(output.status.code(), Some(1));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.starts_with(&format!("Error: cannot connect to 127.0.0.1:{port}: ")), "{err}");
    let output = kv_cli(&port, &["--json", "get", "foo"], b"");
    assert_eq!(output.status.code(), Some(1));
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.starts_with("{\"error\":\"cannot connect to "), "{out}");
    assert!(output.stderr.is_empty());
}

#[test]
fn json_is_json_whatever_comes() {
    let json = |answer| once(&["--json", "get", "foo"], "get foo", answer);
    assert_eq!(json(b"$3\r\nbar\r\n"), result(0, "\"bar\"\n", ""));
    assert_eq!(json(b"$1\r\n\xff\r\n"), result(0, "{\"base64\":\"/w==\"}\n", ""));
    assert_eq!(json(b"%1\r\n:1\r\n,nan\r\n"), result(0, "[[1,{\"double\":\"nan\"}]]\n", ""));
    assert_eq!(json(b"-ERR no\r\n"), result(1, "{\"error\":\"ERR no\"}\n", ""));
    assert_eq!(
        json(b"?\r\n"),
        result(1, "{\"error\":\"bad answer: Protocol error: unknown frame type '?'\"}\n", "")
    );
}

#[test]
fn arguments_may_be_json() {
    let options = ["-J", "set", "k", r#"{"a":[1,null]}"#];
    let request = r"set k %1\r\n$1\r\na\r\n*2\r\n:1\r\n$-1\r\n";
    assert_eq!(once(&options, request, b":1\r\n"), result(0, "(integer) 1\n", ""));
    let wrong = run(vec![vec![]], &["-J", "set", "k", "{a}"], b"");
    assert_eq!((wrong.0, wrong.1.as_str()), (Some(1), ""));
    assert!(wrong.2.starts_with("Error: argument 2 is not JSON: "), "{}", wrong.2);
}

#[test]
fn the_redis_dialect_takes_only_texts() {
    let greeting = vec![("HELLO 2", &b"+OK\r\n"[..])];
    let (code, out, err) = run(vec![greeting], &["--redis", "-J", "set", "k", "[1]"], b"");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.starts_with("Error: argument 2 is structured"), "{err}");
}

#[test]
fn options_become_the_greeting() {
    let script = vec![
        ("AUTH ann secret", &b"+OK\r\n"[..]),
        ("HELLO 3", b"%0\r\n"),
        ("SELECT 2", b"+OK\r\n"),
        ("PING", b"+PONG\r\n"),
    ];
    let options = ["--resp3", "-n", "2", "--user", "ann", "--pass", "secret", "PING"];
    assert_eq!(run(vec![script], &options, b""), result(0, "PONG\n", ""));
}

#[test]
fn a_pipe_runs_line_by_line() {
    let script = vec![
        (r"set k a\nb", &b":1\r\n"[..]),
        ("get *3", b"-ERR no\r\n"),
        ("get k", b"$3\r\na\nb\r\n"),
    ];
    let input = b"set k \"a\\nb\"\r\n\n  \nget *3\nget 'k\nget k\nQUIT\nget never\n";
    let (code, out, err) = run(vec![script.clone()], &[], input);
    assert_eq!((code, out.as_str()), (Some(1), "(integer) 1\n\"a\\nb\"\n"));
    assert!(err.starts_with("(error) ERR no\nError: a quote is not closed"), "{err}");

    let (code, out, err) = run(vec![script], &["--json"], input);
    assert_eq!((code, err.as_str()), (Some(1), ""));
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines[..2], ["1", "{\"error\":\"ERR no\"}"]);
    assert!(lines[2].starts_with("{\"error\":\"a quote is not closed"), "{}", lines[2]);
    assert_eq!(lines[3..], ["\"a\\nb\""]);
}

#[test]
fn a_pipe_that_went_well_exits_with_0_and_its_last_line_needs_no_end() {
    let script = vec![("PING", &b"+PONG\r\n"[..])];
    assert_eq!(run(vec![script], &[], b"PING"), result(0, "PONG\n", ""));
}

#[test]
fn a_pipe_ends_with_the_connection() {
    let script = vec![("a", &b"+A\r\n"[..]), ("b", b""), HANG_UP];
    let (code, out, err) = run(vec![script], &[], b"a\nb\nc\n");
    assert_eq!((code, out.as_str()), (Some(1), "A\n"));
    assert!(err.contains("Error: "), "{err}");
}
