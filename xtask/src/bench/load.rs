//! redis-benchmark as the load, and the server's own time from the kernel's books.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::interop::tools::on_path;
use crate::server::Server;
use crate::workspace;

/// Cores that the server and the load are bound to.
const SERVER_CORE: &str = "0";
const LOAD_CORE: &str = "1";

/// Connections of the load, bytes of a value, and distinct keys.
const CONNECTIONS: &str = "50";
const VALUE_BYTES: &str = "64";
const KEYS: &str = "100000";

/// A kind of load.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    /// redis-benchmark's name for the test.
    test: &'static str,
    /// Requests in flight on a connection.
    pub(super) depth: u32,
    requests: u64,
}

const fn scenario(name: &'static str, test: &'static str, depth: u32, requests: u64) -> Scenario {
    Scenario { name, test, depth, requests }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    scenario("GET", "get", 1, 100_000),
    scenario("SET", "set", 1, 100_000),
    scenario("INCR", "incr", 1, 100_000),
    scenario("GET", "get", 16, 500_000),
    scenario("SET", "set", 16, 500_000),
    scenario("MSET 10", "mset", 16, 100_000),
    scenario("GET", "get", 64, 1_000_000),
    scenario("SET", "set", 64, 1_000_000),
];

/// What one run of a scenario shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// Requests answered per second.
    pub(super) rate: f64,
    /// The server's CPU time per request, in microseconds.
    pub(super) cpu: f64,
}

/// One run: which round, which row of [`SCENARIOS`], which server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) round: usize,
    pub(super) scenario: usize,
    pub(super) server: usize,
    pub(super) figures: Figures,
}

impl Scenario {
    pub(super) fn measure(&self, server: &Server) -> Result<Figures> {
        let before = cpu_nanos(server.pid())?;
        let rate = benchmark(server, self.test, self.depth, self.requests)?;
        let spent = cpu_nanos(server.pid())? - before;
        Ok(Figures { rate, cpu: spent as f64 / 1000.0 / self.requests as f64 })
    }
}

/// Sets the keys that are asked for.
pub(super) fn fill(server: &Server) -> Result<()> {
    benchmark(server, "set", 64, 500_000).map(drop)
}

/// Binds every thread of the server to its core.
pub(super) fn pin(server: &Server) -> Result<()> {
    let mut taskset = Command::new(on_path("taskset")?);
    taskset.args(["--all-tasks", "--cpu-list", "--pid", SERVER_CORE, &server.pid().to_string()]);
    workspace::output(&mut taskset).map(drop)
}

/// What else a reader of the figures must know.
pub(super) fn describe_machine() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let control = fs::read_to_string("/proc/sys/net/ipv4/tcp_congestion_control");
    println!(
        "server on core {SERVER_CORE}, load on core {LOAD_CORE} of {cores}; {CONNECTIONS} \
         connections, {VALUE_BYTES}-byte values, {KEYS} keys; TCP congestion control {}",
        control.as_deref().unwrap_or("unknown").trim()
    );
}

/// Runs one test; requests per second.
fn benchmark(server: &Server, test: &str, depth: u32, requests: u64) -> Result<f64> {
    let mut command = Command::new(on_path("taskset")?);
    command.args(["--cpu-list", LOAD_CORE]).arg(on_path("redis-benchmark")?);
    command.args(["-p", &server.redis.port().to_string(), "-t", test, "--csv"]);
    command.args(["-P", &depth.to_string(), "-n", &requests.to_string()]);
    command.args(["-c", CONNECTIONS, "-d", VALUE_BYTES, "-r", KEYS]).stdin(Stdio::null());
    let printed = workspace::output(&mut command)?;
    ensure!(!printed.contains("rror"), "redis-benchmark -t {test}: {printed}");
    // `"SET","123456.78",…` below a row of titles
    let row = printed.lines().nth(1).with_context(|| format!("no figures: {printed}"))?;
    let rate = row.split("\",\"").nth(1).and_then(|rate| rate.parse().ok());
    rate.with_context(|| format!("no figure in {row}"))
}

/// CPU time of all threads of a process since they began, in nanoseconds.
fn cpu_nanos(pid: u32) -> Result<u64> {
    let mut total = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task")).context("the server is gone")? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        let nanos: Option<u64> = text.split(' ').next().and_then(|first| first.parse().ok());
        total += nanos.with_context(|| format!("schedstat says {text}"))?;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_keeps_this_process_books() {
        assert!(cpu_nanos(std::process::id()).unwrap() > 0);
    }
}
