//! Stores and the files of them.

use kv_persist::rdb::{self, Error, Options, Summary, Writer};
use kv_store::protocol::{Frame, Protocol};
use kv_store::testing::Stage;
use kv_store::{Ended, Registry};

pub(crate) const OPTIONS: Options = Options { threads: 2, ended: Ended::Drop };

pub(crate) fn stage() -> Stage {
    Stage::new(Protocol::Resp2, Registry::builtin())
}

/// Runs commands, one a line, none of which may fail.
pub(crate) fn run(stage: &mut Stage, lines: &str) {
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let reply = stage.session.call(line.split(' '));
        assert!(!matches!(reply, Frame::Error(_)), "{line}: {reply:?}");
    }
}

pub(crate) fn call<const N: usize>(stage: &mut Stage, request: [&[u8]; N]) -> Frame {
    stage.session.call(request)
}

pub(crate) fn texts(reply: Frame) -> Vec<Vec<u8>> {
    let Frame::Array(items) = reply else { panic!("{reply:?}") };
    items.iter().map(|item| item.as_bytes().expect("a text").to_vec()).collect()
}

pub(crate) fn keys(stage: &mut Stage) -> Vec<Vec<u8>> {
    let mut keys = texts(stage.session.call(["KEYS", "*"]));
    keys.sort_unstable();
    keys
}

/// The file of all that is in a store.
pub(crate) fn file_of(stage: &mut Stage) -> Vec<u8> {
    let (snapshot, ()) = stage.store.snapshot(|_| ()).expect("there is no other");
    let aux = [("kv-ver", "0.1.0"), ("redis-bits", "64")];
    let (out, len) = rdb::save(snapshot, Vec::new(), &aux).expect("a vector");
    assert_eq!(out.len() as u64, len);
    out
}

pub(crate) fn load(stage: &Stage, file: &[u8]) -> Result<Summary, Error> {
    rdb::load(file, Some(file.len() as u64), &stage.store, OPTIONS, &mut |_| ())
}

/// A file of these entries, whatever they are.
pub(crate) fn file(version: u16, entries: &[u8]) -> Vec<u8> {
    let mut writer = Writer::begin(Vec::new(), version, &[]).expect("a vector");
    writer.entries(entries).expect("a vector");
    writer.finish().expect("a vector").0
}

/// The same file without a checksum.
pub(crate) fn without_checksum(mut file: Vec<u8>) -> Vec<u8> {
    let at = file.len() - 8;
    file[at..].fill(0);
    file
}

/// Checks that two stores have the same keys and values, and forms and deadlines of these.
pub(crate) fn assert_same(ours: &mut Stage, theirs: &mut Stage) {
    for db in 0..16 {
        for stage in [&mut *ours, &mut *theirs] {
            stage.session.call(["SELECT", &db.to_string()]);
        }
        let all = keys(theirs);
        assert_eq!(keys(ours), all, "database {db}");
        for key in all {
            let what = key.escape_ascii();
            // How a string is held depends on what was done to it.
            let kind = call(ours, [b"TYPE", &key]);
            let commands: &[&[&[u8]]] = match kind == Frame::Simple("string".into()) {
                true => &[&[b"TYPE"], &[b"PEXPIRETIME"]],
                false => &[&[b"TYPE"], &[b"PEXPIRETIME"], &[b"OBJECT", b"ENCODING"]],
            };
            for command in commands {
                let request = || command.iter().copied().chain([&key[..]]);
                let (a, b) = (ours.session.call(request()), theirs.session.call(request()));
                assert_eq!(a, b, "{what}");
            }
            assert_eq!(content(ours, &key), content(theirs, &key), "{what}");
        }
    }
    for stage in [ours, theirs] {
        stage.session.call(["SELECT", "0"]);
    }
}

/// The elements of a value, and when they end.
type Content = (Vec<Vec<u8>>, Vec<(Vec<u8>, Frame)>);

/// The elements of a value, in order where there is none, and their deadlines.
pub(crate) fn content(stage: &mut Stage, key: &[u8]) -> Content {
    let kind = stage.session.call([b"TYPE", key]);
    let Frame::Simple(kind) = kind else { panic!("{kind:?}") };
    let sorted = |mut elements: Vec<Vec<u8>>, size: usize| {
        let mut groups: Vec<Vec<Vec<u8>>> =
            elements.chunks_mut(size).map(|group| group.to_vec()).collect();
        groups.sort_unstable();
        groups
    };
    match &kind[..] {
        b"string" => {
            let value = call(stage, [b"GET", key]);
            (vec![value.as_bytes().expect("a text").to_vec()], Vec::new())
        }
        b"list" => (texts(call(stage, [b"LRANGE", key, b"0", b"-1"])), Vec::new()),
        b"zset" => (texts(call(stage, [b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"])), Vec::new()),
        b"set" => {
            let groups = sorted(texts(call(stage, [b"SMEMBERS", key])), 1);
            let ends = groups
                .iter()
                .map(|member| (member[0].clone(), call(stage, [b"FIELDTTL", key, &member[0]])));
            let ends = ends.collect();
            (groups.concat(), ends)
        }
        b"hash" => {
            let groups = sorted(texts(call(stage, [b"HGETALL", key])), 2);
            let ends = groups.iter().map(|pair| {
                let request = [b"HPEXPIRETIME", key, b"FIELDS", b"1", &pair[0]];
                (pair[0].clone(), call(stage, request))
            });
            let ends = ends.collect();
            (groups.concat(), ends)
        }
        other => panic!("{}", other.escape_ascii()),
    }
}
