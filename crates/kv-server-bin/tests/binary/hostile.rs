//! Clients that mean no good: the server goes on answering others, in bounded memory.
//!
//! Memory is the child process's resident memory. The figures are printed (`--nocapture`).

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::{Process, allow_files, ask, connect, wait_for};

const IDLE: usize = 10_000;
const SLOW: usize = 1_000;
const MIB: usize = 1 << 20;

/// Resident memory an idle connection may take, in bytes.
const PER_IDLE: usize = 8 << 10;
/// Resident memory a client that does not read may take, in bytes: one batch of replies and the
/// unread part of one read.
const PER_SLOW: usize = 256 << 10;

fn start() -> Process {
    Process::start(&["--port", "0", "--redis-port", "off", "--maxclients", "20000"])
}

/// Somebody else is answered.
#[track_caller]
fn others_are_served(process: &Process) {
    let mut client = connect(process.native);
    ask(&mut client, "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n", ":1\r\n");
    ask(&mut client, "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", "$5\r\nvalue\r\n");
}

#[track_caller]
fn assert_growth(what: &str, process: &Process, before: usize, allowed: usize) {
    let grown = process.resident().saturating_sub(before);
    println!("{what}: {} KiB more, {} KiB allowed", grown >> 10, allowed >> 10);
    assert!(grown <= allowed, "{what}: {grown} bytes more, {allowed} allowed");
}

/// Waits until the server writes no more replies than those to the questions asked here.
fn await_standstill(process: &Process) {
    let (mut before, mut quiet) = (0, 0);
    wait_for(|| {
        let now = replied(process);
        quiet = if now - before < 16 << 10 { quiet + 1 } else { 0 };
        before = now;
        quiet == 20
    });
}

/// Bytes of replies the server has made so far.
fn replied(process: &Process) -> u64 {
    statistic(process, "total_net_output_bytes:")
}

fn statistic(process: &Process, name: &str) -> u64 {
    let mut client = connect(process.native);
    client.write_all(b"INFO stats\r\nQUIT\r\n").expect("it reads");
    let mut text = String::new();
    client.read_to_string(&mut text).expect("it answers");
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.expect("INFO has the line").trim().parse().expect("a number")
}

#[test]
fn ten_thousand_idle_connections() {
    allow_files(IDLE as u64 + 200);
    let process = start();
    others_are_served(&process);
    let before = process.resident();
    let mut idle: Vec<TcpStream> = (0..IDLE).map(|_| connect(process.native)).collect();
    // Each has been served once: what a connection keeps from its last request counts too.
    for client in &mut idle {
        ask(client, "PING\r\n", "+PONG\r\n");
    }
    others_are_served(&process);
    assert_growth("10,000 idle connections", &process, before, IDLE * PER_IDLE);
}

#[test]
fn a_thousand_slow_readers_with_a_backlog() {
    allow_files(SLOW as u64 + 200);
    let process = start();
    let mut setter = connect(process.native);
    let value = "v".repeat(64 << 10);
    let set = format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${}\r\n{value}\r\n", value.len());
    ask(&mut setter, &set, ":1\r\n");
    let before = process.resident();
    // 64 MiB of replies for each: 64 GiB in all, of which nobody reads a byte.
    let backlog = "GET k\r\n".repeat(1024);
    let mut slow = Vec::with_capacity(SLOW);
    for _ in 0..SLOW {
        let mut client = connect(process.native);
        client.write_all(backlog.as_bytes()).expect("the socket takes it");
        slow.push(client);
    }
    await_standstill(&process);
    others_are_served(&process);
    assert_growth("1,000 slow readers", &process, before, SLOW * PER_SLOW);
}

/// Resident memory a client may take that does not read large values.
const PER_WAITING: usize = 64 << 10;

#[test]
fn slow_readers_of_a_large_value_share_it() {
    const READERS: usize = 100;
    let process = start();
    let mut setter = connect(process.native);
    let value = "v".repeat(MIB);
    let set = format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${MIB}\r\n{value}\r\n");
    ask(&mut setter, &set, ":1\r\n");
    let before = process.resident();
    let mut slow = Vec::with_capacity(READERS);
    for _ in 0..READERS {
        let mut client = connect(process.native);
        client.write_all("GET k\r\n".repeat(64).as_bytes()).expect("the socket takes it");
        slow.push(client);
    }
    await_standstill(&process);
    others_are_served(&process);
    assert_growth("100 slow readers of 1 MiB", &process, before, READERS * PER_WAITING);
}

#[test]
fn lengths_that_are_announced_and_never_sent() {
    let process = start();
    others_are_served(&process);
    let before = process.resident();
    let mut announced = Vec::new();
    for request in [
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n",
        "*2147483647\r\n",
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n*2147483647\r\n",
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n%1073741823\r\n",
    ] {
        for _ in 0..100 {
            let mut client = connect(process.native);
            client.write_all(request.as_bytes()).expect("the socket takes it");
            announced.push(client);
        }
    }
    others_are_served(&process);
    assert_growth("400 announced giants", &process, before, 8 * MIB);
}

/// Memory that may be taken for an announced value, in times what has come of it. Most of it is not
/// used yet, and resident only where it is part of a huge page.
const AHEAD: usize = 8;

#[test]
fn the_beginnings_of_many_giants() {
    const GIANTS: usize = 400;
    const BEGINNING: usize = 100 << 10;
    let process = start();
    others_are_served(&process);
    let before = process.resident();
    let mut begun = Vec::new();
    for _ in 0..GIANTS {
        let mut client = connect(process.native);
        client.write_all(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n").expect("it reads");
        client.write_all(&[b'v'; BEGINNING]).expect("the server reads on");
        begun.push(client);
    }
    let sent = (GIANTS * BEGINNING) as u64;
    wait_for(|| statistic(&process, "total_net_input_bytes:") >= sent);
    others_are_served(&process);
    assert_growth("400 begun giants", &process, before, GIANTS * BEGINNING * AHEAD);
}

/// MiB that are sent of a value that is announced to be much longer.
///
/// The buffer for it doubles. While it moves, the old one and the new one are there, and what the
/// allocator has not given back yet of those before: 1 + 1 + 1/2 + 1/4 … times what was sent, which
/// stays below three times.
const SENT: usize = 64;

#[test]
fn a_part_of_a_giant_takes_less_than_three_times_its_size() {
    let process = start();
    others_are_served(&process);
    let before = process.resident();
    let mut client = connect(process.native);
    client.write_all(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n").expect("the socket takes it");
    let chunk = vec![b'v'; MIB];
    for _ in 0..SENT {
        client.write_all(&chunk).expect("the server reads on");
    }
    others_are_served(&process);
    assert_growth("64 MiB of a 512 MiB value", &process, before, 3 * SENT * MIB);
    drop(client);
    // The allocator gives memory back in passing, while the server works.
    wait_for(|| {
        others_are_served(&process);
        process.resident() < before + 32 * MIB
    });
}
