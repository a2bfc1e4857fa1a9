//! Disks that are full or do not answer: what clients are told, and that it goes on by itself afterwards.

use kv_persist::disk::faulty::Fault;
use kv_store::protocol::Frame;

use crate::stage::{Disks, Settings, Stage};

const FAULTS: [Fault; 2] = [Fault::NoSpace, Fault::Broken];

const LOGGED: Settings<'_> = &[("appendonly", "yes"), ("appendfsync", "always")];

fn is_ok(reply: &Frame) -> bool {
    !matches!(reply, Frame::Error(_))
}

fn is_misconf(reply: &Frame) -> bool {
    format!("{reply:?}").contains("MISCONF")
}

#[test]
fn a_save_that_fails_says_so_and_leaves_all_as_it_was() {
    for fault in FAULTS {
        for after in 0.. {
            let disks = Disks::new(after);
            let mut stage = Stage::open(&disks, &[]).unwrap();
            stage.line("MSET a 1 b 2");
            assert!(is_ok(&stage.line("SAVE")));
            stage.line("MSET a 2 c 3");
            let before = stage.history.last().cloned();
            let operation = disks.dir.operations() + after;
            disks.dir.fail_at(operation, fault);
            let saved = is_ok(&stage.line("SAVE"));
            let place = format!("{fault:?} at operation {after}");
            assert_eq!(stage.history.last(), before.as_ref(), "{place}");
            if disks.dir.operations() <= operation {
                assert!(saved && after > 3, "{place}");
                break;
            }
            // Who has asked for it knows; of those in the background it says nothing.
            assert_eq!(stage.info("rdb_last_bgsave_status"), "ok", "{place}");
            for found in [disks.after_power_loss(), disks.after_kill()] {
                stage.check(&Stage::open(&found, &[]).unwrap(), false, &place);
            }
            assert!(is_ok(&stage.line("SAVE")), "{place}");
            stage.check(&Stage::open(&disks.after_power_loss(), &[]).unwrap(), false, &place);
        }
    }
}

#[test]
fn writes_are_refused_while_the_log_has_no_space() {
    let disks = Disks::new(1);
    let mut stage = Stage::open(&disks, LOGGED).unwrap();
    stage.line("SET a 1");
    disks.log.set_full(true);
    let promised = stage.logged;
    // This one is in memory, and its reply waits.
    stage.line("SET b 2");
    assert_eq!(stage.logged, promised);
    assert_eq!(stage.info("aof_last_write_status"), "err");
    for _ in 0..3 {
        assert!(is_misconf(&stage.line("SET c 3")));
        assert_eq!(stage.line("GET b"), Frame::Bulk(b"2".to_vec().into()));
        stage.line("+ 1000");
        stage.line("step");
    }
    disks.log.set_full(false);
    stage.line("+ 1000");
    assert_eq!(stage.info("aof_last_write_status"), "ok");
    stage.line("step");
    assert!(is_ok(&stage.line("SET c 3")));
    assert_eq!(stage.logged, stage.history.len() - 1);
    stage.check(&Stage::open(&disks.after_power_loss(), LOGGED).unwrap(), true, "at the end");
}

#[test]
fn whatever_fails_in_the_log_is_survived() {
    let life =
        ["MSET a 1 b 2", "SET c 3", "BGREWRITEAOF", "step", "RPUSH list 1 2", "MSET a 2 b 3"];
    for fault in [Fault::NoSpace, Fault::Broken, Fault::Short] {
        for operation in 0.. {
            let disks = Disks::new(operation);
            disks.log.fail_at(operation, fault);
            let place = format!("{fault:?} at operation {operation}");
            let Ok(mut stage) = Stage::open(&disks, LOGGED) else {
                let found = disks.after_power_loss();
                assert!(Stage::open(&found, LOGGED).unwrap().history[0].is_empty(), "{place}");
                continue;
            };
            let mut was_refused = false;
            for line in life {
                let reply = stage.line(line);
                assert!(is_ok(&reply) || is_misconf(&reply), "{place}: {reply:?}");
                let is_refusing = stage.info("aof_last_write_status") == "err";
                assert_eq!(is_misconf(&stage.line("SET probe 1")), is_refusing, "{place}, {line}");
                was_refused |= is_refusing;
                for found in [disks.after_power_loss(), disks.after_kill()] {
                    let found = Stage::open_at(&found, LOGGED, stage.now_us()).unwrap();
                    stage.check(&found, true, &format!("{place}, {line}"));
                }
            }
            assert!(!was_refused || fault != Fault::Short, "{place}");
            if disks.log.operations() <= operation {
                assert!(operation > 20 && !was_refused);
                break;
            }
            // What has failed is tried again: the log after a second, a rewrite after some more.
            for _ in 0..8 {
                stage.line("+ 1000");
                stage.line("step");
            }
            assert_eq!(stage.info("aof_last_write_status"), "ok", "{place}");
            assert!(is_ok(&stage.line("MSET last 1 other 2")), "{place}");
            assert_eq!(stage.logged, stage.history.len() - 1, "{place}");
            let found = Stage::open_at(&disks.after_power_loss(), LOGGED, stage.now_us()).unwrap();
            stage.check(&found, true, &place);
        }
    }
}

#[test]
fn a_background_save_that_fails_refuses_writes_if_there_are_rules() {
    for (rules, stops, refuses) in
        [("3600 1", "yes", true), ("3600 1", "no", false), ("", "yes", false)]
    {
        let disks = Disks::new(1);
        let settings = [("save", rules), ("stop-writes-on-bgsave-error", stops)];
        let mut stage = Stage::open(&disks, &settings).unwrap();
        stage.line("SET a 1");
        disks.dir.set_full(true);
        stage.line("BGSAVE");
        stage.line("step");
        assert_eq!(stage.info("rdb_last_bgsave_status"), "err");
        assert_eq!(is_misconf(&stage.line("SET b 2")), refuses, "{settings:?}");
        assert!(!is_ok(&stage.line("SAVE")));
        disks.dir.set_full(false);
        assert_eq!(stage.info("rdb_last_bgsave_status"), "err");
        assert!(is_ok(&stage.line("SAVE")), "a later one that goes well ends the refusal");
        assert_eq!(stage.info("rdb_last_bgsave_status"), "ok");
        stage.line("step");
        assert!(is_ok(&stage.line("SET b 2")));
    }
}
