//! Real clients, each through a conversation of its own against our server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use kv_client::{Frame, Protocol, blocking};

use super::tools::{self, Where};
use crate::workspace::{self, output};

const PYTHON: &str = include_str!("scripts/clients.py");
const NODE: &str = include_str!("scripts/clients.mjs");

/// Requests of one run of redis-benchmark.
const REQUESTS: &str = "100000";

/// The clients that are run, found before any of them is.
pub(super) struct Clients {
    redis_cli: PathBuf,
    redis_benchmark: PathBuf,
    python: PathBuf,
    node: PathBuf,
    node_modules: PathBuf,
}

impl Clients {
    /// Looks for all of them.
    ///
    /// # Errors
    /// What is missing, and how to get it: all of it, not only the first.
    pub(super) fn find(places: &Where) -> Result<Clients> {
        let found = (
            tools::on_path("redis-cli"),
            tools::on_path("redis-benchmark"),
            places.python(),
            tools::on_path("node"),
            places.node_modules(),
        );
        match found {
            (Ok(redis_cli), Ok(redis_benchmark), Ok(python), Ok(node), Ok(node_modules)) => {
                Ok(Clients { redis_cli, redis_benchmark, python, node, node_modules })
            }
            (a, b, c, d, e) => {
                let missing = [a, b, c, d, e].into_iter().filter_map(Result::err);
                let missing: Vec<String> = missing.map(|error| format!("{error:#}")).collect();
                Err(anyhow::anyhow!("{}", missing.join("\n")))
            }
        }
    }

    /// Runs them all against the server at these two doors.
    ///
    /// # Errors
    /// The first conversation that does not go as it must.
    pub(super) fn run(&self, native: SocketAddr, redis: SocketAddr, kv_cli: &Path) -> Result<()> {
        self.redis_cli(redis)?;
        self.redis_benchmark(redis)?;
        let port = redis.port().to_string();
        print!("{}", output(Command::new(&self.python).args(["-c", PYTHON, &port]))?);
        let mut node = Command::new(&self.node);
        node.args(["--input-type=module", "-e", NODE, "--"]).arg(&self.node_modules).arg(&port);
        print!("{}", output(&mut node)?);
        our_prompt(kv_cli, native, redis)
    }

    fn redis_cli(&self, redis: SocketAddr) -> Result<()> {
        let ask = |words: &[&str]| {
            let mut command = Command::new(&self.redis_cli);
            command.args(["-p", &redis.port().to_string()]).args(words);
            output(&mut command)
        };
        for (words, reply) in [
            (&["SET", "k", "v"][..], "OK\n"),
            (&["--no-raw", "GET", "k"], "\"v\"\n"),
            (&["--no-raw", "GET", "missing"], "(nil)\n"),
            (&["--no-raw", "INCR", "n"], "(integer) 1\n"),
            (&["-3", "--no-raw", "MGET", "k", "n"], "1) \"v\"\n2) \"1\"\n"),
            (&["-3", "--no-raw", "CONFIG", "GET", "databases"], "1# \"databases\" => \"16\"\n"),
            (&["-n", "2", "DBSIZE"], "0\n"),
            (&["NOSUCH"], "ERR unknown command 'NOSUCH', with args beginning with: \n\n"),
        ] {
            let said = ask(words)?;
            ensure!(said == reply, "redis-cli {words:?} prints {said:?}, not {reply:?}");
        }
        for (words, part) in [
            (&["INFO"][..], "redis_version:7.2"),
            (&["COMMAND", "DOCS", "getex"], "PERSIST"),
            (&["--bigkeys"], "Biggest string found"),
        ] {
            ensure!(ask(words)?.contains(part), "redis-cli {words:?} does not print {part}");
        }
        println!("{}: agreed", output(Command::new(&self.redis_cli).arg("--version"))?.trim());
        Ok(())
    }

    fn redis_benchmark(&self, redis: SocketAddr) -> Result<()> {
        for depth in ["1", "64"] {
            let mut command = Command::new(&self.redis_benchmark);
            command.args(["-p", &redis.port().to_string(), "-t", "set,get,incr,mset,ping"]);
            command.args(["-n", REQUESTS, "-P", depth, "--csv"]);
            let table = output(&mut command)?;
            for test in ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"] {
                let line = table.lines().find(|line| line.starts_with(&format!("\"{test}\"")));
                let line =
                    line.with_context(|| format!("redis-benchmark says no {test}:\n{table}"))?;
                println!("redis-benchmark -P {depth}: {line}");
            }
            ensure!(!table.contains("rror"), "redis-benchmark met an error:\n{table}");
        }
        Ok(())
    }
}

/// `kv-cli` at both doors.
fn our_prompt(kv_cli: &Path, native: SocketAddr, redis: SocketAddr) -> Result<()> {
    let (native, redis) = (native.port().to_string(), redis.port().to_string());
    for (words, reply) in [
        (&["-p", &native, "FLUSH"][..], ""),
        (&["-p", &native, "SET", "greeting", "hello world"], "(integer) 1\n"),
        (&["-p", &native, "GET", "greeting"], "\"hello world\"\n"),
        (&["-p", &native, "--json", "GET", "greeting"], "\"hello world\"\n"),
        (&["--redis", "-p", &redis, "SET", "greeting", "bye"], "OK\n"),
        (&["-p", &native, "MGET", "greeting", "missing"], "1) \"bye\"\n2) (nil)\n"),
    ] {
        let said = output(Command::new(kv_cli).args(words))?;
        ensure!(reply.is_empty() || said == reply, "kv-cli {words:?} prints {said:?}");
    }
    println!("kv-cli at both doors: agreed");
    Ok(())
}

/// Our client library against a server that is not ours.
///
/// # Errors
/// What does not go as it must.
pub(super) fn our_client(server: SocketAddr) -> Result<()> {
    for protocol in [Protocol::Resp2, Protocol::Resp3] {
        let client =
            blocking::Client::builder(server.to_string()).protocol(protocol).connect_blocking()?;
        client.call::<Frame>(&["FLUSHALL"])?;
        client.set("greeting", "hello")?;
        let greeting: Option<String> = client.get("greeting")?;
        ensure!(greeting.as_deref() == Some("hello"), "GET answers {greeting:?}");
        let missing: Option<String> = client.get("missing")?;
        ensure!(missing.is_none(), "GET of a missing key answers {missing:?}");
        client.mset([("a", "1"), ("b", "2")])?;
        let values: Vec<Option<i64>> = client.mget(["a", "b", "c"])?;
        ensure!(values == [Some(1), Some(2), None], "MGET answers {values:?}");
        println!("kv-client in {protocol:?} with {server}: agreed");
    }
    Ok(())
}

/// Builds what is run, and says where it is.
///
/// # Errors
/// If it cannot be built.
pub(super) fn build() -> Result<(PathBuf, PathBuf)> {
    let arguments = ["build", "--release", "--bin", "kv-server", "--bin", "kv-cli"];
    workspace::run(&mut workspace::cargo(&arguments))?;
    let folder = workspace::target().join("release");
    Ok((folder.join("kv-server"), folder.join("kv-cli")))
}
