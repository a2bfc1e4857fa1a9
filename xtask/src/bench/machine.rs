//! What a reader of the figures must know of the machine, and the one setting of it that is changed.

use std::fs;
use std::path::Path;

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
}

impl Machine {
    pub(super) fn look() -> Machine {
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
             control: {}{paced}\n- transparent huge pages: {}\n",
            self.congestion_control, self.transparent_huge_pages
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

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_else(|_| "unknown".to_owned()).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_described() {
        let machine = Machine::look();
        assert!(machine.cores > 0 && !machine.kernel.is_empty());
        assert!(machine.describe().contains(&machine.congestion_control));
    }
}
