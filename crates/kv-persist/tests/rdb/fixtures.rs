//! Files of real servers: what is in them is what the commands made that stand beside them.

use std::path::PathBuf;

use kv_persist::{aof, rdb};
use kv_store::protocol::Frame;
use kv_store::testing::Stage;

use crate::files::{OPTIONS, assert_same, keys, stage};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/rdb/fixtures").join(name)
}

/// A store in which the commands have run; those of fields' deadlines only if the server has them.
fn made_here(with_fields: bool) -> Stage {
    let mut stage = stage();
    for line in include_str!("fixtures/commands.txt").lines() {
        let line = match line.strip_prefix('+') {
            Some(_) if !with_fields => continue,
            Some(line) => line,
            None => line,
        };
        let reply = stage.session.call(line.split(' '));
        assert!(!matches!(reply, Frame::Error(_)), "{line}: {reply:?}");
    }
    stage
}

fn text(stage: &mut Stage, request: &str) -> String {
    stage.session.call(request.split(' ')).pretty()
}

/// The snapshots, the version of each, and whether its server has deadlines of fields.
const SNAPSHOTS: [(&str, u16, bool); 3] =
    [("redis-7.0.rdb", 10, false), ("redis-8.2.rdb", 12, true), ("valkey-9.1.rdb", 80, true)];

#[test]
fn snapshots_of_real_servers() {
    for (name, version, with_fields) in SNAPSHOTS {
        let mut to = stage();
        let summary = rdb::load_file(&path(name), &to.store, OPTIONS, &mut |_| ()).expect(name);
        assert_eq!((summary.version, summary.has_checksum), (version, true), "{name}");
        assert_eq!(summary, rdb::check(&path(name), 1).expect(name));
        let numbers: Vec<u64> = summary.databases.keys().copied().collect();
        assert_eq!(numbers, [0, 3, 15], "{name}");
        let fields = if with_fields { 2 } else { 0 };
        let types: Vec<_> = summary.databases[&0].types().collect();
        let expected = [("string", 12), ("list", 4), ("set", 5), ("zset", 4), ("hash", 3 + fields)];
        assert_eq!(types, expected, "{name}");
        assert_eq!((summary.databases[&0].expiring, summary.databases[&3].expiring), (2, 1));
        assert_eq!(summary.functions.len(), 1, "{name}");
        assert!(summary.functions[0].starts_with(b"#!lua name=mylib\n"), "{name}");
        assert!(summary.aux.iter().any(|(name, _)| name.ends_with("-ver")), "{name}");
        // Some things said here, and all by comparison with what the commands make.
        assert_eq!(text(&mut to, "GET int64"), "\"5000000000\"", "{name}");
        assert_eq!(text(&mut to, "STRLEN lzf"), "(integer) 300", "{name}");
        assert_eq!(text(&mut to, "PEXPIRETIME ends"), "(integer) 60000000000000", "{name}");
        assert_eq!(text(&mut to, "ZRANGE zset 0 1"), "1) \"c\"\n2) \"e\"", "{name}");
        assert_eq!(text(&mut to, "PFCOUNT hll"), "(integer) 4", "{name}");
        if with_fields {
            let ends = text(&mut to, "HPEXPIRETIME fields FIELDS 3 f g h");
            let ends: Vec<_> = ends.lines().collect();
            let expected =
                ["1) (integer) 60000000000000", "2) (integer) -1", "3) (integer) 50000000000000"];
            assert_eq!(ends, expected, "{name}");
        }
        let mut made = made_here(with_fields);
        // The count is kept in the value, once it was asked for.
        text(&mut made, "PFCOUNT hll");
        assert_same(&mut to, &mut made);
    }
}

/// A byte in four changed, or none left behind it: each has a checksum.
#[test]
fn damaged_snapshots_of_real_servers() {
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("damaged.rdb");
    for (name, ..) in SNAPSHOTS {
        let good = std::fs::read(path(name)).expect(name);
        for at in (0..good.len()).step_by(97) {
            let mut bad = good.clone();
            bad[at] = !bad[at];
            for bad in [&bad[..], &good[..at]] {
                std::fs::write(&scratch, bad).expect("a file");
                let error = rdb::check(&scratch, 1).expect_err("a checksum");
                assert!(error.at <= good.len() as u64, "{name} {at}: {error}");
            }
        }
    }
}

const ANY: aof::Options = aof::Options { threads: 2, allow_torn: false };

/// The logs, and whether the server has deadlines of fields; the base is a snapshot, or commands (-plain).
const LOGS: [(&str, bool); 6] = [
    ("redis-7.0-aof", false),
    ("redis-7.0-aof-plain", false),
    ("redis-8.2-aof", true),
    ("redis-8.2-aof-plain", true),
    ("valkey-9.1-aof", true),
    ("valkey-9.1-aof-plain", true),
];

#[test]
fn logs_of_real_servers() {
    for (name, with_fields) in LOGS {
        let manifest = path(name).join("appendonly.aof.manifest");
        let files = aof::Manifest::read(&manifest).expect(name).files(&manifest);
        assert_eq!(files.len(), 2, "{name}");
        let checked = aof::check(&files, ANY).expect(name);
        let mut to = stage();
        let mut seen = rdb::Progress::default();
        let loaded = aof::load(&files, &to.store, ANY, &mut |it| seen = it).expect(name);
        assert_eq!(loaded.commands, checked.commands, "{name}");
        assert_eq!(loaded.snapshot.is_some(), !name.ends_with("plain"), "{name}");
        assert_eq!((loaded.torn, loaded.functions), (None, 0), "{name}");
        assert_eq!(Some(seen.bytes), seen.total, "{name}");
        assert_eq!(text(&mut to, "GET base:string"), "\"v\"", "{name}");
        let list = text(&mut to, "LRANGE base:list 0 -1");
        assert_eq!(list, "1) \"b\"\n2) \"c\"\n3) \"d\"", "{name}");
        // Two of three were popped, at random: which is known by the log.
        assert_eq!(text(&mut to, "SCARD base:set"), "(integer) 1", "{name}");
        assert_eq!(text(&mut to, "EXISTS base:zset"), "(integer) 0", "{name}");
        assert_eq!(text(&mut to, "GET log:float"), "\"1.5\"", "{name}");
        assert_eq!(text(&mut to, "MGET log:a log:b log:counter"), "1) \"1\"\n2) \"2\"\n3) \"1\"");
        assert_ne!(text(&mut to, "PEXPIRETIME log:counter"), "(integer) -1", "{name}");
        assert_eq!(text(&mut to, "PEXPIRETIME base:ends"), "(integer) 60000000000000", "{name}");
        if with_fields {
            let ends = text(&mut to, "HPEXPIRETIME base:fields FIELDS 2 f g");
            assert_eq!(ends, "1) (integer) 60000000000000\n2) (integer) -1", "{name}");
            let ends = text(&mut to, "HPEXPIRETIME log:fields FIELDS 1 f");
            assert_eq!(ends, "1) (integer) 60000000000000", "{name}");
        }
        text(&mut to, "SELECT 3");
        assert_eq!(text(&mut to, "GET base:other"), "\"wx\"", "{name}");
        text(&mut to, "SELECT 5");
        assert_eq!(text(&mut to, "LRANGE log:list 0 -1"), "1) \"1\"\n2) \"2\"\n3) \"3\"", "{name}");
        assert_eq!(keys(&mut to).len(), 1, "{name}");
    }
}

/// What popped at random in a real server is the same here: the other files of one run tell what was left.
#[test]
fn what_was_popped_is_the_same() {
    let left = [("redis-7.0-aof", "2"), ("redis-8.2-aof", "1"), ("valkey-9.1-aof", "x")];
    for (name, member) in left {
        let manifest = path(name).join("appendonly.aof.manifest");
        let files = aof::Manifest::read(&manifest).expect(name).files(&manifest);
        let mut to = stage();
        aof::load(&files, &to.store, ANY, &mut |_| ()).expect(name);
        assert_eq!(text(&mut to, "SMEMBERS base:set"), format!("1) \"{member}\""), "{name}");
    }
}
