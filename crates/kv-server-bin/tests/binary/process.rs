//! The binary as its users meet it: where it listens, how it stops, what it refuses.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::{Process, ask, command, connect, listening};
use rustix::process::Signal;

const FREE: [&str; 4] = ["--port", "0", "--redis-port", "0"];

#[test]
fn both_doors_open_and_a_signal_stops_it_with_exit_code_0() {
    for signal in [Signal::INT, Signal::TERM] {
        let process = Process::start(&FREE);
        let mut native = connect(process.native);
        ask(&mut native, "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n", ":1\r\n");
        let mut redis = connect(process.redis.expect("the door is open"));
        ask(&mut redis, "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n", "+OK\r\n");
        process.signal(signal);
        let mut rest = Vec::new();
        native.read_to_end(&mut rest).expect("it closes");
        assert_eq!(rest, b"");
        let (status, log) = process.wait();
        assert_eq!(status.code(), Some(0), "{log}");
    }
}

#[test]
fn a_taken_port_that_was_named_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for args in [["--port", &port, "--redis-port", "off"], ["--port", "0", "--redis-port", &port]] {
        let output = command(&args).output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{log}");
        assert!(log.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{log}");
    }
}

#[test]
fn the_default_redis_port_may_be_taken() {
    // Whether the port is free on this machine or not, it is taken now.
    let _taken = TcpListener::bind("127.0.0.1:6379");
    let process = Process::start(&["--port", "0"]);
    assert_eq!(process.redis, None);
    let warnings: Vec<&str> = process.early_log.lines().filter(|l| l.contains("WARN")).collect();
    assert_eq!(warnings.len(), 1, "{}", process.early_log);
    assert!(warnings[0].contains("127.0.0.1:6379"), "{}", process.early_log);
    ask(&mut connect(process.native), "PING\r\n", "+PONG\r\n");
}

#[test]
fn settings_come_from_environment_and_file_too() {
    let dir = std::env::temp_dir().join(format!("kv-process-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("kv.toml");
    std::fs::write(&file, "databases = 3\nmaxclients = 7\nport = 0\nredis-port = \"off\"\n")
        .unwrap();
    let mut child = command(&["--config", file.to_str().unwrap(), "--timeout", "11"]);
    child.env("KV_MAXCLIENTS", "8").env("KV_LOG_FORMAT", "json");
    let mut child = child.spawn().unwrap();
    let mut log = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut log, &mut line).unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    assert!(line.starts_with('{'), "{line}");
    let place = listening(&line).unwrap().split(' ').next().unwrap();
    let mut client = connect(place.parse().unwrap());
    for (name, value) in [("databases", "3"), ("maxclients", "8"), ("timeout", "11")] {
        let (n, v) = (name.len(), value.len());
        let reply = format!("%1\r\n${n}\r\n{name}\r\n${v}\r\n{value}\r\n");
        ask(&mut client, &format!("CONFIG GET {name}\r\n"), &reply);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_is_not_understood_is_said_and_refused() {
    for (args, said) in [
        (["--prot", "1"], "--prot"),
        (["--port", "x"], "setting 'port'"),
        (["--config", "/nonexistent/kv.toml"], "/nonexistent/kv.toml"),
    ] {
        let output = command(&args).output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && log.contains(said), "{log}");
    }
    let help = command(&["--help"]).stdout(std::process::Stdio::piped()).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for name in ["--bind", "--port", "--redis-port", "--workers", "--databases", "--config"] {
        assert!(help.contains(name), "{help}");
    }
}

#[test]
fn a_stop_does_not_wait_forever_for_a_client_that_does_not_read() {
    let process = Process::start(&[&FREE[..], &["--shutdown-timeout", "1"]].concat());
    let mut client = connect(process.native);
    let value = "v".repeat(1 << 20);
    ask(
        &mut client,
        &format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${}\r\n{value}\r\n", value.len()),
        ":1\r\n",
    );
    client.write_all("GET k\r\n".repeat(64).as_bytes()).unwrap();
    // Its first byte says that the server has begun to answer, and so is held back by now or soon.
    client.read_exact(&mut [0]).unwrap();
    process.signal(Signal::TERM);
    let (status, log) = process.wait();
    assert_eq!(status.code(), Some(0), "{log}");
}
