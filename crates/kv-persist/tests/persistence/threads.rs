//! What only shows when there are threads.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use kv_persist::Persistence;
use kv_persist::disk::faulty::Fault;
use kv_store::protocol::Frame;
use kv_store::{Session, Store, SystemClock};

use crate::stage::{Disks, Settings, Stage};

/// Longer than anything here takes, if it ends at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// A store kept on these disks, if they let it.
fn open(disks: &Disks, settings: Settings<'_>) -> Option<(Session, Persistence)> {
    let settings = settings.iter().chain(&[("save", "")]);
    let builder = settings.fold(Store::builder(), |it, (name, value)| it.set(name, value).unwrap());
    let store = builder.build();
    let (dir, log) = (Arc::new(disks.dir.clone()), Arc::new(disks.log.clone()));
    let mut persistence = Persistence::on_disks(&store, Arc::new(SystemClock), dir, log);
    persistence.load().ok()?;
    Some((store.session(), persistence))
}

/// Waits until `INFO` has all of these lines, or `or` is so.
fn wait_for(session: &mut Session, lines: &[&str], place: &str, or: impl Fn() -> bool) {
    let began = Instant::now();
    while !or() {
        let info = session.call(["INFO", "persistence"]);
        let info = String::from_utf8_lossy(info.as_bytes().unwrap()).into_owned();
        if lines.iter().all(|wanted| info.lines().any(|line| line == *wanted)) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{place}: {lines:?} does not come:\n{info}");
        thread::yield_now();
    }
}

#[test]
fn a_snapshot_is_cancelled() {
    let disks = Disks::new(0);
    let (mut session, _persistence) = open(&disks, &[]).unwrap();
    session.call(["SET", "key", "value"]);
    let none = "ERR Background saving is currently not in progress or scheduled";
    let cancel = |session: &mut Session| session.call(["BGSAVE", "CANCEL"]);
    assert_eq!(cancel(&mut session), Frame::Error(none.into()));
    let held = disks.dir.hold();
    session.call(["BGSAVE"]);
    wait_for(&mut session, &["rdb_bgsave_in_progress:1"], "begun", || false);
    assert_eq!(cancel(&mut session), Frame::Simple("Background saving cancelled".into()));
    drop(held);
    let over = ["rdb_bgsave_in_progress:0", "rdb_saves:0", "rdb_last_bgsave_status:ok"];
    wait_for(&mut session, &over, "cancelled", || false);
    session.call(["BGSAVE"]);
    wait_for(&mut session, &["rdb_saves:1"], "the next one", || false);
    assert_eq!(cancel(&mut session), Frame::Error(none.into()));
}

#[test]
fn a_snapshot_that_has_not_begun_is_cancelled() {
    let mut stage = Stage::open(&Disks::new(0), &[("appendonly", "yes")]).unwrap();
    let cancelled = "Background saving cancelled";
    for (first, save, reply) in [
        ("GET key", "BGSAVE", cancelled),
        ("BGREWRITEAOF", "BGSAVE SCHEDULE", "Scheduled background saving cancelled"),
    ] {
        stage.line(first);
        stage.line(save);
        assert_eq!(stage.line("BGSAVE CANCEL"), Frame::Simple(reply.into()), "{save}");
        stage.line("step");
        assert_eq!(stage.info("rdb_saves"), "0");
    }
    assert_eq!(stage.info("aof_rewrites"), "1");
}

/// Has a log be rewritten on these disks, until that is over or the disk of the log is dead; then stops.
fn rewrite_and_stop(disks: &Disks, place: &str) {
    let logged = [("appendonly", "yes"), ("appendfsync", "always")];
    let Some((mut session, persistence)) = open(disks, &logged) else {
        assert!(disks.is_dead(), "{place}");
        return;
    };
    session.call(["SET", "key", "value"]);
    session.call(["BGREWRITEAOF"]);
    let over = ["aof_rewrite_in_progress:0", "aof_rewrite_scheduled:0"];
    wait_for(&mut session, &over, place, || disks.is_dead());
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(persistence.close()));
    let closed = end.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{place}: it does not stop"));
    assert!(closed.is_ok() || disks.is_dead(), "{place}: {closed:?}");
}

#[test]
fn a_disk_that_dies_during_a_rewrite_lets_the_process_stop() {
    let disks = Disks::new(0);
    rewrite_and_stop(&disks, "nothing fails");
    // The last ones are those of the rewrite: its base, and the manifest, without which it waits.
    let last = disks.log.operations();
    for operation in last - 12..last {
        let disks = Disks::new(operation);
        disks.log.fail_at(operation, Fault::Crash);
        rewrite_and_stop(&disks, &format!("dies at operation {operation} of {last}"));
    }
}
