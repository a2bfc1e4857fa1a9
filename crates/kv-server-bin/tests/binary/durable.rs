//! The binary with a directory: what is there when it comes back.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::support::{Process, ask, command, connect, wait_for};

/// A directory that is gone when this is.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Dir {
        let path = std::env::temp_dir().join(format!("kv-durable-{name}-{}", std::process::id()));
        // One may be left of a process that had this number.
        let _ = std::fs::remove_dir_all(&path);
        Dir(path)
    }

    fn text(&self) -> &str {
        self.0.to_str().expect("a path that is text")
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server on `dir`, and a client of it that is served.
fn start(dir: &Dir, more: &[&str]) -> (Process, TcpStream) {
    let args = [&["--port", "0", "--redis-port", "0", "--dir", dir.text()], more].concat();
    let process = Process::start(&args);
    let mut client = connect(process.redis.expect("the door is open"));
    wait_for(|| {
        client.write_all(b"DBSIZE\r\n").expect("it reads");
        let mut first = [0; 1];
        client.read_exact(&mut first).expect("it answers");
        let mut byte = [0; 1];
        while byte != *b"\n" {
            client.read_exact(&mut byte).expect("it answers");
        }
        // Else it says that it is loading.
        first == *b":"
    });
    (process, client)
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let dir = Dir::new("kill");
    for round in 0..3 {
        let (process, mut client) = start(&dir, &["--appendfsync", "always"]);
        ask(&mut client, "DBSIZE\r\n", &format!(":{}\r\n", if round == 0 { 0 } else { 3 }));
        for n in 0..50 {
            ask(&mut client, "INCR n\r\n", &format!(":{}\r\n", round * 50 + n + 1));
        }
        ask(&mut client, &format!("MSET a {round} b {round}\r\n"), "+OK\r\n");
        if round == 1 {
            ask(
                &mut client,
                "BGREWRITEAOF\r\n",
                "+Background append only file rewriting started\r\n",
            );
        }
        process.signal(Signal::KILL);
        drop(process.wait());
    }
    let (_process, mut client) = start(&dir, &[]);
    ask(&mut client, "MGET n a b\r\n", "*3\r\n$3\r\n150\r\n$1\r\n2\r\n$1\r\n2\r\n");
}

#[test]
fn a_clean_end_keeps_everything_and_shutdown_is_one() {
    let dir = Dir::new("end");
    for (at, appendonly) in ["yes", "no"].into_iter().enumerate() {
        let (process, mut client) =
            start(&dir, &["--appendonly", appendonly, "--appendfsync", "no"]);
        ask(&mut client, &format!("SET k{at} v\r\n"), "+OK\r\n");
        client.write_all(b"SHUTDOWN SAVE\r\n").expect("it reads");
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).expect("it closes");
        assert_eq!(rest, b"");
        let (status, log) = process.wait();
        assert_eq!(status.code(), Some(0), "{log}");
    }
    // The log was not written to when there was none: it has what it had.
    let (process, mut client) = start(&dir, &[]);
    ask(&mut client, "EXISTS k0 k1\r\n", ":1\r\n");
    drop((process, client));
    let (_process, mut client) = start(&dir, &["--appendonly", "no"]);
    ask(&mut client, "EXISTS k0 k1\r\n", ":2\r\n");
}

#[test]
fn one_process_has_a_directory() {
    let dir = Dir::new("lock");
    let (_process, _client) = start(&dir, &[]);
    let args = ["--port", "0", "--redis-port", "0", "--dir", dir.text()];
    let output = command(&args).output().expect("the binary starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("in use by another process"));
}

#[test]
fn damage_ends_the_start_and_is_found_by_a_check() {
    let dir = Dir::new("damage");
    let (process, mut client) = start(&dir, &["--appendonly", "no"]);
    ask(&mut client, "SET key value\r\n", "+OK\r\n");
    ask(&mut client, "SAVE\r\n", "+OK\r\n");
    process.signal(Signal::KILL);
    drop(process.wait());
    let file = dir.0.join("dump.rdb");
    let check = |file: &Path| {
        command(&["--check", file.to_str().expect("text")])
            .stdout(std::process::Stdio::piped())
            .output()
            .expect("the binary starts")
    };
    let sound = check(&file);
    assert_eq!(sound.status.code(), Some(0));
    let said = String::from_utf8_lossy(&sound.stdout).into_owned();
    assert!(said.contains("database 0: 1 keys"), "{said}");

    let mut bytes = std::fs::read(&file).expect("it is there");
    let at = bytes.len() - 12;
    bytes[at] ^= 1;
    std::fs::write(&file, bytes).expect("it can be written");
    let args = ["--port", "0", "--redis-port", "0", "--dir", dir.text(), "--appendonly", "no"];
    for output in [check(&file), command(&args).output().expect("the binary starts")] {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("dump.rdb") && said.contains("byte"), "{said}");
    }
}
