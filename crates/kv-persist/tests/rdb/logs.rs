//! Append-only files: commands, transactions, torn ends, and what is wrong.

use std::path::PathBuf;

use kv_persist::aof::{self, Error, Imported, Reason};
use kv_store::protocol::RequestBuf;
use kv_store::testing::{START, Stage};

use crate::files::{call, file, keys, stage};

const TORN: aof::Options = aof::Options { threads: 1, allow_torn: true };
const WHOLE: aof::Options = aof::Options { threads: 1, allow_torn: false };

fn requests(lines: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        if line.starts_with('#') {
            bytes.extend_from_slice(format!("{line}\r\n").as_bytes());
            continue;
        }
        let mut request = RequestBuf::new();
        line.split(' ').for_each(|word| request.push(word.as_bytes()));
        request.encode(&mut bytes);
    }
    bytes
}

fn write(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

fn load(to: &Stage, files: &[PathBuf], options: aof::Options) -> Result<Imported, Error> {
    aof::load(files, &to.store, options, &mut |_| ())
}

fn text(stage: &mut Stage, request: &str) -> String {
    stage.session.call(request.split(' ')).pretty()
}

#[test]
fn commands_and_transactions() {
    let log = requests(&[
        "#TS:1700000000",
        "SELECT 1",
        "SET k v",
        "multi",
        "SET a 1",
        "INCR a",
        "EXEC",
        "#TS:1700000001",
        "FUNCTION LOAD code",
        "MULTI",
        "EXEC",
        "INCR a",
    ]);
    let file = write("commands.aof", &log);
    let mut to = stage();
    let loaded = load(&to, std::slice::from_ref(&file), WHOLE).expect("a log");
    assert_eq!((loaded.commands, loaded.functions, loaded.torn), (5, 1, None));
    assert!(loaded.snapshot.is_none());
    assert_eq!(keys(&mut to), Vec::<Vec<u8>>::new());
    text(&mut to, "SELECT 1");
    assert_eq!(text(&mut to, "MGET k a"), "1) \"v\"\n2) \"3\"");
    assert_eq!(aof::check(&[file], WHOLE).expect("a log").commands, 5);
}

/// Before Redis 7: a snapshot, and commands behind it.
#[test]
fn a_snapshot_with_commands_behind_it() {
    let snapshot = file(10, b"\0\x01k\x01v\xfe\x02\0\x01l\x01w");
    let log = [&snapshot[..], &requests(&["APPEND k x", "SELECT 2", "APPEND l x"])].concat();
    let file = write("preamble.aof", &log);
    let mut to = stage();
    let loaded = load(&to, std::slice::from_ref(&file), WHOLE).expect("a log");
    assert_eq!(loaded.snapshot.map(|it| (it.keys(), it.bytes)), Some((2, snapshot.len() as u64)));
    assert_eq!(text(&mut to, "GET k"), "\"vx\"");
    text(&mut to, "SELECT 2");
    assert_eq!(text(&mut to, "GET l"), "\"wx\"");
    for len in 0..log.len() {
        let torn = write("preamble-torn.aof", &log[..len]);
        let loaded = load(&stage(), &[torn], TORN);
        // A snapshot is whole or nothing.
        assert_eq!(loaded.is_ok(), len == 0 || len >= snapshot.len(), "{len}: {loaded:?}");
    }
}

/// Keys that have ended since are counted on by the commands that follow.
#[test]
fn what_has_ended_since_is_there_for_the_commands() {
    let past = (START - 5).to_le_bytes();
    let snapshot = file(10, &[b"\xfc", &past[..], b"\0\x01k\x015"].concat());
    let base = write("ended-base.rdb", &snapshot);
    let log = requests(&["INCR k", &format!("SET l 1 PXAT {}", START - 1), "INCR l", "SET m v"]);
    let log = write("ended.aof", &log);
    let mut to = stage();
    load(&to, &[base, log], WHOLE).expect("a log");
    assert_eq!(text(&mut to, "EXISTS k l m"), "(integer) 1");
    assert_eq!(to.store.sweep(), 0);
    assert_eq!(keys(&mut to), [b"m"]);
}

#[test]
fn what_was_found_is_printed() {
    let snapshot = file(10, b"\0\x01k\x01v");
    let whole = [&snapshot[..], &requests(&["FUNCTION FLUSH", "SET a 1", "SET b 2"])].concat();
    let file = write("printed.aof", &[&whole[..], b"*2\r\n$4"].concat());
    let found = aof::check(std::slice::from_ref(&file), TORN).expect("a log").to_string();
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines[2], "database 0: 1 keys, 0 with a time to live, string 1");
    assert_eq!(lines[3], "commands: 2");
    assert_eq!(lines[4], "warning: 1 commands are left out, as there are no functions here");
    let at = format!("printed.aof: 6 bytes at the end, from byte {} on", whole.len());
    assert!(lines[5].contains(&at), "{}", lines[5]);
}

#[test]
fn each_file_begins_in_database_0() {
    let first = write("first.aof", &requests(&["SELECT 1", "SET k v"]));
    let second = write("second.aof", &requests(&["SET l w"]));
    let mut to = stage();
    load(&to, &[first, second], WHOLE).expect("a log");
    assert_eq!(keys(&mut to), [b"l"]);
}

#[test]
fn every_torn_end() {
    let lines =
        ["SET a 1", "INCR a", "MULTI", "INCR a", "INCR a", "EXEC", "INCR a", "#TS:1", "SET b x"];
    let log = requests(&lines);
    // Where it may break off: behind each command, and behind a whole transaction.
    let ends: Vec<usize> =
        [0, 1, 2, 6, 7, 8, 9].iter().map(|count| requests(&lines[..*count]).len()).collect();
    let values = ["", "1", "2", "4", "5", "5", "5"];
    for len in 0..=log.len() {
        let file = write("torn.aof", &log[..len]);
        let (last, end) = ends.iter().enumerate().rfind(|(_, end)| **end <= len).expect("0");
        let mut to = stage();
        let loaded = load(&to, std::slice::from_ref(&file), TORN).expect("a log");
        let torn = loaded.torn.map(|torn| (torn.at, torn.bytes));
        assert_eq!(torn, (*end < len).then_some((*end as u64, (len - end) as u64)), "{len}");
        let value = call(&mut to, [b"GET", b"a"]);
        assert_eq!(value.as_str().unwrap_or_default(), values[last], "{len}");
        let strict = load(&stage(), std::slice::from_ref(&file), WHOLE);
        assert_eq!(strict.is_ok(), *end == len, "{len}");
        // Only the last file may end so.
        let behind = write("torn-behind.aof", &requests(&["SET c 1"]));
        let result = load(&stage(), &[file.clone(), behind], TORN);
        match (result, *end == len) {
            (Ok(_), true) => {}
            (Err(error), false) => {
                assert!(matches!(error.reason, Reason::Truncated));
                assert_eq!((error.at, error.file), (*end as u64, file));
            }
            (result, _) => panic!("{len}: {result:?}"),
        }
    }
}

#[test]
fn errors_say_where_and_why() {
    let refused = |bytes: &[u8]| {
        let file = write("wrong.aof", bytes);
        let error = load(&stage(), std::slice::from_ref(&file), TORN).expect_err("it is wrong");
        assert_eq!(error.file, file);
        (error.at, error.reason.to_string())
    };
    let good = requests(&["SET k v"]);
    let at = good.len() as u64;
    let behind = |bytes: &[u8]| refused(&[&good, bytes].concat());
    let (found, why) = behind(&requests(&["INCR k"]));
    assert_eq!(found, at);
    assert_eq!(why, "the command INCR was answered: ERR value is not an integer or out of range");
    let (found, why) = behind(&requests(&["MULTI", "SET a 1", "NOSUCH a", "EXEC"]));
    assert_eq!(found, at + requests(&["MULTI", "SET a 1"]).len() as u64);
    assert!(why.starts_with("the command NOSUCH was answered: ERR unknown command"), "{why}");
    assert_eq!(behind(b"PING\r\n"), (at, "there is no command".into()));
    assert_eq!(behind(b"\0\0\0\0"), (at, "there is no command".into()));
    assert_eq!(behind(b"*0\r\n"), (at, "there is no command".into()));
    assert!(behind(b"*1\r\n:5\r\n").1.starts_with("Protocol error"));
    assert_eq!(behind(&requests(&["EXEC"])), (at, "MULTI and EXEC do not fit together".into()));
    let twice = requests(&["MULTI", "MULTI"]);
    assert_eq!(behind(&twice).1, "MULTI and EXEC do not fit together");
    let (found, why) = refused(&file(10, b"\0\x01k\x01v\0\x01k\x01v"));
    assert_eq!((found, &why[..]), (14, "a key is there twice"));
    let missing = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("is-not-there.aof");
    let error = load(&stage(), &[missing], TORN).expect_err("it is not there");
    assert!(matches!(error.reason, Reason::Io(_)));
}

/// A log with every byte changed in turn: it is never worse than an error.
#[test]
fn every_byte_changed() {
    let log = requests(&["SET a 1", "MULTI", "RPUSH l x y", "EXEC", "#TS:1", "HSET h f v"]);
    for at in 0..log.len() {
        let mut bad = log.clone();
        bad[at] ^= 1 << (at % 8);
        let file = write("flipped.aof", &bad);
        let loaded = load(&stage(), std::slice::from_ref(&file), TORN);
        if let Ok(loaded) = loaded {
            assert!(loaded.commands <= 3);
        }
        let _ = aof::check(&[file], TORN);
    }
}
