//! Writes that are logged.

use anyhow::{Context, Result};

use super::disk::Disk;
use super::{GROUP, about, compared, never_rewrite, peer};
use crate::bench::Bench;
use crate::bench::contenders::{Contender, OURS};
use crate::bench::load::Words;
use crate::bench::report::Section;
use crate::bench::samples::{Figure, Sample};
use crate::bench::verdict::{Target, rate, short};
use crate::scratch::Scratch;
use crate::server::Server;

/// A load with its setting.
struct Row {
    name: &'static str,
    fsync: &'static str,
    depth: usize,
    /// Whether the server has one thread that serves, on one core, and the load another core; else each
    /// has its default settings and all cores.
    is_pinned: bool,
    /// Turns in each round: a disk that others use as well is fast at one moment and slow at the next.
    turns: usize,
    /// The figure that is compared, and what it should be.
    figure: &'static str,
    what: &'static str,
    target: Target,
}

const ROWS: &[Row] = &[
    Row {
        name: "always@1",
        fsync: "always",
        depth: 1,
        is_pinned: true,
        turns: 3,
        figure: "rate",
        what: "SET, appendfsync always, one core: requests per second over the peer's",
        target: Target::AtLeast(2.0),
    },
    Row {
        name: "always-unpinned@1",
        fsync: "always",
        depth: 1,
        is_pinned: false,
        turns: 3,
        figure: "rate",
        what: "SET, appendfsync always, nothing pinned: requests per second over the peer's",
        target: Target::AtLeast(2.0),
    },
    Row {
        name: "everysec@1",
        fsync: "everysec",
        depth: 1,
        is_pinned: true,
        turns: 1,
        figure: "cpu_us",
        what: "SET@1, appendfsync everysec: CPU over the peer's",
        target: Target::AtMost(0.75),
    },
    Row {
        name: "everysec@16",
        fsync: "everysec",
        depth: 16,
        is_pinned: true,
        turns: 1,
        figure: "cpu_us",
        what: "SET@16, appendfsync everysec: CPU over the peer's",
        target: Target::AtMost(0.75),
    },
];

const RECIPE: &str = "SET key:{r%100000} {#64} -> +OK";

struct Running {
    name: String,
    // Before its directory: it goes first.
    server: Server,
    _directory: Scratch,
}

pub(super) fn run(bench: &mut Bench, contenders: &[Contender], disk: &Disk) -> Result<Section> {
    let mut section = Section::new("Durability: writes that are logged");
    section.note(format!(
        "{} SET of 100,000 keys of 16 bytes, values of 64; server on one core with all its threads, load on \
         another (but where it says unpinned: each with its default settings), 50 connections; `--appendonly \
         yes`, no compaction meanwhile. A cell is the server's CPU \
         microseconds per request, then requests per second; medians. {}. The ratio is ours over the \
         peer's, by round: of requests per second where each write is waited for, else of CPU time.",
        disk.describe(),
        about(contenders),
    ));
    let rows: Vec<&Row> = ROWS.iter().filter(|row| bench.wants(row.name)).collect();
    let turns: usize = rows.iter().map(|row| row.turns).sum();
    bench.progress.begin(GROUP, turns * contenders.len() * bench.rounds);
    for row in &rows {
        measure(bench, row, contenders, disk).context(row.name)?;
    }
    table(bench, &rows, contenders, &mut section);
    Ok(section)
}

fn measure(bench: &mut Bench, row: &Row, contenders: &[Contender], disk: &Disk) -> Result<()> {
    let mut running = Vec::new();
    for contender in contenders {
        let directory = disk.directory()?;
        let args = ["--appendonly", "yes", "--appendfsync", row.fsync, "--save", ""];
        let server = match row.is_pinned {
            true => contender.start_on_pinned(directory.path(), &args)?,
            false => contender.start_on(directory.path(), &args)?,
        };
        never_rewrite(&server)?;
        running.push(Running { name: contender.name.clone(), server, _directory: directory });
    }
    let mut turns: Vec<&Running> = running.iter().collect();
    for round in 0..bench.rounds * row.turns {
        for Running { name, server, .. } in &turns {
            bench.step(&format!("{} {name}, round {}", row.name, round + 1))?;
            let words = Words::default().with("recipe", RECIPE).with("depth", row.depth);
            let words = words.with("warm-up", bench.warm_up()).with("seconds", bench.seconds());
            let words = words.with("seed", round + 1);
            let report = match row.is_pinned {
                true => bench.load.closed(server, &words),
                false => bench.load.closed_unpinned(server, &words),
            };
            let report = report.with_context(|| name.clone())?;
            let cpu = report.server_cpu_us.context("no CPU time")?;
            let waited = report.server_waited_us.context("no waiting time")?;
            let figures = [("cpu_us", cpu), ("rate", report.rate), ("waited", waited / cpu)];
            bench.samples.push(Sample {
                group: GROUP,
                scenario: row.name.to_owned(),
                contender: name.clone(),
                round,
                figures: figures.into(),
            });
        }
        turns.reverse();
    }
    Ok(())
}

fn table(bench: &mut Bench, rows: &[&Row], contenders: &[Contender], section: &mut Section) {
    let names: Vec<&str> = contenders.iter().map(|contender| contender.name.as_str()).collect();
    let head = ["request"].into_iter().chain(names.iter().copied());
    section.head(head.chain(["ours ÷ peer", "spread", "target", "disturbed"]));
    for row in rows {
        let figure = |name| Figure { group: GROUP, scenario: row.name, name };
        let mut cells = vec![row.name.to_owned()];
        for name in &names {
            let cpu = bench.samples.median(figure("cpu_us"), name).unwrap_or(f64::NAN);
            let requests = bench.samples.median(figure("rate"), name).unwrap_or(f64::NAN);
            cells.push(format!("{} ({})", short(cpu), rate(requests)));
        }
        let verdict = peer(contenders).and_then(|peer| {
            compared(bench, row.name, row.figure, (OURS, &peer.name), row.what, row.target)
        });
        cells.extend(bench.judge(verdict));
        let waited = bench.samples.median(figure("waited"), OURS).unwrap_or(f64::NAN);
        cells.push(format!("{:.0} %", 100.0 * waited));
        section.row(cells);
    }
}
