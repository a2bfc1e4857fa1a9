//! Damaged files: an error that says where, and nothing worse.

use kv_persist::rdb::{self, Error, Options, Reason};

use proptest::collection::vec;
use proptest::prelude::*;

use crate::files::{OPTIONS, file, file_of, load, run, stage, without_checksum};
use crate::round_trip::{add_ending_elements, every_form};

/// A file of some hundred bytes with values of all types.
fn small() -> Vec<u8> {
    let mut stage = stage();
    run(&mut stage, "SET s v EX 100\nSET n 500\nRPUSH l a 1\nSADD i 1 2\nSADD m a b\nHSET h f v");
    run(
        &mut stage,
        "ZADD z 1.5 a 2 b\nSADDEX e 100 a\nSELECT 2\nSET t aaaaaaaaaaaaaaaaaaaaaaaaaaa",
    );
    run(&mut stage, "SELECT 0");
    add_ending_elements(&mut stage);
    file_of(&mut stage)
}

fn checked(name: &str, file: &[u8]) -> Result<rdb::Summary, Error> {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, file).expect("a file");
    rdb::check(&path, 2)
}

#[test]
fn every_byte_changed() {
    let good = small();
    assert!((200..600).contains(&good.len()), "{}", good.len());
    let loaded = |file: &[u8]| {
        let to = stage();
        load(&to, file)
    };
    loaded(&good).expect("it is good");
    for at in 0..good.len() {
        for flip in [0xff, 1 << (at % 8)] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            let error = loaded(&bad).expect_err("a checksum");
            assert!(error.at <= good.len() as u64, "{at}: {error}");
            assert!(!matches!(error.reason, Reason::Io(_)), "{at}: {error}");
            let same = checked("flipped.rdb", &bad).expect_err("a checksum");
            // What it is may depend on what the store has; where it is does not.
            if !matches!(error.reason, Reason::Database(_) | Reason::Duplicate) {
                assert_eq!(same.to_string(), error.to_string());
            }
            // Without a checksum it may be another sound file. It is not to panic.
            let _ = loaded(&without_checksum(bad));
        }
    }
}

#[test]
fn every_truncation() {
    for good in [small(), without_checksum(small())] {
        for len in 0..good.len() {
            for total in [None, Some(len as u64)] {
                let to = stage();
                let result = rdb::load(&good[..len], total, &to.store, OPTIONS, &mut |_| ());
                let error = result.expect_err("it ends too early");
                assert!(matches!(error.reason, Reason::Truncated), "{len}: {error}");
                assert!(error.at <= len as u64);
            }
        }
        let mut long = good.clone();
        long.push(0);
        let error = load(&stage(), &long).expect_err("something follows");
        assert!(matches!(error.reason, Reason::Trailing));
        assert_eq!(error.at, good.len() as u64);
    }
}

/// Where an error is, and what it says.
fn refused(file: &[u8]) -> (u64, String) {
    let error = load(&stage(), file).expect_err("it is wrong");
    (error.at, error.reason.to_string())
}

#[test]
fn errors_say_where_and_why() {
    let twice = "a key is there twice".to_owned();
    assert_eq!(refused(&file(6, b"\0\x01k\x01v\0\x01k\x01v")), (14, twice.clone()));
    // In another database it is another key.
    load(&stage(), &file(6, b"\0\x01k\x01v\xfe\x01\0\x01k\x01v")).expect("two keys");
    let back = b"\0\x01k\x01v\xfe\x01\0\x01k\x01v\xfe\0\0\x01k\x01w";
    assert_eq!(refused(&file(6, back)), (23, twice));
    let (at, why) = refused(&file(6, b"\xfe\x10\0\x01k\x01v"));
    assert_eq!((at, &why[..]), (11, "there is no database 16: see the setting databases"));
    let (at, why) = refused(&file(6, b"\0\x01k\x01v\x0f\x01s\x01v"));
    assert_eq!((at, &why[..]), (14, "streams cannot be loaded"));
    let (at, why) = refused(&file(6, b"\0\x01k\x01v\x63\x01s\x01v"));
    assert_eq!((at, &why[..]), (14, "no type of value has the code 99"));
    // A set of integers that are not in order.
    let (at, why) = refused(&file(6, b"\x0b\x01k\x0c\x02\0\0\0\x02\0\0\0\x05\0\x01\0"));
    assert_eq!((at, &why[..]), (12, "a packed collection is damaged"));
    assert_eq!(
        refused(b"REDIS0013\xff"),
        (0, "version REDIS0013 of the format is not known".into())
    );
    assert!(refused(b"*1\r\n$4\r\nPING\r\n").1.starts_with("it is no snapshot"));
    assert_eq!(refused(b"").1, "the file ends too early");
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("is-not-there.rdb");
    let missing = rdb::load_file(&path, &stage().store, OPTIONS, &mut |_| ());
    assert!(matches!(missing.map_err(|error| error.reason), Err(Reason::Io(_))));
}

/// The first error counts, whoever finds it.
#[test]
fn the_first_error_is_told() {
    let mut entries = Vec::new();
    let mut wrong_at = Vec::new();
    for n in 0..200_000u32 {
        if n == 90_000 || n == 90_500 || n == 180_000 {
            wrong_at.push(9 + entries.len() as u64);
            // A list of a node that is none: its end is found all the same.
            entries.extend_from_slice(b"\x12\x02ll\x01\x05\x01v");
        }
        entries.extend_from_slice(b"\0\x04");
        entries.extend_from_slice(&n.to_le_bytes());
        entries.extend_from_slice(b"\x01v");
    }
    let bad = file(10, &entries);
    for threads in [1, 2, 5] {
        let options = Options { threads, ..OPTIONS };
        let result = rdb::load(&bad[..], None, &stage().store, options, &mut |_| ());
        let error = result.expect_err("it is wrong");
        assert_eq!(
            (error.at, error.reason.to_string()),
            (wrong_at[0] + 5, "not a kind of list node".into())
        );
    }
}

/// What is announced is not believed: a length of 2^40 in a file of a few bytes.
#[test]
fn lengths_that_are_not_there() {
    let long = b"\x81\0\0\x01\0\0\0\0\0";
    for what in
        [&b"\0"[..], b"\0\x01k", b"\x02\x01k", b"\x04\x01k", b"\xfa", b"\xf5", b"\x12\x01k\x01\x02"]
    {
        let entry = [what, long, &[b'x'; 50]].concat();
        for total in [None, Some(9 + entry.len() as u64 + 9)] {
            let bad = file(11, &entry);
            let result = rdb::load(&bad[..], total, &stage().store, OPTIONS, &mut |_| ());
            let error = result.expect_err("it is wrong");
            assert!(matches!(error.reason, Reason::Truncated), "{error}");
            assert_eq!(error.at, 9);
        }
    }
    // So many keys do not follow, and no room is made for them.
    let to = stage();
    load(&to, &file(7, b"\xfb\x81\0\0\x01\0\0\0\0\0\0\0\x01k\x01v")).expect("a hint");
    assert!(to.store.used_memory() < 10_000, "{}", to.store.used_memory());
}

#[test]
fn a_check_sees_what_loading_would() {
    let mut from = every_form();
    let good = file_of(&mut from);
    let summary = checked("good.rdb", &good).expect("it is good");
    assert_eq!(summary, load(&stage(), &good).expect("it is good"));
    let printed = summary.to_string();
    for line in [
        "snapshot: version 10, ",
        "checksum: fits",
        "kv-ver: 0.1.0",
        "database 0: 18 keys, 2 with a time to live, string 7, list 3, set 3, zset 3, hash 2",
        "database 3: 2 keys, 0 with a time to live, string 2",
    ] {
        assert!(printed.contains(line), "no {line} in:\n{printed}");
    }
    let twice = file(6, b"\x02\x01k\x02\x01a\x01a");
    let error = checked("twice.rdb", &twice).expect_err("a member is there twice");
    assert_eq!((error.at, error.reason.to_string()), (15, "an element is there twice".into()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever the bytes are, and without a checksum that would tell: a result.
    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..400), version in prop::sample::select(vec![6, 11, 12, 80])) {
        let file = without_checksum(file(version, &bytes));
        let result = load(&stage(), &file);
        if let Err(error) = result {
            prop_assert!(error.at <= file.len() as u64);
        }
    }

    #[test]
    fn any_bytes_changed(changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bad = without_checksum(small());
        for (index, byte) in &changes {
            let at = index.index(bad.len());
            bad[at] = *byte;
        }
        let result = load(&stage(), &bad);
        if let Err(error) = result {
            prop_assert!(error.at <= bad.len() as u64);
        }
    }
}
