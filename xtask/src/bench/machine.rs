//! What a reader of the figures must know of the machine, and the one setting of it that is changed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::process::setpriority_process;
use serde::Serialize;

const CONGESTION: &str = "/proc/sys/net/ipv4/tcp_congestion_control";

/// A congestion control that sends when it may. `bbr` paces with timers, on loopback too.
const UNPACED: &str = "cubic";

/// The machine.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Machine {
    pub(super) cpu: String,
    pub(super) cores: usize,
    pub(super) memory: String,
    pub(super) kernel: String,
    pub(super) congestion_control: String,
    pub(super) transparent_huge_pages: String,
    /// Whether servers and load take precedence over all else that runs.
    pub(super) precedence: bool,
}

impl Machine {
    pub(super) fn look(precedence: bool) -> Machine {
        let info = read("/proc/cpuinfo");
        let model = info.lines().find_map(|line| line.strip_prefix("model name"));
        let memory = read("/proc/meminfo");
        let total = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"));
        let huge = read("/sys/kernel/mm/transparent_hugepage/enabled");
        let chosen = huge.split('[').nth(1).and_then(|rest| rest.split(']').next());
        Machine {
            cpu: model.unwrap_or("unknown").trim_start_matches([' ', '\t', ':']).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory: total.unwrap_or("unknown").trim().to_owned(),
            kernel: read("/proc/sys/kernel/osrelease"),
            congestion_control: read(CONGESTION),
            transparent_huge_pages: chosen.unwrap_or("unknown").to_owned(),
            precedence,
        }
    }

    /// As a list in Markdown.
    pub(super) fn describe(&self) -> String {
        let Machine { cpu, cores, memory, kernel, .. } = self;
        let paced = match self.congestion_control == UNPACED {
            true => "",
            false => " (it could not be set to cubic: mind that it may pace on loopback)",
        };
        format!(
            "- CPU: {cpu}, {cores} cores; memory {memory}\n- Linux {kernel}\n- TCP congestion \
             control: {}{paced}\n- transparent huge pages: {}\n- servers and load run {}\n",
            self.congestion_control,
            self.transparent_huge_pages,
            if self.precedence {
                "before all else (nice -20)"
            } else {
                "as anything else (nice 0)"
            },
        )
    }
}

/// The congestion control as it was; it is put back when this is dropped.
pub(super) struct Congestion {
    before: Option<String>,
}

impl Congestion {
    /// Sets the congestion control for sockets that are made from now on. It may not be allowed:
    /// the report says which one was in force.
    pub(super) fn unpaced() -> Congestion {
        let before = read(CONGESTION);
        let changed = before != UNPACED && fs::write(CONGESTION, UNPACED).is_ok();
        Congestion { before: changed.then_some(before) }
    }
}

impl Drop for Congestion {
    fn drop(&mut self) {
        if let Some(before) = &self.before
            && let Err(error) = fs::write(CONGESTION, before)
        {
            eprintln!("{CONGESTION} is still {UNPACED}, it was {before}: {error}");
        }
    }
}

/// Nice values: of who takes precedence over all, and of everybody.
const FIRST: i32 = -20;
const EQUAL: i32 = 0;

/// Where the kernel groups processes by session, precedence counts between sessions.
const SESSION: &str = "/proc/self/autogroup";

/// Precedence over all else on the machine, until this is dropped.
pub(super) struct Precedence;

impl Precedence {
    /// For this process and those that it starts; it takes root.
    pub(super) fn take() -> Result<Precedence> {
        setpriority_process(None, FIRST).context("precedence is for root")?;
        // There may be no such groups.
        let _ = fs::write(SESSION, FIRST.to_string());
        Ok(Precedence)
    }
}

impl Drop for Precedence {
    fn drop(&mut self) {
        let _ = fs::write(SESSION, EQUAL.to_string());
    }
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_else(|_| "unknown".to_owned()).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_described() {
        let machine = Machine::look(false);
        assert!(machine.cores > 0 && !machine.kernel.is_empty());
        assert!(machine.describe().contains(&machine.congestion_control));
    }
}
