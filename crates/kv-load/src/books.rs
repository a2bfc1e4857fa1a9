//! The kernel's books on CPU time, and binding to a core.

use std::fs;

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_setaffinity};

/// What the kernel has noted of a process since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Books {
    /// CPU time of all threads, in nanoseconds.
    pub ran: u64,
    /// Time in which threads could have run and others ran instead, in nanoseconds: what the machine
    /// does to the process.
    pub waited: u64,
}

impl Books {
    /// Looks. Exact while the threads sleep; of a running one, the kernel's last look counts.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn of(pid: u32) -> Result<Books> {
        let mut books = Books::default();
        for task in fs::read_dir(format!("/proc/{pid}/task")).context("the process is gone")? {
            // A thread may end between the two looks.
            let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
            let mut fields = text.split(' ').map_while(|field| field.parse::<u64>().ok());
            let (ran, waited) = fields
                .next()
                .zip(fields.next())
                .with_context(|| format!("schedstat says {text}"))?;
            books.ran += ran;
            books.waited += waited;
        }
        Ok(books)
    }

    /// What was noted between an earlier look and this one, in microseconds for each of so many
    /// requests: CPU time, and time of waiting.
    pub(crate) fn each_since(self, earlier: Books, requests: u64) -> (f64, f64) {
        let each = |now: u64, then: u64| now.saturating_sub(then) as f64 / 1000.0 / requests as f64;
        (each(self.ran, earlier.ran), each(self.waited, earlier.waited))
    }
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
        let books = Books::of(std::process::id()).unwrap();
        assert!(books.ran > 0);
        assert!(Books::of(u32::MAX).is_err());
        let later = Books { ran: books.ran + 5000, waited: books.waited + 1000 };
        assert_eq!(later.each_since(books, 10), (0.5, 0.1));
    }
}
