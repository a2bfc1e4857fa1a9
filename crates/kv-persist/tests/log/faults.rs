//! A disk that fails and works again.

use std::sync::{Arc, Mutex};

use kv_persist::disk::faulty::{Fault, FaultyDisk};
use kv_persist::log::Health;
use kv_persist::{Log, LogError, LogOptions, Policy, RewriteError, TornTail, rewrite};
use kv_store::{Journal, ManualClock};

use crate::stage::{Stage, entry, recover, write_base};

/// Plays a scenario with every fault at every operation. Whatever it was, the log must work again after
/// a while, with nothing lost and nothing told that is not so.
fn fail_everywhere(policy: Policy, scenario: impl Fn(&mut Stage)) {
    let disk = FaultyDisk::new(0);
    scenario(&mut Stage::open(&disk, policy).unwrap());
    let operations = disk.operations();
    for fault in [Fault::NoSpace, Fault::Broken, Fault::Short] {
        for operation in 0..operations {
            for seed in 0..4 {
                let place = format!("{fault:?} at operation {operation}, seed {seed}");
                let disk = FaultyDisk::new(seed * 1000 + operation);
                disk.fail_at(operation, fault);
                // A process that cannot start is started again.
                let open = || Stage::open(&disk, policy);
                let mut stage = open().or_else(|_| open()).unwrap();
                scenario(&mut stage);
                check_promise(&stage, &place);
                resume(&mut stage, &place);
                check_promise(&stage, &place);
                assert_eq!(stage.kept, stage.appended, "{place}");
                assert_eq!(stage.status().health, Health::Good, "{place}");
            }
        }
    }
}

fn check_promise(stage: &Stage, place: &str) {
    let found = stage.disk.after_power_loss();
    let (entries, _) =
        recover(&found, TornTail::Cut).unwrap_or_else(|error| panic!("{place}: {error}"));
    assert!(entries >= stage.kept, "{place}: {} were kept, {entries} are there", stage.kept);
    assert!(entries <= stage.appended, "{place}");
}

/// What the server does: it waits, and rewrites the log if it must.
fn resume(stage: &mut Stage, place: &str) {
    stage.wind(1000);
    if let Health::NeedsRewrite(_) = stage.status().health {
        assert!(stage.rewrite(), "{place}");
    }
    stage.append(2);
    stage.sync();
}

#[test]
fn appending() {
    for policy in [Policy::Always, Policy::EverySec, Policy::No] {
        fail_everywhere(policy, |stage| {
            for entries in [1, 3, 12] {
                stage.append(entries);
                stage.wind(600);
            }
        });
    }
}

#[test]
fn rotating() {
    fail_everywhere(Policy::EverySec, |stage| {
        for entries in [2, 0, 5] {
            stage.append(entries);
            let _ = stage.log.rotate();
            stage.wind(600);
        }
    });
}

#[test]
fn rewriting() {
    for policy in [Policy::Always, Policy::No] {
        fail_everywhere(policy, |stage| {
            stage.append(6);
            stage.settle();
            stage.rewrite();
            stage.append(3);
            stage.wind(600);
        });
    }
}

#[test]
fn a_full_disk_is_told_of_and_writing_resumes_when_there_is_space() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let disk = FaultyDisk::new(1);
    let (_, recovered) = recover(&disk, TornTail::Cut).unwrap();
    let clock = Arc::new(ManualClock::at_millis(0));
    let teller = Arc::clone(&told);
    let options = LogOptions {
        policy: Policy::Always,
        clock: clock.clone(),
        on_change: Some(Box::new(move |status| teller.lock().unwrap().push(status.refusal()))),
    };
    let (log, mut writer) = Log::by_hand(Arc::new(disk.clone()), recovered, options).unwrap();
    disk.set_full(true);
    log.append(b"some entry");
    writer.settle();
    let status = log.status();
    assert_eq!(status.health, Health::WriteFailed("no storage space".to_owned()));
    assert_eq!((status.kept, status.pending()), (0, 18));
    assert_eq!(log.barrier(), Some(18));

    // It is tried again when a second has passed, not before.
    disk.set_full(false);
    clock.wind(std::time::Duration::from_millis(999));
    writer.settle();
    assert_eq!(log.status().kept, 0);
    clock.wind(std::time::Duration::from_millis(1));
    writer.settle();
    assert_eq!(log.status().health, Health::Good);
    assert_eq!(log.barrier(), None);
    let refusal = "MISCONF Errors writing to the AOF file: no storage space".to_owned();
    assert_eq!(*told.lock().unwrap(), [Some(refusal), None]);
}

#[test]
fn after_a_failed_sync_nothing_is_kept_before_a_rewrite() {
    for seed in 0..20 {
        let disk = FaultyDisk::new(seed);
        let mut stage = Stage::open(&disk, Policy::Always).unwrap();
        stage.append(3);
        stage.settle();
        stage.append(2);
        // The next operations are a write and its sync.
        disk.fail_at(disk.operations() + 1, Fault::Broken);
        stage.settle();
        assert_eq!(stage.kept, 3);
        assert_eq!(stage.status().health, Health::NeedsRewrite("Input/output error".to_owned()));
        // The disk would report success now.
        stage.append(1);
        stage.wind(5000);
        stage.sync();
        assert_eq!(stage.kept, 3);
        let (entries, _) = recover(&disk.after_power_loss(), TornTail::Cut).unwrap();
        assert!((3..=5).contains(&entries));
        assert!(stage.rewrite());
        assert_eq!(stage.kept, 7);
        assert_eq!(recover(&disk.after_power_loss(), TornTail::Cut).unwrap().0, 7);
    }
}

#[test]
fn what_a_failed_sync_has_left_is_written_again_at_the_next_start() {
    for seed in 0..20 {
        let disk = FaultyDisk::new(seed);
        let mut stage = Stage::open(&disk, Policy::Always).unwrap();
        stage.append(3);
        stage.settle();
        stage.append(20);
        disk.fail_at(disk.operations() + 1, Fault::Broken);
        stage.settle();
        // The next process can read what the sync has dropped, and to sync again would not bring it back.
        let found = disk.after_kill();
        let mut stage = Stage::open(&found, Policy::Always).unwrap();
        assert_eq!(stage.appended, 23);
        stage.append(1);
        stage.settle();
        assert_eq!(recover(&found.after_power_loss(), TornTail::Cut).unwrap().0, 24);
    }
}

#[test]
fn who_waits_while_the_policy_changes_is_not_forgotten_by_a_full_disk() {
    let mut stage = Stage::open(&FaultyDisk::new(2), Policy::Always).unwrap();
    stage.disk.set_full(true);
    stage.append(1);
    stage.settle();
    let barrier = stage.log.barrier().unwrap();
    stage.log.set_policy(Policy::No);
    stage.settle();
    assert!(!stage.is_kept(barrier));
    stage.disk.set_full(false);
    stage.wind(1000);
    assert!(stage.is_kept(barrier));
}

#[test]
fn what_was_dropped_is_kept_as_soon_as_the_base_is_there() {
    let disk = FaultyDisk::new(5);
    let mut stage = Stage::open(&disk, Policy::Always).unwrap();
    stage.append(2);
    disk.fail_at(disk.operations() + 1, Fault::Broken);
    stage.settle();
    stage.append(1);
    stage.settle();
    assert_eq!(stage.kept, 0);
    let cut = |log: &Log| Ok(((), log.rotate()));
    let base = rewrite::begin(&stage.log, cut, |(), out| write_base(out, 3)).unwrap();
    stage.writer.settle();
    base.finish().unwrap();
    stage.settle();
    assert_eq!((stage.kept, stage.log.barrier()), (3, None));
}

#[test]
fn segments_of_rewrites_that_failed_are_left_to_the_next_base() {
    let disk = FaultyDisk::new(5);
    let mut stage = Stage::open(&disk, Policy::Always).unwrap();
    disk.set_full(true);
    stage.append(2);
    stage.settle();
    assert!(!stage.rewrite());
    disk.set_full(false);
    // The first write of what waits fails, and then one of those that follow.
    for later in 2..12 {
        stage.append(1);
        let operations = disk.operations();
        // Writing the base takes six operations.
        disk.fail_at(operations + 6, Fault::NoSpace);
        disk.fail_at(operations + 6 + later, Fault::NoSpace);
        assert!(stage.rewrite());
        // The second fault may have come when the base was there already.
        resume(&mut stage, "");
        assert_eq!(stage.kept, stage.appended);
        let (entries, _) = recover(&disk.after_power_loss(), TornTail::Cut).unwrap();
        assert_eq!(entries, stage.appended);
        let _ = stage.log.rotate();
    }
}

#[test]
fn a_base_is_of_no_use_when_a_sync_has_failed_since() {
    let disk = FaultyDisk::new(11);
    let mut stage = Stage::open(&disk, Policy::Always).unwrap();
    stage.append(3);
    stage.settle();
    let (log, writer) = (&stage.log, &mut stage.writer);
    let late = rewrite::begin(
        log,
        |log| Ok(((), log.rotate())),
        |(), out| {
            // What comes after the cut goes to the new segment, whose second sync fails.
            log.append(&entry(3));
            writer.settle();
            log.append(&entry(4));
            // The next operations are a write and its sync.
            disk.fail_at(disk.operations() + 1, Fault::Broken);
            writer.settle();
            write_base(out, 3)
        },
    );
    let late = late.unwrap();
    writer.settle();
    assert!(late.is_answered());
    assert!(matches!(late.finish(), Err(RewriteError::Install(LogError::NotKept(_)))));
    stage.appended += 2;
    assert!(stage.rewrite());
    assert_eq!(recover(&disk.after_power_loss(), TornTail::Cut).unwrap().0, 6);
}

#[test]
fn a_rewrite_frees_a_full_disk() {
    let disk = FaultyDisk::new(7);
    let mut stage = Stage::open(&disk, Policy::Always).unwrap();
    stage.append(3);
    stage.settle();
    disk.set_full(true);
    stage.append(3);
    stage.settle();
    assert_eq!(stage.kept, 3);
    disk.set_full(false);
    // No second has passed, so what waits was not tried again; the base has it.
    assert!(stage.rewrite());
    assert_eq!(stage.kept, 7);
    assert_eq!(recover(&disk.after_power_loss(), TornTail::Cut).unwrap().0, 7);
}
