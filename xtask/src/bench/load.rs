//! `kv-load` as a child process, on its core.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use kv_load::closed::ClosedReport;
use kv_load::open::OpenReport;
use kv_load::recipe::Recipe;
use serde::de::DeserializeOwned;

use super::contenders::LOAD_CORE;
use crate::server::Server;
use crate::workspace;

/// The load generator.
#[derive(Clone, Debug)]
pub(super) struct Load {
    pub(super) path: PathBuf,
}

/// Options of a load, as they are written on a command line.
#[derive(Clone, Debug, Default)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// Adds an option with its value.
    pub(super) fn with(mut self, option: &str, value: impl ToString) -> Words {
        self.0.extend([format!("--{option}"), value.to_string()]);
        self
    }
}

/// How data is loaded: from a few connections, with that many bytes or sendings under way on each.
const FILLING: usize = 4;
const FILLING_BYTES: usize = 512 << 10;
const FILLING_DEPTH: usize = 128;

impl Load {
    /// A closed loop from the load's core.
    pub(super) fn closed(&self, server: &Server, words: &Words) -> Result<ClosedReport> {
        checked(self.run("closed", Some(LOAD_CORE), server, words)?)
    }

    /// A closed loop from whatever core there is.
    pub(super) fn closed_unpinned(&self, server: &Server, words: &Words) -> Result<ClosedReport> {
        checked(self.run("closed", None, server, words)?)
    }

    /// Sends a recipe so many times, to load data into a database.
    pub(super) fn fill(
        &self,
        server: &Server,
        recipe: &str,
        sendings: u64,
        database: u32,
    ) -> Result<ClosedReport> {
        let parsed: Recipe = recipe.parse()?;
        let under_way = (FILLING_BYTES / parsed.bytes().len()).clamp(1, FILLING_DEPTH);
        let words = Words::default().with("recipe", recipe).with("db", database);
        let words = words.with("requests", sendings * parsed.requests() as u64);
        let words = words.with("depth", under_way * parsed.requests());
        checked(self.run("closed", None, server, &words.with("connections", FILLING))?)
    }

    /// An open loop from the load's core.
    pub(super) fn open(&self, server: &Server, words: &Words) -> Result<OpenReport> {
        self.open_started(server, words)?.report()
    }

    /// An open loop that goes on while its caller does something else.
    pub(super) fn open_started(&self, server: &Server, words: &Words) -> Result<Started> {
        let mut command = self.command("open", Some(LOAD_CORE), server, words);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(Started { child: Some(command.spawn().context("cannot run kv-load")?) })
    }

    /// Connections that do nothing, until what is returned is dropped.
    pub(super) fn idle(&self, server: &Server, connections: usize) -> Result<Held> {
        let words = Words::default().with("connections", connections);
        let mut command = self.command("idle", None, server, &words);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut held = Held { child };
        let output = held.child.stdout.take().context("it has an output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(line.trim() == format!("ready {connections}"), "no {connections} connections");
        Ok(held)
    }

    fn command(&self, kind: &str, core: Option<usize>, server: &Server, words: &Words) -> Command {
        let mut command = Command::new(&self.path);
        command.args([kind, &server.redis.to_string()]).args(&words.0).stdin(Stdio::null());
        if kind != "idle" {
            command.args(["--watch", &server.pid().to_string()]);
        }
        if let Some(core) = core {
            command.args(["--core", &core.to_string()]);
        }
        command
    }

    fn run<T: DeserializeOwned>(
        &self,
        kind: &str,
        core: Option<usize>,
        server: &Server,
        words: &Words,
    ) -> Result<T> {
        let printed = workspace::output(&mut self.command(kind, core, server, words))?;
        serde_json::from_str(&printed).with_context(|| format!("kv-load printed {printed}"))
    }
}

/// An error counts for nothing as a reply, so a run with one counts for nothing as a measurement.
fn checked(report: ClosedReport) -> Result<ClosedReport> {
    let ClosedReport { errors, unexpected, first_wrong, .. } = &report;
    let first = first_wrong.as_deref().unwrap_or_default();
    ensure!(errors + unexpected == 0, "{} wrong replies, the first: {first}", errors + unexpected);
    Ok(report)
}

/// An open loop that is under way.
pub(super) struct Started {
    child: Option<Child>,
}

impl Started {
    /// Waits for its end.
    pub(super) fn report(mut self) -> Result<OpenReport> {
        let child = self.child.take().context("it is under way")?;
        let output = child.wait_with_output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "kv-load open: {}: {errors}", output.status);
        let report: OpenReport = serde_json::from_slice(&output.stdout)?;
        let OpenReport { errors, unexpected, first_wrong, .. } = &report;
        ensure!(errors + unexpected == 0, "{} wrong replies: {first_wrong:?}", errors + unexpected);
        Ok(report)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Connections that are held open.
pub(super) struct Held {
    child: Child,
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
