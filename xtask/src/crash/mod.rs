//! The kill test: a server is killed under writers again and again, and what it has afterwards is
//! compared with what it has acknowledged.
//!
//! With `appendfsync always` all that was acknowledged must be there; with `everysec`, what was
//! acknowledged two seconds before. With both, what is there must be a state that was once: what each
//! writer had asked for up to some point, nothing by halves, and nothing without what came before it.

mod chain;
mod compaction;
mod judge;
mod op;
mod state;
mod wire;
mod writer;

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use fastrand::Rng;

use chain::{Chain, Fsync, Shown};
use compaction::Doing;

use crate::scratch::{self, Scratch};
use crate::server::Program;
use crate::workspace;

/// Crashes on one directory at most.
const LONGEST: usize = 6;

/// Kinds of directories, in turn: when writes are kept, and whether others compact meanwhile.
const KINDS: [(Fsync, bool); 4] = [
    (Fsync::Always, true),
    (Fsync::EverySecond, false),
    (Fsync::Always, false),
    (Fsync::EverySecond, true),
];

/// Rounds and connections, unless others are asked for.
const ROUNDS: usize = 200;
const WRITERS: usize = 8;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often the server is killed.
    #[arg(long, default_value_t = ROUNDS)]
    rounds: usize,
    /// Where random numbers begin; another one each time if none is given. The same seed gives the
    /// same plan, though not the same instants.
    #[arg(long)]
    seed: Option<u64>,
    /// Connections that write.
    #[arg(long, default_value_t = WRITERS)]
    writers: usize,
    /// The server, ours or any Redis or Valkey; ours is built when none is named.
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// Where its data goes [default: the system's folder for what is temporary].
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

impl Options {
    /// So many rounds with our server.
    pub(crate) fn rounds(rounds: usize) -> Options {
        Options { rounds, seed: None, writers: WRITERS, server: None, data: None }
    }
}

/// Sums over all rounds.
#[derive(Default)]
struct Totals {
    rounds: usize,
    directories: usize,
    acknowledged: usize,
    lost: usize,
    beyond: usize,
    rewrites: usize,
    killed_rewriting: usize,
    killed_saving: usize,
    killed_loading: usize,
}

impl Totals {
    fn add(&mut self, shown: &Shown) {
        self.rounds += 1;
        self.acknowledged += shown.acknowledged;
        self.lost += shown.lost;
        self.beyond += shown.beyond;
        self.rewrites += shown.rewrites;
        self.killed_rewriting += usize::from(shown.killed_while == Doing::Rewrite);
        self.killed_saving += usize::from(shown.killed_while == Doing::Snapshot);
        self.killed_loading += usize::from(shown.killed_loading);
    }
}

/// # Errors
/// If the server cannot be run, or has not kept what it should.
pub(crate) fn run(options: &Options) -> Result<()> {
    let path = options.server.clone().map_or_else(workspace::release_server, Ok)?;
    let program = Program::look(&path)?;
    let seed = options.seed.unwrap_or_else(|| Rng::new().u64(..));
    let folder = options.data.clone().unwrap_or_else(scratch::on_disk);
    let system = scratch::file_system(&folder).unwrap_or_else(|| "unknown".to_owned());
    println!(
        "crash: {} ({}), {} rounds, {} writers, seed {seed}, data in {} ({system})",
        program.version,
        path.display(),
        options.rounds,
        options.writers,
        folder.display()
    );
    let start = Instant::now();
    let (mut random, mut totals) = (Rng::with_seed(seed), Totals::default());
    while totals.rounds < options.rounds {
        let (fsync, compacts) = KINDS[totals.directories % KINDS.len()];
        // So few that even a short run has directories of every kind.
        let longest = LONGEST.min(options.rounds / KINDS.len()).max(1);
        let length = random.usize(1..=longest).min(options.rounds - totals.rounds);
        totals.directories += 1;
        let mut directory = Scratch::within(&folder)?;
        let path = directory.path().to_owned();
        let mut log = String::new();
        let done =
            Chain::begin(&program, &path, fsync, compacts, options.writers.max(1), random.fork())
                .and_then(|mut chain| {
                    let rounds = (0..length).try_for_each(|_| {
                        let shown = chain.round()?;
                        totals.add(&shown);
                        print(&totals, fsync, compacts, &shown);
                        Ok(())
                    });
                    log = std::mem::take(&mut chain.log);
                    rounds
                });
        if let Err(error) = done {
            directory.keep();
            fs::write(path.join("servers.log"), log)?;
            let round = totals.rounds + 1;
            return Err(error.context(format!(
                "crash: round {round}, seed {seed}, appendfsync {}, {}; data and the servers' log are \
                 left in {}",
                fsync.name(),
                if compacts { "with compaction" } else { "without compaction" },
                path.display()
            )))
            .context(format!("{} did not keep what it should", program.version));
        }
    }
    let Totals { rounds, directories, acknowledged, lost, beyond, rewrites, .. } = totals;
    println!(
        "crash: {}: {rounds} rounds on {directories} directories in {:.0} s: {acknowledged} writes \
         acknowledged, {lost} of them lost within what everysec allows, {beyond} more were there; \
         {rewrites} compactions and snapshots, {} kills during a compaction, {} during a snapshot, {} \
         while loading: well",
        program.version,
        start.elapsed().as_secs_f64(),
        totals.killed_rewriting,
        totals.killed_saving,
        totals.killed_loading,
    );
    Ok(())
}

fn print(totals: &Totals, fsync: Fsync, compacts: bool, shown: &Shown) {
    let doing = match (shown.killed_while, shown.killed_loading) {
        (Doing::Rewrite, _) => ", killed during a compaction",
        (Doing::Snapshot, _) => ", killed during a snapshot",
        (Doing::Nothing, true) => ", killed again while it loaded",
        (Doing::Nothing, false) => "",
    };
    println!(
        "crash {}: {}{}: killed after {:.3} s, {} writes acknowledged{doing}",
        totals.rounds,
        fsync.name(),
        if compacts { ", compacting" } else { "" },
        shown.killed_after.as_secs_f64(),
        shown.acknowledged,
    );
}
