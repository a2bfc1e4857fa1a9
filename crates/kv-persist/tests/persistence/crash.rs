//! A crash at every operation of the disks, while a store lives a full life.

use kv_persist::disk::faulty::Fault;

use crate::stage::{Disks, Settings, Stage};

/// How often it is crashed at each operation: what a crash leaves is a matter of chance.
const SEEDS: u64 = 2;

/// `step` is a look of the thread of snapshots, `+` lets so many milliseconds pass.
const LIFE: &[&str] = &[
    "SET text one",
    "MSET a 1 b 2 c 3",
    "APPEND text +two",
    "INCRBYFLOAT float 0.1",
    "RPUSH list x y z",
    "SADD set s1 s2 s3 s4 s5",
    "SPOP set 2",
    "+ 400",
    "HSET hash f 1 g 2 h 3",
    "HEXPIRE hash 500 FIELDS 1 g",
    "ZADD sorted 1.5 m 2.5 n",
    "SET short gone PX 300",
    "SAVE",
    "EXPIRE text 900",
    "+ 700",
    "SELECT 1",
    "MSET a 10 b 20",
    "RENAME a renamed",
    "LMOVE list list LEFT RIGHT",
    "BGREWRITEAOF",
    "step",
    "SWAPDB 0 1",
    "MSET a 11 d 4",
    "BGSAVE",
    "step",
    "+ 1000",
    "CONFIG SET appendfsync everysec",
    "step",
    "SELECT 2",
    "SADD other o1 o2 o3",
    "SPOP other",
    "+ 1100",
    "CONFIG SET appendonly no",
    "step",
    "SET unlogged 1",
    "SAVE",
    "CONFIG SET appendonly yes",
    "step",
    "SET logged 1",
    "step",
    "SELECT 0",
    "MSET x 1 y 2 z 3",
    "CONFIG SET appendfsync always",
    "step",
    "FLUSHDB",
    "SET last 1",
    "BGREWRITEAOF",
    "step",
    "MSET x 5 y 6",
];

/// What a store whose changes are not logged is given to do.
const SNAPSHOTS: &[&str] = &[
    "MSET a 1 b 2",
    "SAVE",
    "MSET a 2 b 3",
    "HSET hash f 1",
    "BGSAVE",
    "RPUSH list 1 2 3",
    "step",
    "DEL a",
    "SELECT 1",
    "SADD set 1 2 3",
    "SWAPDB 0 1",
    "SAVE",
    "FLUSHALL",
    "SAVE",
];

fn live(disks: &Disks, settings: Settings<'_>, life: &[&str]) -> Option<Stage> {
    let Ok(mut stage) = Stage::open(disks, settings) else {
        // It died as it started, when nothing was promised.
        assert!(disks.is_dead());
        return None;
    };
    for line in life {
        stage.line(line);
        if disks.is_dead() {
            break;
        }
    }
    Some(stage)
}

/// Lives the life with a crash at every operation of either disk.
fn crash_everywhere(settings: Settings<'_>, life: &[&str]) {
    let whole = Disks::new(0);
    let stage = live(&whole, settings, life).unwrap();
    assert_eq!(stage.history.len(), life.len() + 1);
    for (of_log, operations) in [(false, whole.dir.operations()), (true, whole.log.operations())] {
        for operation in 0..operations {
            for seed in 0..SEEDS {
                let disks = Disks::new(seed * 10_000 + operation);
                let disk = if of_log { &disks.log } else { &disks.dir };
                disk.fail_at(operation, Fault::Crash);
                let stage = live(&disks, settings, life);
                let place = format!("seed {seed}, operation {operation}, of the log: {of_log}");
                let lost = disks.after_power_loss();
                survives(stage.as_ref(), &lost, settings, &place, true);
                survives(stage.as_ref(), &disks.after_kill(), settings, &place, false);
            }
        }
    }
}

/// Checks what is found after a crash, and, if asked, that life goes on from there and through another crash.
fn survives(
    stage: Option<&Stage>,
    found: &Disks,
    settings: Settings<'_>,
    place: &str,
    goes_on: bool,
) {
    let setting = |name| match stage {
        Some(stage) => stage.setting(name),
        None => settings.iter().find(|it| it.0 == name).map_or("no", |it| it.1).to_owned(),
    };
    let (appendonly, appendfsync) = (setting("appendonly"), setting("appendfsync"));
    let settings = [("appendonly", &*appendonly), ("appendfsync", &*appendfsync)];
    let with_log = appendonly == "yes";
    let now_us = stage.map_or(1, Stage::now_us);
    let open = |disks: &Disks, now_us| {
        let opened = Stage::open_at(disks, &settings, now_us);
        opened.unwrap_or_else(|error| panic!("{place}: {error}"))
    };
    let mut again = open(found, now_us);
    match stage {
        Some(stage) => stage.check(&again, with_log, place),
        None => assert!(again.history[0].is_empty(), "{place}"),
    }
    if !goes_on {
        return;
    }
    let second = ["SELECT 3", "MSET p 1 q 2", "+ 2000", "SAVE", "SPOP set", "BGREWRITEAOF", "step"];
    let at = found.log.operations() + now_us / 1000 % 3 + u64::from(place.len() as u32) % 5;
    found.log.fail_at(at, Fault::Crash);
    for line in second {
        again.line(line);
        if found.is_dead() {
            break;
        }
    }
    let third = open(&found.after_power_loss(), again.now_us());
    again.check(&third, with_log, &format!("{place}, again"));
}

#[test]
fn a_full_life_with_always() {
    crash_everywhere(&[("appendonly", "yes"), ("appendfsync", "always")], LIFE);
}

#[test]
fn a_full_life_with_everysec() {
    crash_everywhere(&[("appendonly", "yes"), ("appendfsync", "everysec")], LIFE);
}

#[test]
fn snapshots_only() {
    crash_everywhere(&[("appendonly", "no"), ("appendfsync", "always")], SNAPSHOTS);
}
