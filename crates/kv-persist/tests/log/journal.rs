//! What the store sees of a log.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use kv_persist::disk::{Disk, faulty::FaultyDisk};
use kv_persist::log::{Health, MAX_PENDING_BYTES};
use kv_persist::{Policy, Recovery, TornTail};
use kv_store::Journal;

use crate::stage::Stage;

#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Counter>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Counter {
    fn woken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

fn open(policy: Policy) -> Stage {
    Stage::open(&FaultyDisk::new(0), policy).unwrap()
}

#[test]
fn with_always_replies_wait_until_their_entries_are_kept() {
    let mut stage = open(Policy::Always);
    assert_eq!(stage.log.barrier(), None);
    stage.append(1);
    let barrier = stage.log.barrier().unwrap();
    let counter = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&counter));
    let context = &mut Context::from_waker(&waker);
    for _ in 0..3 {
        assert_eq!(stage.log.poll_kept(barrier, context), Poll::Pending);
    }
    stage.settle();
    assert_eq!(counter.woken(), 1, "a task that asked three times is woken once");
    assert_eq!(stage.log.poll_kept(barrier, context), Poll::Ready(()));
    assert_eq!(stage.log.barrier(), None);
}

#[test]
fn a_position_of_a_log_before_this_one_is_not_waited_for() {
    let mut before = open(Policy::Always);
    (1..=3).for_each(|number| before.append(number));
    let barrier = before.log.barrier().unwrap();
    let mut stage = open(Policy::Always);
    stage.append(1);
    let context = &mut Context::from_waker(Waker::noop());
    assert_eq!(stage.log.poll_kept(barrier, context), Poll::Ready(()));
    let own = stage.log.barrier().unwrap();
    assert_eq!(stage.log.poll_kept(own, context), Poll::Pending);
}

#[test]
fn who_waits_for_a_log_that_is_no_more_is_woken() {
    let mut stage = open(Policy::Always);
    stage.append(1);
    let counter = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&counter));
    let barrier = stage.log.barrier().unwrap();
    let pending = stage.log.poll_kept(barrier, &mut Context::from_waker(&waker));
    assert_eq!((pending, counter.woken()), (Poll::Pending, 0));
    drop(stage);
    assert_eq!(counter.woken(), 1);
}

#[test]
fn entries_that_come_together_share_a_sync() {
    let mut stage = open(Policy::Always);
    stage.append(50);
    let syncs = stage.status().syncs;
    stage.settle();
    assert_eq!(stage.status().syncs, syncs + 1);
    assert_eq!(stage.kept, 50);
}

#[test]
fn with_everysec_replies_do_not_wait_and_syncs_come_each_second() {
    let mut stage = open(Policy::EverySec);
    stage.append(1);
    assert_eq!(stage.log.barrier(), None);
    stage.wind(999);
    let status = stage.status();
    assert_eq!((status.written, status.kept, status.syncs), (status.appended, 0, 0));
    stage.wind(1);
    assert_eq!(stage.status().kept, status.appended);
    stage.wind(3000);
    assert_eq!(stage.status().syncs, 1, "there was nothing to sync");
}

#[test]
fn who_waits_is_not_forgotten_when_the_policy_changes() {
    let mut stage = open(Policy::Always);
    stage.append(1);
    let barrier = stage.log.barrier().unwrap();
    stage.log.set_policy(Policy::No);
    stage.settle();
    assert!(stage.is_kept(barrier));
    stage.append(1);
    stage.wind(10_000);
    assert!(!stage.is_kept(stage.status().appended));
    stage.log.set_policy(Policy::EverySec);
    stage.settle();
    assert!(stage.is_kept(stage.status().appended));
}

#[test]
fn clients_wait_for_room_when_the_writer_is_behind() {
    let mut stage = open(Policy::No);
    let counter = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&counter));
    let context = &mut Context::from_waker(&waker);
    let entries = vec![b'x'; 1 << 20];
    while stage.log.poll_room(context).is_ready() {
        assert!(stage.status().pending() < MAX_PENDING_BYTES);
        stage.log.append(&entries);
    }
    stage.settle();
    assert_eq!(counter.woken(), 1);
    assert_eq!(stage.log.poll_room(context), Poll::Ready(()));
    assert_eq!(stage.status().pending(), 0);
}

#[test]
fn clients_do_not_wait_for_room_while_writes_are_refused() {
    let mut stage = open(Policy::No);
    stage.disk.set_full(true);
    for _ in 0..MAX_PENDING_BYTES >> 20 {
        stage.log.append(&vec![b'x'; 1 << 20]);
    }
    let context = &mut Context::from_waker(Waker::noop());
    assert_eq!(stage.log.poll_room(context), Poll::Pending);
    stage.settle();
    assert_eq!(stage.log.poll_room(context), Poll::Ready(()));
}

#[test]
fn long_entries_and_many_come_back_in_order() {
    let mut stage = open(Policy::EverySec);
    let lengths =
        [1, 300_000, 5, 262_120, 262_121, 262_144, 0, 3 << 20, 2, 100_000, 100_000, 100_000];
    let entries = || lengths.iter().enumerate().map(|(n, length)| vec![n as u8; *length]);
    for round in 0..3 {
        entries().for_each(|entry| stage.log.append(&entry));
        stage.wind(round * 500);
    }
    assert!(stage.close());
    let mut recovery = Recovery::open(Arc::new(stage.disk.clone()), TornTail::Refuse).unwrap();
    for entry in entries().chain(entries()).chain(entries()).filter(|entry| !entry.is_empty()) {
        assert!(recovery.next_frame().unwrap() == Some(&entry));
    }
    assert_eq!(recovery.next_frame().unwrap(), None);
}

#[test]
fn a_rewrite_leaves_only_the_new_files() {
    let mut stage = open(Policy::Always);
    stage.append(3);
    stage.settle();
    let before = stage.status();
    assert!(stage.rewrite());
    let status = stage.status();
    assert_eq!(status.segment, before.segment + 1);
    assert!(status.base_bytes > 600 && status.log_bytes < before.log_bytes);
    assert_eq!(
        stage.disk.list().unwrap(),
        ["appendonly.2.base.rdb", "appendonly.2.log", "appendonly.kv.manifest"]
    );
}

#[test]
fn before_the_first_base_nothing_is_promised() {
    let disk = FaultyDisk::new(0);
    let mut stage = Stage::open_over_data(&disk, Policy::Always, 5).unwrap();
    stage.append(1);
    stage.settle();
    assert_eq!(stage.status().health, Health::Starting);
    assert_eq!((stage.log.barrier(), stage.status().refusal()), (None, None));
    assert!(stage.rewrite());
    stage.append(1);
    assert_eq!(stage.log.barrier(), Some(stage.status().appended));
}

#[test]
fn starts_without_entries_do_not_add_segments() {
    let disk = FaultyDisk::new(0);
    for _ in 0..5 {
        Stage::open(&disk, Policy::Always).unwrap().settle();
    }
    // The manifest, the segment, and the one before, which the next start removes.
    assert_eq!(disk.list().unwrap().len(), 3);
}
