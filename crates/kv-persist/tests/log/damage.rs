//! Files that are not as they were written.

use kv_persist::disk::{Disk, faulty::FaultyDisk};
use kv_persist::{Policy, RecoverError, TornTail};
use kv_store::Journal;

use crate::stage::{Stage, recover};

const MANIFEST: &str = "appendonly.kv.manifest";

/// A log with a sealed segment and one that is open; all synced. Returns the number of entries, too.
fn small_log(close: bool) -> (FaultyDisk, usize) {
    let disk = FaultyDisk::new(3);
    let mut stage = Stage::open(&disk, Policy::Always).unwrap();
    stage.append(2);
    stage.settle();
    assert!(stage.rewrite());
    stage.append(4);
    stage.settle();
    let _ = stage.log.rotate();
    for _ in 0..3 {
        stage.append(2);
        stage.settle();
    }
    if close {
        assert!(stage.close());
    }
    (disk.copy(), stage.appended)
}

fn log_files(disk: &FaultyDisk) -> Vec<String> {
    let mut files = disk.list().unwrap();
    // The base is an RDB file, with a checksum of its own.
    files.retain(|name| !name.ends_with(".rdb"));
    files
}

/// Recovers from a disk where one file is damaged. A clear error is fine; else it must be a prefix (which
/// `recover` asserts), which ends in the last, open segment, and nothing after `at_least` entries is missing.
fn check_damaged(disk: &FaultyDisk, name: &str, at_least: usize, place: &str) {
    match recover(disk, TornTail::Cut) {
        Ok((entries, recovered)) => {
            assert!(entries >= at_least, "{place}: {entries} entries");
            assert!(recovered.torn.is_some(), "{place}: nothing is said");
        }
        Err(RecoverError::Damaged { file, offset, reason }) => {
            assert_eq!(file.to_str(), Some(name), "{place}");
            assert!(offset <= disk.size(name).unwrap(), "{place}");
            assert!(!reason.is_empty());
        }
        Err(error) => panic!("{place}: {error}"),
    }
}

#[test]
fn every_flipped_bit_is_found() {
    for is_closed in [false, true] {
        let (disk, appended) = small_log(is_closed);
        assert_eq!(recover(&disk, TornTail::Refuse).unwrap().0, appended);
        // What was synced last has no mark after it; all before it has.
        let at_least = if is_closed { appended } else { appended - 2 };
        for name in log_files(&disk) {
            let bytes = disk.bytes(&name);
            for at in 0..bytes.len() {
                for bit in [0, 3, 7] {
                    let damaged = disk.copy();
                    let mut bytes = bytes.clone();
                    bytes[at] ^= 1 << bit;
                    damaged.put(&name, &bytes);
                    let place = format!("{name}, byte {at}, bit {bit}");
                    check_damaged(&damaged, &name, at_least, &place);
                }
            }
        }
    }
}

#[test]
fn every_truncation_is_found_or_leaves_a_prefix() {
    for is_closed in [false, true] {
        let (disk, appended) = small_log(is_closed);
        let open = format!("appendonly.{}.log", if is_closed { 0 } else { 3 });
        for name in log_files(&disk) {
            let bytes = disk.bytes(&name);
            for length in 0..bytes.len() {
                let damaged = disk.copy();
                damaged.put(&name, &bytes[..length]);
                match recover(&damaged, TornTail::Cut) {
                    Ok((entries, _)) => {
                        assert_eq!(name, open, "{length} bytes");
                        assert!((appended - 6..appended).contains(&entries));
                    }
                    Err(RecoverError::Damaged { file, offset, .. }) => {
                        assert_eq!(file.to_str(), Some(&*name));
                        assert!(offset <= length as u64);
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
}

#[test]
fn marks_are_found_wherever_they_are() {
    // A file is searched in pieces of 256 KiB: the mark begins in one and ends in the next.
    for before in 0..=16 {
        let disk = FaultyDisk::new(0);
        let stage = &mut Stage::open(&disk, Policy::Always).unwrap();
        let length = (256 << 10) - before - 8;
        stage.log.append(&vec![b'x'; length]);
        stage.settle();
        stage.log.append(b"a mark is before this one");
        stage.settle();
        let name = "appendonly.1.log";
        let mut bytes = disk.bytes(name);
        bytes[100] ^= 1;
        disk.put(name, &bytes);
        let end = 32 + 8 + length;
        assert_eq!(
            recover(&disk, TornTail::Cut).unwrap_err().to_string(),
            format!(
                "{name}: damaged at byte 32: a frame's checksum is wrong; it was on the disk, up to byte {end}"
            )
        );
    }
}

#[test]
fn missing_files_are_named() {
    let (disk, _) = small_log(true);
    for name in disk.list().unwrap() {
        let damaged = disk.copy();
        damaged.remove(&name).unwrap();
        match recover(&damaged, TornTail::Cut).unwrap_err() {
            RecoverError::NoManifest { file } => assert_eq!(file.to_str(), Some(MANIFEST)),
            RecoverError::Damaged { file, .. } => assert_eq!(file.to_str(), Some(&*name)),
            error => panic!("{error}"),
        }
    }
}

#[test]
fn a_torn_tail_is_an_error_if_it_is_to_be_one() {
    let (disk, appended) = small_log(false);
    let name = "appendonly.3.log";
    let bytes = disk.bytes(name);
    disk.put(name, &bytes[..bytes.len() - 1]);
    let error = recover(&disk, TornTail::Refuse).unwrap_err();
    let last = crate::stage::entry(appended - 1).len() as u64;
    let (offset, left) = (bytes.len() as u64 - last - 8, last - 1);
    assert_eq!(
        error.to_string(),
        format!("{name}: torn at byte {offset}: a frame has {last} bytes, and {left} are left")
    );
    let (entries, recovered) = recover(&disk, TornTail::Cut).unwrap();
    assert_eq!(entries, appended - 1);
    let torn = recovered.torn.unwrap();
    assert_eq!((torn.offset, torn.bytes), (offset, left + 8));
    // The end is cut when the log is started: from then on there is nothing to complain of.
    Stage::open(&disk, Policy::Always).unwrap();
    assert_eq!(recover(&disk, TornTail::Refuse).unwrap().0, appended - 1);
}

#[test]
fn a_log_stored_in_a_value_is_not_taken_for_one() {
    // A torn end that holds another log's marks is still a torn end.
    let (disk, appended) = small_log(false);
    let other = {
        let disk = FaultyDisk::new(0);
        let mut stage = Stage::open(&disk, Policy::Always).unwrap();
        for _ in 0..30 {
            stage.append(1);
            stage.settle();
        }
        disk.bytes("appendonly.1.log")
    };
    let name = "appendonly.3.log";
    let mut bytes = disk.bytes(name);
    bytes.extend_from_slice(&[0; 512]);
    bytes.extend_from_slice(&other);
    disk.put(name, &bytes);
    assert_eq!(recover(&disk, TornTail::Cut).unwrap().0, appended);
}
