//! What is written is read.

use kv_persist::rdb::{self, Options, Progress};
use kv_store::protocol::{Frame, Protocol, RequestBuf};
use kv_store::testing::{START, Stage};
use kv_store::{Ended, Registry};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::files::{OPTIONS, assert_same, call, file_of, keys, load, run, stage, without_checksum};

/// A store with keys of every type and form, in two databases.
pub(crate) fn every_form() -> Stage {
    let mut stage = stage();
    let many = |command: &str, each: &dyn Fn(usize) -> String| {
        let words: Vec<String> = (0..700).map(each).collect();
        format!("{command} {}", words.join(" "))
    };
    let (soon, far) = (START + 60_000, START + 1_000_000);
    run(&mut stage, "SET string v\nSET int -129\nAPPEND raw abc");
    run(&mut stage, &format!("SET long {}\nSETBIT bits 70001 1", "x".repeat(9000)));
    run(
        &mut stage,
        &format!("SET ends v PXAT {far}\nRPUSH ends:list a\nPEXPIREAT ends:list {soon}"),
    );
    run(&mut stage, &many("RPUSH list:large", &|n| "y".repeat(n)));
    run(&mut stage, "RPUSH list a 1 -70000\nSADD ints 1 2 70000\nSADD set 1 a\nHSET hash f v 1 2");
    run(&mut stage, &many("SADD set:large", &|n| format!("m{n}")));
    run(&mut stage, &many("HSET hash:large", &|n| format!("f{n} {n}")));
    run(&mut stage, &many("ZADD zset:large", &|n| format!("{} m{n}", n as f64 / 7.0)));
    run(&mut stage, "ZADD zset 1 a 0.5 b -inf c\nPFADD hll a b c\nGEOADD geo 13.36 38.11 Palermo");
    run(&mut stage, "SELECT 3\nSET other w\nSET string x\nSELECT 0");
    stage
}

/// Adds a hash and a set whose elements have deadlines: a file of those is of Valkey's version.
pub(crate) fn add_ending_elements(stage: &mut Stage) {
    let far = START + 1_000_000;
    run(stage, "SADDEX set:ends 100 a b\nSADD set:ends c");
    run(stage, &format!("HSET hash:ends f v g w\nHPEXPIREAT hash:ends {far} FIELDS 1 f"));
}

#[test]
fn every_form_comes_back() {
    let mut from = every_form();
    for (head, ends) in [(&b"REDIS0010"[..], false), (b"VALKEY080", true)] {
        if ends {
            add_ending_elements(&mut from);
        }
        let file = file_of(&mut from);
        assert!(file.starts_with(head), "{}", file[..9].escape_ascii());
        let mut to = stage();
        let summary = load(&to, &file).expect("a snapshot");
        assert_same(&mut to, &mut from);
        assert_eq!(summary.bytes, file.len() as u64);
        assert!(summary.has_checksum);
        assert_eq!(summary.aux[0], ("kv-ver".to_owned(), "0.1.0".to_owned()));
        assert_eq!(summary.databases.len(), 2);
        let types: Vec<_> = summary.databases[&0].types().collect();
        let more = u64::from(ends);
        let (sets, hashes) = (3 + more, 2 + more);
        assert_eq!(
            types,
            [("string", 7), ("list", 3), ("set", sets), ("zset", 3), ("hash", hashes)]
        );
        assert_eq!((summary.databases[&0].expiring, summary.databases[&3].len()), (2, 2));
        assert_eq!((summary.ended, summary.keys()), (0, 20 + 2 * more));
        // As used as if commands had made it, but for room that tables have.
        let (ours, theirs) = (to.store.used_memory(), from.store.used_memory());
        assert!(ours.abs_diff(theirs) < theirs / 5, "{ours} {theirs}");

        let plain = without_checksum(file);
        let mut to = stage();
        assert!(!load(&to, &plain).expect("a snapshot").has_checksum);
        assert_same(&mut to, &mut from);
    }
}

#[test]
fn a_store_without_keys() {
    let file = file_of(&mut stage());
    assert!(file.starts_with(b"REDIS0010"));
    let mut to = stage();
    assert_eq!(load(&to, &file).expect("a snapshot").keys(), 0);
    assert_eq!(keys(&mut to), Vec::<Vec<u8>>::new());
}

/// What only native clients can store stays what it is, and real servers refuse the file.
#[test]
fn values_of_the_native_dialect() {
    let mut from = Stage::new(Protocol::Native, Registry::builtin());
    let frame = Frame::Map(vec![(Frame::from("k"), Frame::Array(vec![Frame::Null]))]);
    for (key, frame) in [("map", &frame), ("number", &Frame::Integer(5))] {
        let mut request = RequestBuf::new();
        request.push(b"SET");
        request.push(key.as_bytes());
        request.push_frame(frame);
        from.session.call_request(request.as_request());
    }
    let file = file_of(&mut from);
    let mut to = Stage::new(Protocol::Native, Registry::builtin());
    let summary = load(&to, &file).expect("a snapshot");
    assert_eq!(summary.databases[&0].types().collect::<Vec<_>>(), [("frame", 2)]);
    assert_eq!(call(&mut to, [b"GET", b"map"]), frame);
    assert_eq!(call(&mut to, [b"GET", b"number"]), Frame::Integer(5));
}

/// Few bytes at a time, as a slow source gives them.
struct Drops<'f>(&'f [u8]);

impl std::io::Read for Drops<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let len = out.len().min(7).min(self.0.len());
        out[..len].copy_from_slice(&self.0[..len]);
        self.0 = &self.0[len..];
        Ok(len)
    }
}

#[test]
fn many_keys_in_many_batches() {
    let mut from = stage();
    for n in 0..30_000 {
        let key = format!("key:{n:05}");
        let value = "v".repeat(n % 100);
        call(&mut from, [b"SET", key.as_bytes(), value.as_bytes()]);
    }
    // Longer than a batch; shorter than what is read at a time, and longer.
    for len in [100_000, 3_000_000] {
        let mut value: Vec<u8> = (0..len as u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
        value[0] = b'x';
        call(&mut from, [b"SET", format!("long:{len}").as_bytes(), &value]);
    }
    for n in 0..200_000 {
        call(&mut from, [b"SADD", b"set", format!("member:{n}").as_bytes()]);
    }
    let file = file_of(&mut from);
    let whole = Some(file.len() as u64);
    for threads in [0, 1, 4] {
        let mut to = stage();
        let mut seen = Vec::new();
        let options = Options { threads, ..OPTIONS };
        let summary = rdb::load(&file[..], whole, &to.store, options, &mut |it| seen.push(it));
        assert_eq!(summary.expect("a snapshot").keys(), 30_003);
        assert_same(&mut to, &mut from);
        assert!(seen.len() > 2 && seen.is_sorted_by_key(|it| (it.bytes, it.keys)));
        assert_eq!(seen.last().map(|it| (it.keys, it.total)), Some((30_003, whole)));
    }
    let mut to = stage();
    let summary = rdb::load(Drops(&file), None, &to.store, OPTIONS, &mut |it: Progress| {
        assert_eq!(it.total, None);
    });
    assert_eq!(summary.expect("a snapshot").bytes, file.len() as u64);
    assert_same(&mut to, &mut from);
}

/// Settings bound what clients send, not what was stored before they were changed.
#[test]
fn strings_longer_than_a_client_may_send() {
    let mut from = stage();
    call(&mut from, [b"SETRANGE", b"k", b"3000000", b"x"]);
    let file = file_of(&mut from);
    let mut to = stage();
    to.store.settings().change(&[("proto-max-bulk-len", "1mb")]).expect("a setting");
    load(&to, &file).expect("a snapshot");
    assert_eq!(call(&mut to, [b"STRLEN", b"k"]), Frame::Integer(3_000_001));
}

#[test]
fn keys_that_have_ended() {
    let mut from = every_form();
    let file = file_of(&mut from);
    for (ended, left_out) in [(Ended::Drop, 1), (Ended::Keep, 0)] {
        let mut to = stage();
        to.clock.wind(std::time::Duration::from_millis(60_001));
        let options = Options { ended, ..OPTIONS };
        let summary = rdb::load(&file[..], None, &to.store, options, &mut |_| ());
        assert_eq!(summary.expect("a snapshot").ended, left_out);
        assert_eq!(call(&mut to, [b"DBSIZE"]).as_int(), Some(18 - left_out as i64));
        assert_eq!(call(&mut to, [b"EXISTS", b"ends:list"]).as_int(), Some(0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_keys(
        strings in btree_map(vec(any::<u8>(), 0..40), vec(any::<u8>(), 0..300), 0..20),
        lists in vec(vec(vec(any::<u8>(), 0..90), 1..200), 0..4),
        sets in vec(vec(any::<i16>(), 1..700), 0..4),
        deadlines in vec(1..1_000_000_000u64, 0..5),
        db in 1..16u8,
    ) {
        let mut from = stage();
        run(&mut from, "SET in:0 v");
        run(&mut from, &format!("SELECT {db}"));
        for (key, value) in &strings {
            call(&mut from, [b"SET", key, value]);
        }
        for (n, items) in lists.iter().enumerate() {
            items.iter().for_each(|item| {
                call(&mut from, [b"RPUSH", format!("\0list{n}").as_bytes(), item]);
            });
        }
        for (n, members) in sets.iter().enumerate() {
            members.iter().for_each(|member| {
                let member = format!("{member}{}", if n % 2 == 0 { "" } else { "x" });
                call(&mut from, [b"SADD", format!("\0set{n}").as_bytes(), member.as_bytes()]);
            });
        }
        for (key, after) in strings.keys().zip(&deadlines) {
            let at = (START + after).to_string();
            call(&mut from, [b"PEXPIREAT", key, at.as_bytes()]);
        }
        let file = file_of(&mut from);
        let mut to = stage();
        let summary = load(&to, &file).expect("a snapshot");
        assert_same(&mut to, &mut from);
        let expected = 1 + strings.len() + lists.len() + sets.len();
        prop_assert_eq!(summary.keys(), expected as u64);
    }
}
