//! The log with its writer's thread, on a real directory.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use kv_persist::disk::Directory;
use kv_persist::{Log, LogError, LogOptions, Policy, Recovery, TornTail, rewrite};
use kv_store::{Journal, SystemClock};

/// Waits on this thread for a future.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Unpark>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// A directory that is removed in the end.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("kv-log-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Scratch(path)
    }

    fn disk(&self) -> Arc<Directory> {
        Arc::new(Directory::open(&self.0).unwrap())
    }

    fn recover(&self) -> Vec<Vec<u8>> {
        let mut recovery = Recovery::open(self.disk(), TornTail::Refuse).unwrap();
        let mut frames = Vec::new();
        while let Some(frame) = recovery.next_frame().unwrap() {
            frames.push(frame.to_vec());
        }
        frames
    }

    fn start(&self, policy: Policy) -> Log {
        let recovered = Recovery::open(self.disk(), TornTail::Cut).unwrap().finish().unwrap();
        let options = LogOptions { policy, clock: Arc::new(SystemClock), on_change: None };
        Log::start(self.disk(), recovered, options).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn many_threads_append_and_wait() {
    const THREADS: usize = 8;
    const ENTRIES: usize = 20;
    let scratch = Scratch::new("threads");
    let log = scratch.start(Policy::Always);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let log = &log;
            scope.spawn(move || {
                for entry in 0..ENTRIES {
                    log.append(format!("{thread} {entry}").as_bytes());
                    if let Some(barrier) = log.barrier() {
                        block_on(poll_fn(|context| log.poll_kept(barrier, context)));
                    }
                }
            });
        }
        let written = rewrite(&log, |log| Ok(((), log.rotate())), |(), out| out.write_all(b"base"));
        assert_eq!(written.unwrap(), 4);
    });
    let status = log.status();
    assert_eq!(status.kept, status.appended);
    assert!(status.syncs < (THREADS * ENTRIES) as u64, "{} syncs", status.syncs);
    log.close().unwrap();
    let frames = scratch.recover();
    for thread in 0..THREADS {
        // What came before the cut is in the base.
        let of_thread = frames.iter().filter(|f| f.starts_with(format!("{thread} ").as_bytes()));
        let of_thread: Vec<_> = of_thread.collect();
        let first = ENTRIES - of_thread.len();
        for (entry, frame) in (first..).zip(of_thread) {
            assert_eq!(*frame, format!("{thread} {entry}").into_bytes());
        }
    }
}

#[test]
fn a_log_that_is_dropped_has_kept_all() {
    let scratch = Scratch::new("dropped");
    for start in 0..3 {
        let log = scratch.start(Policy::No);
        log.append(format!("start {start}").as_bytes());
        drop(log);
    }
    assert_eq!(scratch.recover(), [b"start 0", b"start 1", b"start 2"]);
}

#[test]
fn a_closed_log_says_so() {
    let scratch = Scratch::new("closed");
    let log = scratch.start(Policy::EverySec);
    log.flush().unwrap();
    log.close().unwrap();
    assert!(matches!(log.flush(), Err(LogError::Closed)));
    assert!(matches!(log.close(), Err(LogError::Closed)));
}
