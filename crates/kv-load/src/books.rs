//! The kernel's books on CPU time, and binding to a core.

use std::fs;

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_setaffinity};

/// CPU time of all threads of a process since they began, in nanoseconds. Exact while its threads
/// sleep; of a running one, the kernel's last look counts.
///
/// # Errors
/// If the process is gone.
pub fn cpu_nanos(pid: u32) -> Result<u64> {
    let mut total = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task")).context("the process is gone")? {
        // A thread may end between the two looks.
        let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
        let nanos: Option<u64> = text.split(' ').next().and_then(|first| first.parse().ok());
        total += nanos.with_context(|| format!("schedstat says {text}"))?;
    }
    Ok(total)
}

/// Binds the calling thread, and those that it starts, to a core.
///
/// # Errors
/// If the machine has no such core.
pub fn pin(core: usize) -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).with_context(|| format!("cannot run on core {core}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_keeps_this_process_books() {
        assert!(cpu_nanos(std::process::id()).unwrap() > 0);
        assert!(cpu_nanos(u32::MAX).is_err());
    }
}
