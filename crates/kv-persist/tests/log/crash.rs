//! A crash at every operation of the disk.

use kv_persist::disk::faulty::{Fault, FaultyDisk};
use kv_persist::{LogError, Policy, TornTail};

use crate::stage::{Stage, recover};

/// How often each scenario is crashed at each operation: what a crash leaves is a matter of chance.
const SEEDS: u64 = 12;

/// What a process was told before it died.
struct Promise {
    /// Entries that were appended,
    appended: usize,
    /// and of these those that were reported to be kept.
    kept: usize,
}

/// Plays a scenario with a crash at every operation, and looks at what is found afterwards.
///
/// `first` makes a disk, and says what was promised when it was made; `then` is what crashes. It may not go
/// on after the crash for ever, and it may not know of it either.
fn crash_everywhere(
    first: impl Fn(u64) -> (FaultyDisk, Promise),
    then: impl Fn(&FaultyDisk) -> Result<Stage, LogError>,
) {
    let (disk, _) = first(0);
    then(&disk).unwrap();
    let operations = disk.operations();
    assert!(operations > 0);
    for seed in 0..SEEDS {
        for operation in 0..operations {
            let (disk, mut promise) = first(seed * 10_000 + operation);
            disk.fail_at(operation, Fault::Crash);
            if let Ok(stage) = then(&disk) {
                promise = Promise { appended: stage.appended, kept: stage.kept };
            } else {
                // It died as it started: whatever was promised before holds.
                assert!(disk.is_dead());
            }
            for found in [disk.after_power_loss(), disk.after_kill()] {
                let place = format!("seed {seed}, operation {operation}");
                check(&found, &promise, &place);
            }
        }
    }
}

fn check(found: &FaultyDisk, promise: &Promise, place: &str) {
    let recovered = recover(found, TornTail::Cut);
    let (entries, _) = recovered.unwrap_or_else(|error| panic!("{place}: {error}"));
    let Promise { appended, kept } = *promise;
    assert!(entries >= kept, "{place}: {kept} entries were kept, {entries} are there");
    assert!(entries <= appended, "{place}: {appended} entries were made, {entries} are there");
    // Life goes on from there, and through another crash.
    let mut stage = Stage::open(found, Policy::Always).unwrap();
    stage.append(2);
    stage.settle();
    assert_eq!(stage.kept, entries + 2, "{place}");
    let (again, _) = recover(&found.after_power_loss(), TornTail::Cut).unwrap();
    assert_eq!(again, entries + 2, "{place}");
}

fn nothing(seed: u64) -> (FaultyDisk, Promise) {
    (FaultyDisk::new(seed), Promise { appended: 0, kept: 0 })
}

/// A disk after a crash: a base, a segment, and an end that may be torn.
fn torn(seed: u64) -> (FaultyDisk, Promise) {
    let disk = FaultyDisk::new(seed);
    let mut stage = Stage::open(&disk, Policy::EverySec).unwrap();
    stage.append(5);
    stage.wind(1000);
    assert!(stage.rewrite());
    stage.append(20);
    stage.settle();
    let found = disk.after_power_loss();
    let promise = Promise { appended: stage.appended, kept: stage.kept };
    (found, promise)
}

#[test]
fn appending_with_always() {
    crash_everywhere(nothing, |disk| {
        let mut stage = Stage::open(disk, Policy::Always)?;
        for entries in [1, 3, 1, 12, 2] {
            stage.append(entries);
            stage.settle();
        }
        Ok(stage)
    });
}

#[test]
fn appending_with_everysec() {
    crash_everywhere(nothing, |disk| {
        let mut stage = Stage::open(disk, Policy::EverySec)?;
        for entries in [1, 3, 1, 12, 2] {
            stage.append(entries);
            stage.wind(400);
        }
        Ok(stage)
    });
}

#[test]
fn appending_without_syncs() {
    crash_everywhere(nothing, |disk| {
        let mut stage = Stage::open(disk, Policy::No)?;
        for entries in [4, 7, 5] {
            stage.append(entries);
            stage.wind(2000);
        }
        stage.sync();
        Ok(stage)
    });
}

#[test]
fn rotation() {
    crash_everywhere(nothing, |disk| {
        let mut stage = Stage::open(disk, Policy::EverySec)?;
        for entries in [3, 0, 4, 2] {
            stage.append(entries);
            let _ = stage.log.rotate();
            stage.append(entries);
            stage.wind(700);
        }
        Ok(stage)
    });
}

#[test]
fn rewriting() {
    for policy in [Policy::Always, Policy::EverySec, Policy::No] {
        crash_everywhere(nothing, |disk| {
            let mut stage = Stage::open(disk, policy)?;
            for entries in [3, 5] {
                stage.append(entries);
                stage.wind(700);
                stage.rewrite();
                stage.append(entries);
                stage.wind(700);
            }
            Ok(stage)
        });
    }
}

#[test]
fn beginning_beside_data() {
    // Here nothing is kept before the first rewrite: a crash before it leaves no log, which is no error.
    for seed in 0..SEEDS {
        let play = |disk: &FaultyDisk| {
            let mut stage = Stage::open_over_data(disk, Policy::Always, 4)?;
            stage.append(3);
            stage.settle();
            assert_eq!(stage.kept, 0);
            stage.rewrite();
            stage.append(2);
            stage.settle();
            Ok::<Stage, LogError>(stage)
        };
        let disk = FaultyDisk::new(seed);
        assert_eq!(play(&disk).unwrap().kept, 10);
        for operation in 0..disk.operations() {
            let disk = FaultyDisk::new(seed * 1000 + operation);
            disk.fail_at(operation, Fault::Crash);
            let kept = play(&disk).map_or(0, |stage| stage.kept);
            for found in [disk.after_power_loss(), disk.after_kill()] {
                let (entries, _) = recover(&found, TornTail::Cut).unwrap();
                assert!((kept..=10).contains(&entries), "{kept} of {entries}");
                assert!(entries == 0 || entries >= 7, "the base came first");
            }
        }
    }
}

#[test]
fn closing() {
    crash_everywhere(nothing, |disk| {
        let mut stage = Stage::open(disk, Policy::No)?;
        stage.append(9);
        stage.close();
        Ok(stage)
    });
}

#[test]
fn starting_after_a_crash() {
    crash_everywhere(torn, |disk| {
        let mut stage = Stage::open(disk, Policy::Always)?;
        stage.append(3);
        stage.settle();
        Ok(stage)
    });
}

/// A disk after a process was killed as it started or soon after: what it did last is there, but not on the disk.
fn killed(seed: u64) -> (FaultyDisk, Promise) {
    let disk = FaultyDisk::new(seed);
    disk.fail_at(seed % 31, Fault::Crash);
    let mut promise = Promise { appended: 0, kept: 0 };
    if let Ok(mut stage) = Stage::open(&disk, Policy::Always) {
        for _ in 0..3 {
            stage.append(4);
            stage.settle();
        }
        promise = Promise { appended: stage.appended, kept: stage.kept };
    }
    (disk.after_kill(), promise)
}

#[test]
fn starting_after_a_kill() {
    crash_everywhere(killed, |disk| {
        let mut stage = Stage::open(disk, Policy::Always)?;
        stage.append(3);
        stage.settle();
        Ok(stage)
    });
}

#[test]
fn rewriting_after_a_crash() {
    crash_everywhere(torn, |disk| {
        let mut stage = Stage::open(disk, Policy::Always)?;
        stage.append(3);
        stage.settle();
        stage.rewrite();
        stage.append(1);
        stage.settle();
        Ok(stage)
    });
}
