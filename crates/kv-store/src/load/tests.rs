use std::time::Duration;

use kv_protocol::{Frame, Protocol, RequestBuf};

use super::*;
use crate::keyspace::{Scratch, View};
use crate::rdb::record::write_key;
use crate::rdb::{Code, Reason, Writer, skip};
use crate::testing::{START, Stage};
use crate::{Access, Registry};

fn stage() -> Stage {
    Stage::new(Protocol::Native, Registry::builtin())
}

/// The entry of a key in database 0, and the form of its value.
fn entry(stage: &Stage, key: &str, compress: bool) -> Option<(Code, Vec<u8>)> {
    let mut writer = Writer::new(Vec::new(), compress);
    let (mut scratch, keyspace) = (Scratch::default(), &stage.store.keyspace);
    let now = stage.store.clock.now_us() / 1000;
    // As if nothing ever ended: that is for `write_key` to see.
    let mut view = View::new(keyspace, &mut scratch, 0, false);
    let mut keys = [Some(keyspace.hashed(key.as_bytes(), 1, Access::Read))];
    view.lock_together(0, &mut keys);
    let record = keys[0].as_ref().and_then(|key| view.find(key.as_keys()[0])).expect("a key");
    let code = write_key(record, now, &mut writer);
    let bytes = writer.into_inner();
    assert_eq!(code.is_none(), bytes.is_empty());
    code.map(|code| (code, bytes))
}

fn load(stage: &Stage, ended: Ended, db: u64, entry: &[u8]) -> Result<bool, LoadError> {
    let mut reader = Reader::new(entry);
    let head = Head::read(&mut reader, rdb::NEWEST)?;
    let added = stage.store.loader(ended).load(db, &head, &mut reader)?;
    reader.finish()?;
    Ok(added)
}

/// Values of all forms at `k`, each as the commands that make it, and the code it is written with.
fn values() -> Vec<(Code, Vec<String>)> {
    let many = |command: &str, each: &dyn Fn(usize) -> String| {
        let words: Vec<String> = (0..700).map(each).collect();
        format!("{command} k {}", words.join(" "))
    };
    let far = (START + 1_000_000).to_string();
    let of = |code, lines: &[&str]| (code, lines.iter().map(|line| (*line).to_owned()).collect());
    vec![
        of(Code::String, &["SET k v"]),
        of(Code::String, &["SET k -129"]),
        of(Code::String, &[&format!("SET k {}", "x".repeat(9000))]),
        of(Code::String, &["SET k v", &format!("PEXPIREAT k {far}")]),
        of(Code::ListNodes, &["RPUSH k a 1 -70000", &format!("PEXPIREAT k {far}")]),
        of(Code::ListNodes, &[&many("RPUSH", &|n| "y".repeat(n))]),
        of(Code::SetIntset, &["SADD k 1 2 70000"]),
        of(Code::SetListpack, &["SADD k 1 a"]),
        of(Code::Set, &[&many("SADD", &|n| format!("m{n}"))]),
        of(Code::SetTtl, &["SADDEX k 100 a b", "SADD k c"]),
        of(Code::HashListpack, &["HSET k f v 1 2"]),
        of(Code::Hash, &[&many("HSET", &|n| format!("f{n} {n}"))]),
        of(Code::HashTtl, &["HSET k f v g w", &format!("HPEXPIREAT k {far} FIELDS 1 f")]),
        of(Code::ZsetListpack, &["ZADD k 1 a 0.5 b"]),
        of(Code::Zset, &[&many("ZADD", &|n| format!("{} m{n}", n as f64 / 7.0))]),
    ]
}

fn frames() -> Vec<Frame> {
    vec![
        Frame::Integer(5),
        Frame::Null,
        Frame::Double(1.5),
        Frame::Boolean(true),
        Frame::Array(vec![Frame::Integer(1), Frame::from("x"), Frame::Array(Vec::new())]),
        Frame::Map(vec![(Frame::from("k"), Frame::Null)]),
    ]
}

fn set_frame(stage: &mut Stage, frame: &Frame) {
    let mut request = RequestBuf::new();
    request.push(b"SET");
    request.push(b"k");
    request.push_frame(frame);
    assert_eq!(stage.session.call_request(request.as_request()), Some(Frame::Integer(1)));
}

#[test]
fn what_is_written_is_loaded() {
    for (code, lines) in values() {
        let what = &lines[0][..lines[0].len().min(40)];
        let mut from = stage();
        for line in &lines {
            let reply = from.session.call(line.split(' '));
            assert!(!matches!(reply, Frame::Error(_)), "{what}: {reply:?}");
        }
        for compress in [false, true] {
            let (written, bytes) = entry(&from, "k", compress).expect("it has not ended");
            assert_eq!(written, code, "{what}");
            let mut reader = Reader::new(&bytes);
            let skipped = skip(&mut reader, rdb::NEWEST).expect("an entry");
            assert_eq!((skipped.code, reader.remaining()), (code, 0), "{what}");
            let has_deadline = from.session.call(["PTTL", "k"]) != Frame::Integer(-1);
            assert_eq!(skipped.has_deadline, has_deadline, "{what}");
            let mut to = stage();
            assert_eq!(load(&to, Ended::Drop, 0, &bytes), Ok(true), "{what}");
            for line in [&["PTTL", "k"][..], &["OBJECT", "ENCODING", "k"], &["TYPE", "k"]] {
                assert_eq!(to.session.call(line), from.session.call(line), "{what}");
            }
            let again = entry(&to, "k", compress).expect("it is there").1;
            let (dump, copy) = (from.session.call(["DUMP", "k"]), to.session.call(["DUMP", "k"]));
            // Of large collections the order need not be the same.
            match code {
                Code::Set | Code::SetTtl | Code::Hash | Code::HashTtl => {
                    assert_eq!(again.len(), bytes.len(), "{what}");
                }
                _ => assert!(again == bytes && dump == copy, "{what}"),
            }
            assert_eq!(to.store.used_memory() > 0, from.store.used_memory() > 0);
        }
    }
}

#[test]
fn frames_stay_what_they_are() {
    for frame in frames() {
        let mut from = stage();
        set_frame(&mut from, &frame);
        let (code, bytes) = entry(&from, "k", true).expect("it has not ended");
        assert_eq!(code, Code::Frame);
        let mut reader = Reader::new(&bytes);
        assert_eq!(skip(&mut reader, rdb::NEWEST).map(|it| it.code), Ok(Code::Frame));
        assert_eq!(reader.remaining(), 0);
        let mut to = stage();
        assert_eq!(load(&to, Ended::Drop, 0, &bytes), Ok(true), "{frame:?}");
        assert_eq!(to.session.call(["GET", "k"]), frame);
    }
}

#[test]
fn what_no_client_could_have_sent_is_no_frame() {
    for text in [&b""[..], b":5", b":5\r\n:6\r\n", b"$1\r\nx\r\n", b"*1\r\n", b":x\r\n", b"x"] {
        let mut writer = Writer::new(Vec::new(), false);
        writer.byte(Code::Frame.byte());
        writer.string(b"k");
        writer.blob(text);
        let found = load(&stage(), Ended::Drop, 0, &writer.into_inner());
        let expected = rdb::Error { at: 3, reason: Reason::Frame };
        assert_eq!(found, Err(LoadError::Value(expected)), "{text:?}");
    }
}

#[test]
fn what_has_ended() {
    let mut from = stage();
    from.play("> SET k v PX 10\n(integer) 1\n> SET l w\n(integer) 1\n> PEXPIRE l 5\n(integer) 1");
    let bytes = entry(&from, "k", false).expect("it has not ended").1;
    let to = stage();
    to.clock.wind(Duration::from_millis(10));
    from.clock.wind(Duration::from_millis(10));
    assert!(entry(&from, "k", false).is_some());
    assert_eq!(load(&to, Ended::Drop, 0, &bytes), Ok(true));
    to.clock.wind(Duration::from_millis(1));
    from.clock.wind(Duration::from_millis(1));
    assert!(entry(&from, "k", false).is_none());
    let mut to = stage();
    to.clock.wind(Duration::from_millis(11));
    assert_eq!(load(&to, Ended::Drop, 0, &bytes), Ok(false));
    assert_eq!(to.session.call(["DBSIZE"]), Frame::Integer(0));
    assert_eq!(load(&to, Ended::Keep, 0, &bytes), Ok(true));
    assert_eq!(to.session.call(["DBSIZE"]), Frame::Integer(1));
    assert_eq!(to.store.sweep(), 1);
}

#[test]
fn elements_that_have_ended() {
    let mut from = stage();
    from.play("> SADDEX k 1 a b\n(integer) 2\n> SADDEX k 2 c\n(integer) 1");
    let bytes = entry(&from, "k", false).expect("it has not ended").1;
    for (wait, dropped, kept) in [(1000, 3, 3), (1001, 1, 3), (2001, 0, 3)] {
        for (ended, len) in [(Ended::Drop, dropped), (Ended::Keep, kept)] {
            let to = stage();
            to.clock.wind(Duration::from_millis(wait));
            assert_eq!(load(&to, ended, 0, &bytes), Ok(len > 0), "{wait} {ended:?}");
            // As it was then: time is not yet for the log that follows.
            let len_then = |stage: &Stage| {
                let (mut scratch, keyspace) = (Scratch::default(), &stage.store.keyspace);
                let mut view = View::new(keyspace, &mut scratch, 0, false);
                let mut keys = [Some(keyspace.hashed(b"k", 1, Access::Read))];
                view.lock_together(0, &mut keys);
                let record = keys[0].as_ref().and_then(|key| view.find(key.as_keys()[0]));
                record.map_or(0, |record| match record.large_ref() {
                    Some(kv_types::Collection::Set(table)) => table.live_len(0),
                    _ => panic!("no set with deadlines"),
                })
            };
            assert_eq!(len_then(&to), len, "{wait} {ended:?}");
        }
    }
}

#[test]
fn what_is_refused_is_not_there() {
    let mut to = stage();
    let entry = b"\0\x01k\x01v";
    assert_eq!(load(&to, Ended::Drop, 16, entry), Err(LoadError::Database(16)));
    assert_eq!(load(&to, Ended::Drop, u64::MAX, entry), Err(LoadError::Database(u64::MAX)));
    assert_eq!(to.session.call(["DBSIZE"]), Frame::Integer(0));
    assert_eq!(load(&to, Ended::Drop, 3, entry), Ok(true));
    assert_eq!(load(&to, Ended::Drop, 0, entry), Ok(true));
    assert_eq!(load(&to, Ended::Drop, 0, b"\0\x01k\x01w"), Err(LoadError::Duplicate));
    assert_eq!(to.session.call(["GET", "k"]), Frame::from("v"));
}

#[test]
fn idle_times_are_kept() {
    let mut to = stage();
    assert_eq!(load(&to, Ended::Drop, 0, b"\xf8\x40\x50\0\x01k\x01v"), Ok(true));
    assert_eq!(load(&to, Ended::Keep, 0, b"\xf9\x05\0\x01l\x01v"), Ok(true));
    assert_eq!(to.session.call(["OBJECT", "IDLETIME", "k"]), Frame::Integer(0x50));
    assert_eq!(to.session.call(["OBJECT", "IDLETIME", "l"]), Frame::Integer(0));
}

#[test]
fn room_is_made_ahead() {
    let to = stage();
    to.store.expect_keys(0, 100_000).expect("there is a database 0");
    let before = to.store.used_memory();
    assert!((1_000_000..4_000_000).contains(&before), "{before}");
    for n in 0..100_000u32 {
        let mut writer = Writer::new(Vec::new(), false);
        writer.byte(0);
        writer.blob(&n.to_le_bytes());
        writer.blob(b"v");
        assert_eq!(load(&to, Ended::Drop, 0, &writer.into_inner()), Ok(true));
    }
    let mut natural = stage();
    for n in 0..100_000u32 {
        natural.session.call([&b"SET"[..], &n.to_le_bytes(), b"v"]);
    }
    let (ours, theirs) = (to.store.used_memory(), natural.store.used_memory());
    assert!(ours.abs_diff(theirs) < theirs / 10, "{ours} {theirs}");
}

/// Whatever the bytes: an error or a value, and all that is left out of an entry is missed.
#[test]
fn damaged_entries() {
    for (code, lines) in values() {
        let mut from = stage();
        lines.iter().for_each(|line| drop(from.session.call(line.split(' '))));
        let bytes = entry(&from, "k", true).expect("it has not ended").1;
        let mut to = stage();
        let mut loaded = |bytes: &[u8]| {
            to.session.call(["FLUSHALL"]);
            load(&to, Ended::Drop, 0, bytes)
        };
        let step = 1 + bytes.len() / 150;
        for at in (0..bytes.len()).step_by(step) {
            let found = skip(&mut Reader::new(&bytes[..at]), rdb::NEWEST);
            assert!(matches!(found, Err(skip::Stop::Short(1..))), "{code:?} {at} {found:?}");
            let found = loaded(&bytes[..at]);
            let Err(LoadError::Value(error)) = found else { panic!("{code:?} {at} {found:?}") };
            assert_eq!(error.reason, Reason::Truncated, "{code:?} {at}");
            let mut flipped = bytes.clone();
            flipped[at] = !flipped[at];
            let _ = skip(&mut Reader::new(&flipped), rdb::NEWEST);
            let _ = loaded(&flipped);
        }
    }
}
