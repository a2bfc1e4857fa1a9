//! Files that are not as they were written: a clear error, or what was promised.

use kv_persist::OpenError;
use kv_persist::disk::{Disk, faulty::FaultyDisk};

use crate::stage::{Disks, Settings, Stage};

const LOGGED: Settings<'_> = &[("appendonly", "yes"), ("appendfsync", "always")];

/// A store with a snapshot, and a log of a base and a segment; the life ends with a power loss.
fn small() -> Stage {
    let mut stage = Stage::open(&Disks::new(5), LOGGED).unwrap();
    let life = ["SET a 1", "HSET hash f 1 g 2", "SAVE", "BGREWRITEAOF", "step", "MSET a 2 b 3"];
    for line in life.into_iter().chain(["RPUSH list x y", "DEL hash", "SET z 9"]) {
        stage.line(line);
    }
    assert_eq!(stage.logged, stage.history.len() - 1);
    stage
}

/// Checks that an error says which file is damaged, where and why.
fn check_error(error: &OpenError, name: &str, place: &str) {
    let text = error.to_string();
    let is_of_damage = matches!(error, OpenError::Log(_) | OpenError::Snapshot { .. });
    assert!(is_of_damage && text.starts_with(&format!("{name}: ")), "{place}: {text}");
    assert!(text.contains("byte "), "{place}: {text}");
}

/// Loads with each of the files that are read changed by each of some changes.
fn with_each(
    stage: &Stage,
    settings: Settings<'_>,
    pick: impl Fn(&Disks) -> &FaultyDisk,
    at_least: usize,
    changes: impl Fn(&[u8]) -> Vec<Vec<u8>>,
) {
    let sound = stage.disks.copy();
    for name in pick(&sound).list().unwrap() {
        for (number, bytes) in changes(&pick(&sound).bytes(&name)).into_iter().enumerate() {
            let damaged = sound.copy();
            pick(&damaged).put(&name, &bytes);
            let place = format!("{name}, change {number}");
            match Stage::open(&damaged, settings) {
                Ok(found) => {
                    let is_open = name.ends_with(".log");
                    let is_one = stage.history[at_least..].contains(&found.history[0]);
                    assert!(is_open && is_one, "{place}: {:?}", found.history[0]);
                }
                Err(error) => check_error(&error, &name, &place),
            }
        }
    }
}

fn flips(bytes: &[u8]) -> Vec<Vec<u8>> {
    let flip = |at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1 << (at % 8);
        bytes
    };
    (0..bytes.len()).map(flip).collect()
}

fn truncations(bytes: &[u8]) -> Vec<Vec<u8>> {
    (0..bytes.len()).map(|length| bytes[..length].to_vec()).collect()
}

#[test]
fn a_damaged_log() {
    let stage = small();
    // Only what was synced last has no mark after it.
    with_each(&stage, LOGGED, |disks| &disks.log, stage.history.len() - 2, flips);
    // The end of an open segment may have got lost; the base is never.
    with_each(&stage, LOGGED, |disks| &disks.log, 5, truncations);
}

#[test]
fn a_damaged_snapshot() {
    let stage = small();
    with_each(&stage, &[], |disks| &disks.dir, 0, flips);
    with_each(&stage, &[], |disks| &disks.dir, 0, truncations);
}
