//! How much memory a server has.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

use super::Bench;
use super::ask::{Asker, info_line};
use crate::server::Server;

/// How long a server may give memory back before one looks.
const REST: Duration = Duration::from_secs(1);
const SHORT_REST: Duration = Duration::from_millis(300);

/// Memory of a server, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    /// As the kernel counts.
    pub(super) resident: f64,
    /// As the server counts, in `INFO`.
    pub(super) used: f64,
}

impl Memory {
    /// Looks after a rest.
    pub(super) fn after_rest(bench: &Bench, server: &Server) -> Result<Memory> {
        bench.rest(if bench.quick { SHORT_REST } else { REST })?;
        let info = Asker::connect(server.redis)?.ask("INFO memory")?;
        let used = info_line(&info, "used_memory").and_then(|used| used.parse().ok());
        Ok(Memory {
            resident: resident_bytes(server.pid())?,
            used: used.context("INFO has no used_memory")?,
        })
    }
}

fn resident_bytes(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: Option<f64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    Ok(kilobytes.context("the kernel does not tell VmRSS")? * 1024.0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_is_resident() {
        assert!(super::resident_bytes(std::process::id()).unwrap() > 100_000.0);
    }
}
