//! The end of a process with threads: it comes, whatever the disk does.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use kv_persist::Persistence;
use kv_persist::disk::faulty::Fault;
use kv_store::{Store, SystemClock};

use crate::stage::Disks;

/// Longer than anything here takes, if it ends at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// Has a log be rewritten on these disks, until that is over or the disk of the log is dead; then stops.
fn rewrite_and_stop(disks: &Disks, place: &str) {
    let logged = [("appendonly", "yes"), ("appendfsync", "always"), ("save", "")];
    let builder =
        logged.iter().fold(Store::builder(), |it, (name, value)| it.set(name, value).unwrap());
    let store = builder.build();
    let (dir, log) = (Arc::new(disks.dir.clone()), Arc::new(disks.log.clone()));
    let mut persistence = Persistence::on_disks(&store, Arc::new(SystemClock), dir, log);
    if persistence.load().is_err() {
        assert!(disks.is_dead(), "{place}");
        return;
    }
    let mut session = store.session();
    session.call(["SET", "key", "value"]);
    session.call(["BGREWRITEAOF"]);
    let began = Instant::now();
    let mut is_rewritten = || {
        let info = session.call(["INFO", "persistence"]);
        let info = String::from_utf8_lossy(info.as_bytes().unwrap()).into_owned();
        let is_over = info.contains("aof_rewrite_in_progress:0");
        is_over && info.contains("aof_rewrite_scheduled:0")
    };
    while !is_rewritten() && !disks.is_dead() {
        assert!(began.elapsed() < PATIENCE, "{place}: the rewrite does not end");
        thread::yield_now();
    }
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
