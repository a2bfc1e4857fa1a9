//! Random lives of a log, with faults and crashes: combinations that nobody thought of.

use kv_persist::disk::faulty::{Fault, FaultyDisk};
use kv_persist::log::Health;
use kv_persist::{Policy, TornTail};

use crate::stage::{Stage, recover};

const LIVES: u64 = 1000;

/// One random thing that a server does.
fn step(stage: &mut Stage, random: &mut fastrand::Rng) {
    match random.u8(..12) {
        0..5 => stage.append(random.usize(1..8)),
        5..7 => stage.settle(),
        7 => stage.wind(random.u64(..1500)),
        8 => stage.sync(),
        9 => {
            stage.rewrite();
        }
        10 => {
            let _ = stage.log.rotate();
        }
        _ => {
            let policies = [Policy::Always, Policy::EverySec, Policy::No];
            stage.log.set_policy(policies[random.usize(..3)]);
        }
    }
}

/// Some faults at some of the next operations.
fn plan(disk: &FaultyDisk, random: &mut fastrand::Rng) {
    let faults = [Fault::NoSpace, Fault::Broken, Fault::Short];
    for _ in 0..random.usize(..4) {
        disk.fail_at(disk.operations() + random.u64(..60), faults[random.usize(..3)]);
    }
    if random.u8(..4) > 0 {
        disk.fail_at(disk.operations() + random.u64(..120), Fault::Crash);
    }
}

/// A process: it starts, works, and ends in one way or another. What is on the disk afterwards is what it was told
/// to be kept, and nothing that was never there.
///
/// `bounds` say how many entries there must and may be. A process that dies as it starts changes neither:
/// what its predecessor has cut off, but not on the disk, may be found again by its successor.
fn live(
    disk: &FaultyDisk,
    random: &mut fastrand::Rng,
    bounds: &mut (usize, usize),
    place: &str,
) -> FaultyDisk {
    let (there, _) = recover(disk, TornTail::Cut).unwrap();
    plan(disk, random);
    let is_over_data = random.u8(..6) == 0;
    let open = |policy| match is_over_data {
        true => Stage::open_over_data(disk, policy, there),
        false => Stage::open(disk, policy),
    };
    let opened = open(Policy::Always).or_else(|_| open(Policy::No));
    if let Ok(mut stage) = opened {
        for _ in 0..random.usize(..30) {
            step(&mut stage, random);
        }
        if !disk.is_dead() && random.bool() {
            // Whatever happened, it goes on when the disk does.
            for _ in 0..8 {
                stage.wind(1000);
                if let Health::NeedsRewrite(_) | Health::Starting = stage.status().health {
                    stage.rewrite();
                }
                stage.sync();
            }
            if !disk.is_dead() {
                assert_eq!(stage.status().health, Health::Good, "{place}");
                assert_eq!(stage.kept, stage.appended, "{place}");
            }
        }
        if random.bool() {
            stage.close();
        }
        // Beside data, the old log stays valid before there is a base.
        *bounds = (bounds.0.max(stage.kept), stage.appended);
    }
    let found = if random.bool() { disk.after_power_loss() } else { disk.after_kill() };
    let recovered = recover(&found, TornTail::Cut);
    let (entries, _) = recovered.unwrap_or_else(|error| panic!("{place}: {error}"));
    let (kept, appended) = *bounds;
    assert!((kept..=appended).contains(&entries), "{place}: {kept}, {entries}, {appended}");
    found
}

#[test]
fn random_lives() {
    for seed in 0..LIVES {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut disk, mut bounds) = (FaultyDisk::new(seed), (0, 0));
        for life in 0..4 {
            disk = live(&disk, &mut random, &mut bounds, &format!("seed {seed}, life {life}"));
        }
    }
}
