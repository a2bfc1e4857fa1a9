//! Data directories that earlier versions have written, which must load for ever.
//!
//! `v1` is what the disks of a stage had after the lines below, with version 1 of the log's files. It is never made
//! again: a new version of the format gets a directory of its own.

use std::path::PathBuf;

use kv_persist::Loaded;
use kv_persist::disk::faulty::FaultyDisk;
use kv_store::protocol::Frame;

use crate::stage::{Disks, Settings, Stage};
use crate::state::state;

const LOGGED: Settings<'_> = &[("appendonly", "yes"), ("appendfsync", "always")];

/// What is in the snapshot and in the base.
const BEFORE: &[&str] = &[
    "SET text one",
    "SET number 42",
    "SET ending soon PXAT 4102444800000",
    "RPUSH list a b c",
    "SADD set x y",
    "SADD numbers 1 2 3",
    "ZADD sorted 1.5 m 2.5 n",
    "HSET hash f 1 g 2",
    "HPEXPIREAT hash 4102444800000 FIELDS 1 g",
    "SELECT 1",
    "SET elsewhere yes",
    "SAVE",
    "BGREWRITEAOF",
    "step",
];

/// What is in the segment.
const AFTER: &[&str] = &[
    "SELECT 0",
    "MSET text two new 1",
    "INCRBYFLOAT number 0.5",
    "RENAME set renamed",
    "LPOP list",
    "PEXPIREAT list 4102444800000",
    "HDEL hash f",
    "SWAPDB 1 2",
];

fn directory(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/persistence/fixtures/v1").join(name)
}

fn read(name: &str) -> FaultyDisk {
    let disk = FaultyDisk::new(0);
    for entry in std::fs::read_dir(directory(name)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let name = path.file_name().unwrap().to_str().unwrap();
            disk.put(name, &std::fs::read(&path).unwrap());
        }
    }
    disk
}

fn v1() -> Disks {
    Disks { dir: read(""), log: read("appendonlydir") }
}

#[test]
fn the_same_life_today_ends_in_the_same_state() {
    let mut stage = Stage::open(&Disks::new(0), LOGGED).unwrap();
    for line in BEFORE.iter().chain(AFTER) {
        stage.line(line);
    }
    let today = Stage::open(&stage.disks.after_kill(), LOGGED).unwrap();
    let then = Stage::open(&v1(), LOGGED).unwrap();
    assert_eq!(state(&today.store), state(&then.store));
}

/// A reply as a line; members of sets have no order.
fn text(reply: &Frame, sorted: bool) -> String {
    match reply {
        Frame::Null => "nil".to_owned(),
        Frame::Integer(number) => number.to_string(),
        Frame::Array(items) => {
            let mut items: Vec<String> = items.iter().map(|item| text(item, false)).collect();
            if sorted {
                items.sort();
            }
            items.join(" ")
        }
        other => String::from_utf8_lossy(other.as_bytes().unwrap()).into_owned(),
    }
}

fn assert_answers(stage: &mut Stage, answers: &[(&str, &str)]) {
    for (question, answer) in answers {
        let reply = stage.line(question);
        if !question.starts_with("SELECT") {
            let sorted = question.starts_with("SMEMBERS");
            assert_eq!(text(&reply, sorted), *answer, "{question}");
        }
    }
}

#[test]
fn v1_log() {
    let mut stage = Stage::open(&v1(), LOGGED).unwrap();
    assert_eq!(stage.loaded, Loaded::Log { keys: 9, entries: 7 });
    let answers = [
        ("SELECT 0", ""),
        ("DBSIZE", "9"),
        ("GET text", "two"),
        ("GET new", "1"),
        ("GET number", "42.5"),
        ("GET ending", "soon"),
        ("PEXPIRETIME ending", "4102444800000"),
        ("PEXPIRETIME text", "-1"),
        ("LRANGE list 0 -1", "b c"),
        ("PEXPIRETIME list", "4102444800000"),
        ("EXISTS set", "0"),
        ("SMEMBERS renamed", "x y"),
        ("SMEMBERS numbers", "1 2 3"),
        ("ZRANGE sorted 0 -1 WITHSCORES", "m 1.5 n 2.5"),
        ("HGETALL hash", "g 2"),
        ("HPEXPIRETIME hash FIELDS 1 g", "4102444800000"),
        ("SELECT 1", ""),
        ("DBSIZE", "0"),
        ("SELECT 2", ""),
        ("DBSIZE", "1"),
        ("GET elsewhere", "yes"),
    ];
    assert_answers(&mut stage, &answers);
}

#[test]
fn v1_snapshot() {
    let mut stage = Stage::open(&v1(), &[]).unwrap();
    assert_eq!(stage.loaded, Loaded::Snapshot(9));
    let answers = [
        ("SELECT 0", ""),
        ("DBSIZE", "8"),
        ("GET text", "one"),
        ("GET number", "42"),
        ("GET ending", "soon"),
        ("PEXPIRETIME ending", "4102444800000"),
        ("LRANGE list 0 -1", "a b c"),
        ("SMEMBERS set", "x y"),
        ("SMEMBERS numbers", "1 2 3"),
        ("ZRANGE sorted 0 -1 WITHSCORES", "m 1.5 n 2.5"),
        ("HMGET hash f g", "1 2"),
        ("HPEXPIRETIME hash FIELDS 2 f g", "-1 4102444800000"),
        ("SELECT 1", ""),
        ("DBSIZE", "1"),
        ("GET elsewhere", "yes"),
    ];
    assert_answers(&mut stage, &answers);
}
