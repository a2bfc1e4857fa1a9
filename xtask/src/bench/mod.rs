//! The measuring instrument: the server beside its peers and beside servers that do nothing.
//!
//! A figure counts as a ratio taken side by side in one run, servers in turn: the machine's mood
//! moves an absolute time more than most changes do. docs/benchmarks.md has the method.

mod ask;
mod contenders;
mod durability;
mod growth;
mod hostile;
mod idle;
mod interrupt;
mod load;
mod machine;
mod memory;
mod plots;
mod progress;
mod report;
mod requests;
mod resident;
mod samples;
mod scenarios;
mod throughput;
mod types;
mod verdict;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use contenders::Contender;
use interrupt::Interrupt;
use load::Load;
use machine::{Congestion, Machine, Precedence};
use plots::Series;
use progress::Progress;
use samples::Samples;
use verdict::{Verdict, short};

use crate::interop::tools::Where;
use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Criterion's measurements of codec and engine, and nothing else.
    #[arg(long)]
    micro: bool,
    /// What to measure; all of it if none is named.
    #[arg(long = "group")]
    groups: Vec<Group>,
    /// Scenarios of the groups `requests`, `throughput`, `types` and `durability`, such as GET@16,
    /// zset-1M or snapshot; all if none is named.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// A short look: everything once, with less data and in less time.
    #[arg(long)]
    quick: bool,
    /// Rounds in which every contender takes its turn [default: 3, quick: 1].
    #[arg(long)]
    rounds: Option<usize>,
    /// Servers and load take precedence over all else on the machine, which disturbs them less; as
    /// root.
    #[arg(long)]
    precedence: bool,
    /// Our server; it is built when none is named. The group `durability` takes any Redis here, to
    /// see what the instrument says of two that are the same.
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// The load generator; it is built when none is named.
    #[arg(long, value_name = "PATH")]
    load: Option<PathBuf>,
    /// A further peer: any Redis or Valkey server.
    #[arg(long = "peer", value_name = "NAME=PATH", value_parser = named_path)]
    peers: Vec<(String, PathBuf)>,
    /// Only peers whose name has one of these words in it, such as redis-8; `none` for ours alone.
    #[arg(long, value_delimiter = ',')]
    against: Vec<String>,
    /// Where the report goes [default: target/bench].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    #[command(flatten)]
    tools: Where,
}

/// A part of the whole that can be measured alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Group {
    /// CPU time of a request, on one core.
    Requests,
    /// CPU time of requests about collections, and resident bytes of their elements.
    Types,
    /// Requests a second, on all cores.
    Throughput,
    /// Resident bytes of a key.
    Memory,
    /// Latency while tables grow and large things are deleted.
    Growth,
    /// Resident bytes of an idle connection.
    Idle,
    /// Keys that collide.
    Hostile,
    /// Writes that are kept, snapshots under load, and loading.
    Durability,
}

impl Group {
    const ALL: &'static [Group] = &[
        Group::Requests,
        Group::Types,
        Group::Throughput,
        Group::Memory,
        Group::Growth,
        Group::Idle,
        Group::Hostile,
        Group::Durability,
    ];

    fn run(self, bench: &mut Bench) -> Result<Vec<report::Section>> {
        match self {
            Group::Requests => requests::run(bench),
            Group::Types => types::run(bench),
            Group::Throughput => throughput::run(bench),
            Group::Memory => memory::run(bench),
            Group::Growth => growth::run(bench),
            Group::Idle => idle::run(bench),
            Group::Hostile => hostile::run(bench),
            Group::Durability => durability::run(bench),
        }
    }
}

/// A run: what takes part, how long, and what has been found.
struct Bench {
    quick: bool,
    rounds: usize,
    only: Vec<String>,
    load: Load,
    /// Ours is the first.
    contenders: Vec<Contender>,
    samples: Samples,
    verdicts: Vec<Verdict>,
    series: Vec<Series>,
    progress: Progress,
    interrupt: Interrupt,
    /// What could not be measured.
    failed: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.micro {
        let crates = ["bench", "-p", "kv-protocol", "-p", "kv-store"];
        return workspace::run(&mut workspace::cargo(&crates));
    }
    let server = options.server.clone().map_or_else(workspace::release_server, Ok)?;
    let load = options.load.clone().map_or_else(workspace::release_load, Ok)?;
    let interrupt = Interrupt::listen()?;
    // Sockets take it over when they are made, so before any server starts.
    let _congestion = Congestion::unpaced();
    let _precedence = options.precedence.then(Precedence::take).transpose()?;
    let machine = Machine::look(options.precedence);
    let mut bench = Bench {
        quick: options.quick,
        rounds: options.rounds.unwrap_or(if options.quick { 1 } else { 3 }).max(1),
        only: options.only.clone(),
        load: Load { path: load },
        contenders: contenders(options, server)?,
        samples: Samples::default(),
        verdicts: Vec::new(),
        series: Vec::new(),
        progress: Progress::new(),
        interrupt,
        failed: Vec::new(),
    };
    let groups = if options.groups.is_empty() { Group::ALL } else { &options.groups };
    let mut sections = Vec::new();
    for group in groups {
        // What was measured before a group fails is worth reporting.
        match group.run(&mut bench) {
            Ok(of_group) => sections.extend(of_group),
            Err(error) => {
                sections.push(bench.not_measured(&format!("{group:?}"), &error));
                if bench.interrupt.check().is_err() {
                    break;
                }
            }
        }
    }
    bench.progress.end();
    let folder = options.out.clone().unwrap_or_else(|| workspace::target().join("bench"));
    print!("{}", report::write(&bench, &machine, &sections, &folder)?);
    println!("\nreport: {}", folder.join("report.md").display());
    bench.interrupt.check()?;
    ensure!(bench.failed.is_empty(), "not measured: {}", bench.failed.join(", "));
    Ok(())
}

/// Ours, and the peers that are found or named and wanted.
fn contenders(options: &Options, server: PathBuf) -> Result<Vec<Contender>> {
    let mut contenders = vec![Contender::ours(server)?];
    let found = options.tools.servers().into_iter().map(|path| (None, path));
    let named = options.peers.iter().map(|(name, path)| (Some(name.as_str()), path.clone()));
    for (name, path) in found.chain(named) {
        let peers = Contender::peer(name, &path).with_context(|| path.display().to_string());
        match peers {
            Ok(peers) => contenders.extend(peers.into_iter().filter(|peer| {
                let words = &options.against;
                words.is_empty() || words.iter().any(|word| peer.name.contains(word.as_str()))
            })),
            Err(error) => eprintln!("not measured: {error:#}"),
        }
    }
    Ok(contenders)
}

fn named_path(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("NAME=PATH is expected")?;
    Ok((name.to_owned(), PathBuf::from(path)))
}

impl Bench {
    /// Whether a scenario is to be measured.
    fn wants(&self, scenario: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name.eq_ignore_ascii_case(scenario))
    }

    /// Ours and that many peers, the first ones; of a peer with two allocators, with the better one.
    fn leading(&self, peers: usize) -> Vec<Contender> {
        let dearer = |one: &Contender| self.contenders.iter().any(|other| other.betters(one));
        let leading = self.contenders.iter().filter(|one| !dearer(one));
        leading.take(peers + 1).cloned().collect()
    }

    /// Begins a step, unless somebody wants the run to end.
    fn step(&mut self, what: &str) -> Result<()> {
        self.progress.step(what);
        self.interrupt.check()
    }

    /// Lets servers come to rest.
    fn rest(&self, time: Duration) -> Result<()> {
        self.interrupt.rest(time)
    }

    /// Seconds of load before one that is measured.
    fn warm_up(&self) -> f64 {
        if self.quick { 0.05 } else { 0.3 }
    }

    /// Seconds of a measured load.
    fn seconds(&self) -> f64 {
        if self.quick { 0.3 } else { 2.5 }
    }

    /// Keeps in mind that something could not be measured, and says so in a section.
    fn not_measured(&mut self, what: &str, error: &anyhow::Error) -> report::Section {
        let mut section = report::Section::new(&format!("{what}: not measured"));
        section.note(format!("{error:#}"));
        self.failed.push(what.to_owned());
        section
    }

    /// Keeps a verdict, if there is one, and returns its cells.
    fn judge(&mut self, verdict: Option<Verdict>) -> [String; 3] {
        let Some(verdict) = verdict else { return ["–"; 3].map(str::to_owned) };
        let cells = cells(&verdict);
        self.verdicts.push(verdict);
        cells
    }
}

/// A verdict in a table: what the figure is, its spread, what it should be.
fn cells(verdict: &Verdict) -> [String; 3] {
    let samples::Spread { median, least, most } = verdict.value;
    let spread = format!("{} – {}", short(least), short(most));
    [short(median), spread, verdict.target.judge(median)]
}
