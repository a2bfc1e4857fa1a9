//! Crashes one after another on one directory.

use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;

use super::compaction::{Compactor, Doing};
use super::judge::{acknowledged, judge};
use super::state::{Found, State, database, read};
use super::wire::{Wire, texts};
use super::writer::{BRIEFLY_MS, History, Writer};
use crate::server::{Program, Server};

/// How long a server may take to load.
const PATIENCE: Duration = Duration::from_secs(60);

/// With `everysec`, a write that was acknowledged so long before the crash is kept.
const KEPT_AFTER: Duration = Duration::from_secs(2);

/// Keys that nobody writes to, so that compaction takes its time.
const BULK: usize = 20_000;
const BULK_BYTES: usize = 200;
const BULK_AT_ONCE: usize = 1000;

/// When a server is killed, in milliseconds.
const KILL_MS: std::ops::Range<f64> = 5.0..1000.0;
const LATE_KILL_MS: std::ops::Range<u64> = 2500..4000;

/// Of so many rounds one is killed late, and one is killed again while it loads.
const LATE: u32 = 5;
const AGAIN: u32 = 5;

/// When writes are kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fsync {
    Always,
    EverySecond,
}

impl Fsync {
    pub(super) fn name(self) -> &'static str {
        match self {
            Fsync::Always => "always",
            Fsync::EverySecond => "everysec",
        }
    }
}

/// What a round has shown.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) acknowledged: usize,
    /// Acknowledged and not there, as `everysec` allows.
    pub(super) lost: usize,
    /// Not acknowledged and there.
    pub(super) beyond: usize,
    pub(super) killed_after: Duration,
    pub(super) killed_while: Doing,
    pub(super) rewrites: usize,
    pub(super) killed_loading: bool,
}

/// A directory, and the server on it.
pub(super) struct Chain<'a> {
    program: &'a Program,
    directory: &'a Path,
    fsync: Fsync,
    compacts: bool,
    random: Rng,
    server: Option<Server>,
    writers: Vec<Writer>,
    base: Found,
    /// What its servers have said.
    pub(super) log: String,
}

impl<'a> Chain<'a> {
    /// Starts a server on an empty directory.
    pub(super) fn begin(
        program: &'a Program,
        directory: &'a Path,
        fsync: Fsync,
        compacts: bool,
        writers: usize,
        mut random: Rng,
    ) -> Result<Chain<'a>> {
        let base = Found { states: vec![State::default(); writers], shared: Vec::new() };
        let writers = (0..writers).map(|number| Writer::new(number, random.fork())).collect();
        let log = String::new();
        let mut chain =
            Chain { program, directory, fsync, compacts, random, server: None, writers, base, log };
        let mut server = chain.launch()?;
        server.await_loaded(PATIENCE)?;
        if compacts {
            fill(&mut Wire::connect(server.redis)?)?;
        }
        chain.server = Some(server);
        Ok(chain)
    }

    fn launch(&self) -> Result<Server> {
        let fsync = ["--appendonly", "yes", "--save", "", "--appendfsync", self.fsync.name()];
        Server::on_directory(self.program, self.directory, &fsync)
    }

    /// Writes, kills, starts again and looks.
    pub(super) fn round(&mut self) -> Result<Shown> {
        let server = self.server.take().context("no server")?;
        let is_late = self.fsync == Fsync::EverySecond && self.random.u32(0..LATE) == 0;
        let delay = Duration::from_millis(match is_late {
            true => self.random.u64(LATE_KILL_MS),
            // As many of one order of magnitude as of the next.
            false => (KILL_MS.start * (KILL_MS.end / KILL_MS.start).powf(self.random.f64())) as u64,
        });
        let mut shown = Shown::default();
        let histories = self.write_and_kill(server, delay, &mut shown)?;
        let killed = Instant::now();
        if self.random.u32(0..AGAIN) == 0 {
            let mut loading = self.launch()?;
            loading.listen(Duration::from_millis(self.random.u64(1..=50)));
            self.log += &loading.crash().context("killed while it loads")?;
            shown.killed_loading = true;
        }
        let mut server = self.launch()?;
        server.await_loaded(PATIENCE)?;
        // Until all keys have ended that end soon.
        server.listen(Duration::from_millis(BRIEFLY_MS).saturating_sub(killed.elapsed()));
        let mut wire = Wire::connect(server.redis)?;
        let found = read(&mut wire, self.writers.len())?;
        self.log += &server.said();
        if self.compacts {
            check_bulk(&mut wire)?;
        }
        let kept_by = match self.fsync {
            Fsync::Always => Duration::MAX,
            Fsync::EverySecond => shown.killed_after.saturating_sub(KEPT_AFTER),
        };
        let prefixes = judge(&histories, &self.base, &found, kept_by)?;
        for (history, prefix) in histories.iter().zip(&prefixes) {
            let acknowledged = acknowledged(history);
            shown.acknowledged += acknowledged;
            shown.lost += acknowledged.saturating_sub(prefix.most);
            shown.beyond += prefix.least.saturating_sub(acknowledged);
        }
        (self.base, self.server) = (found, Some(server));
        Ok(shown)
    }

    fn write_and_kill(
        &mut self,
        server: Server,
        delay: Duration,
        shown: &mut Shown,
    ) -> Result<Vec<History>> {
        let address = server.redis;
        let wires = (0..self.writers.len()).map(|writer| {
            let mut wire = Wire::connect(address)?;
            wire.ask(&["SELECT", database(writer)])?;
            Ok(wire)
        });
        let wires: Vec<Wire> = wires.collect::<Result<_>>()?;
        let compacting = Wire::connect(address)?;
        let start = Instant::now();
        let mut compactor = self.compacts.then(|| Compactor::new(self.random.fork()));
        // Who wants the round to end before its time says so; the compactor waits for it to end.
        let (early, ends) = channel::<()>();
        let (end, over) = channel::<()>();
        let (writers, states) = (&mut self.writers, &self.base.states);
        let (said, written, compacted) = thread::scope(|scope| {
            let each = writers.iter_mut().zip(states).zip(wires);
            let started: Vec<_> = each
                .map(|((writer, base), wire)| {
                    let early = early.clone();
                    scope.spawn(move || {
                        let written = writer.write(wire, base, start);
                        // If it was killed already, nobody wants to know.
                        let _ = early.send(());
                        written
                    })
                })
                .collect();
            let compacting = compactor
                .as_mut()
                .map(|one| scope.spawn(move || one.run(compacting, delay, &over)));
            // A writer that ends before has met an error.
            let _ = ends.recv_timeout(delay.saturating_sub(start.elapsed()));
            drop(end);
            shown.killed_after = start.elapsed();
            let said = server.crash();
            let written: Vec<_> = started.into_iter().map(thread::ScopedJoinHandle::join).collect();
            (said, written, compacting.map(thread::ScopedJoinHandle::join))
        });
        self.log += &said?;
        if let Some(compacted) = compacted {
            compacted.map_err(|_| anyhow::anyhow!("the compactor panicked"))??;
        }
        if let Some(compactor) = compactor {
            (shown.killed_while, shown.rewrites) = (compactor.doing, compactor.rewrites);
        }
        let written = written.into_iter().enumerate().map(|(number, history)| {
            let history = history.map_err(|_| anyhow::anyhow!("it panicked"));
            history.flatten().with_context(|| format!("writer {number}"))
        });
        written.collect()
    }
}

/// The key and the value of a key that nobody writes to.
fn bulk(number: usize) -> (String, String) {
    let value = format!("{number}.");
    (format!("bulk:{number}"), value.repeat(BULK_BYTES / value.len()))
}

fn fill(wire: &mut Wire) -> Result<()> {
    for first in (0..BULK).step_by(BULK_AT_ONCE) {
        let pairs: Vec<_> = (first..first + BULK_AT_ONCE).map(bulk).collect();
        let words = pairs.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
        let words: Vec<&str> = std::iter::once("MSET").chain(words).collect();
        wire.ask(&words)?;
    }
    Ok(())
}

fn check_bulk(wire: &mut Wire) -> Result<()> {
    for first in (0..BULK).step_by(BULK_AT_ONCE) {
        let pairs: Vec<_> = (first..first + BULK_AT_ONCE).map(bulk).collect();
        let words: Vec<&str> =
            std::iter::once("MGET").chain(pairs.iter().map(|(key, _)| key.as_str())).collect();
        let reply = wire.ask(&words)?;
        let values = texts(&reply).context("a key that was written long ago is missing")?;
        for ((key, value), found) in pairs.iter().zip(&values) {
            ensure!(value == found, "{key} has another value: {found}");
        }
    }
    Ok(())
}
