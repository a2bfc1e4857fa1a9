//! Resident memory of a server and of the children that it forks.

use std::fs;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Bytes of a process and its children: of a page that several share, each has its part, so it counts
/// once.
pub(super) fn resident(pid: u32) -> Result<f64> {
    let mut sum = proportional(pid)?;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may be gone by now.
        let children = fs::read_to_string(task?.path().join("children")).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|child| child.parse().ok());
        // And so may a child.
        sum += children.filter_map(|child| proportional(child).ok()).sum::<f64>();
    }
    Ok(sum)
}

fn proportional(pid: u32) -> Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes: Option<f64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    Ok(kilobytes.context("the kernel does not tell Pss")? * 1024.0)
}

/// The most that is seen while something else is done.
pub(super) fn peak<T>(pid: u32, work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let (over, is_over) = channel::<()>();
    thread::scope(|scope| {
        let watching = scope.spawn(move || {
            let mut most: f64 = 0.0;
            loop {
                most = most.max(resident(pid)?);
                if is_over.recv_timeout(LOOK_AGAIN) != Err(RecvTimeoutError::Timeout) {
                    return anyhow::Ok(most);
                }
            }
        });
        let done = work();
        drop(over);
        let most = watching.join().map_err(|_| anyhow::anyhow!("the watcher panicked"))??;
        Ok((most, done?))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn what_is_used_meanwhile_is_seen() {
        let pid = std::process::id();
        let before = resident(pid).unwrap();
        let (most, length) = peak(pid, || {
            let block = vec![1_u8; 64 << 20];
            // Long enough that it is looked at.
            let end = Instant::now() + 5 * LOOK_AGAIN;
            while Instant::now() < end {
                thread::yield_now();
            }
            Ok(std::hint::black_box(block).len())
        })
        .unwrap();
        assert!(most - before > 0.5 * length as f64, "{before} {most}");
    }
}
