//! Loading what was kept: a snapshot, and a log.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::disk::Disk;
use super::{GROUP, SET, compared, keys, never_rewrite, peer};
use crate::bench::Bench;
use crate::bench::ask::Asker;
use crate::bench::contenders::{Contender, OURS};
use crate::bench::report::Section;
use crate::bench::samples::{Figure, Sample};
use crate::bench::verdict::{Target, short};
use crate::scratch::Scratch;

/// What is loaded.
struct Row {
    name: &'static str,
    what: &'static str,
    verdict: &'static str,
    args: &'static [&'static str],
    target: Target,
}

const SNAPSHOT: Row = Row {
    name: "load",
    what: "the same snapshot",
    verdict: "load of a snapshot: the peer's time over ours",
    args: &["--appendonly", "no", "--save", "", "--dbfilename", FILE],
    target: Target::AtLeast(2.0),
};

const LOG: Row = Row {
    name: "replay",
    what: "its own log of the same SETs",
    verdict: "replay of a log: the peer's time over ours",
    args: &["--appendonly", "yes", "--save", "", "--appendfsync", "no"],
    target: Target::AtLeast(1.5),
};

const FILE: &str = "dump.rdb";

pub(super) fn run(bench: &mut Bench, contenders: &[Contender], disk: &Disk) -> Result<Section> {
    let mut section = Section::new("Durability: loading");
    let keys = keys(bench);
    section.note(format!(
        "{keys} keys of 16 bytes, values of 64. Seconds from the start of the process to its first PONG, less \
         those of a start on an empty directory; nothing pinned, each with its default settings; the \
         files are in the page cache. The snapshot was written by the peer, if there is one; the log by \
         each itself, with the same requests, and was not compacted. The ratio is the peer's time over \
         ours, by round."
    ));
    let rows: Vec<&Row> =
        [&SNAPSHOT, &LOG].into_iter().filter(|row| bench.wants(row.name)).collect();
    bench.progress.begin(GROUP, rows.len() * contenders.len() * (bench.rounds + 1));
    for row in &rows {
        let directories = match row.name == SNAPSHOT.name {
            true => snapshots(bench, contenders, disk),
            false => logs(bench, contenders, disk),
        };
        measure(bench, row, contenders, &directories?, disk).context(row.name)?;
    }
    table(bench, &rows, contenders, &mut section);
    Ok(section)
}

/// A directory for each, with one and the same snapshot.
fn snapshots(bench: &mut Bench, contenders: &[Contender], disk: &Disk) -> Result<Vec<Scratch>> {
    let writer = peer(contenders).unwrap_or(&contenders[0]);
    let origin = disk.directory()?;
    let server = writer.start_on(origin.path(), SNAPSHOT.args)?;
    bench.load.fill(&server, SET, keys(bench), 0)?;
    Asker::connect(server.redis)?.ask("SAVE")?;
    let mut directories = Vec::new();
    for contender in contenders {
        bench.step(&format!("a snapshot for {}", contender.name))?;
        let directory = disk.directory()?;
        fs::hard_link(origin.path().join(FILE), directory.path().join(FILE))?;
        directories.push(directory);
    }
    Ok(directories)
}

/// A directory for each, with its log.
fn logs(bench: &mut Bench, contenders: &[Contender], disk: &Disk) -> Result<Vec<Scratch>> {
    let mut directories = Vec::new();
    for contender in contenders {
        bench.step(&format!("the log of {}", contender.name))?;
        let directory = disk.directory()?;
        let server = contender.start_on(directory.path(), LOG.args)?;
        never_rewrite(&server)?;
        bench.load.fill(&server, SET, keys(bench), 0)?;
        server.stop().with_context(|| contender.name.clone())?;
        directories.push(directory);
    }
    Ok(directories)
}

fn measure(
    bench: &mut Bench,
    row: &Row,
    contenders: &[Contender],
    directories: &[Scratch],
    disk: &Disk,
) -> Result<()> {
    let mut turns: Vec<(&Contender, &Scratch)> = contenders.iter().zip(directories).collect();
    let keys = keys(bench);
    for round in 0..bench.rounds {
        for (contender, directory) in &turns {
            bench.step(&format!("{} {}, round {}", row.name, contender.name, round + 1))?;
            let empty = time(contender, disk.directory()?.path(), row.args, 0)?;
            let full = time(contender, directory.path(), row.args, keys)?;
            bench.samples.push(Sample {
                group: GROUP,
                scenario: row.name.to_owned(),
                contender: contender.name.clone(),
                round,
                figures: [("seconds", full - empty), ("empty", empty)].into(),
            });
        }
        turns.reverse();
    }
    Ok(())
}

/// Seconds until a server has loaded what is in a directory; so many keys must be there.
fn time(contender: &Contender, directory: &Path, args: &[&str], keys: u64) -> Result<f64> {
    let start = Instant::now();
    let server = contender.start_on(directory, args)?;
    let seconds = start.elapsed().as_secs_f64();
    let size = Asker::connect(server.redis)?.ask("DBSIZE")?;
    ensure!(size.trim() == format!(":{keys}"), "{}: {size} and not {keys} keys", contender.name);
    Ok(seconds)
}

fn table(bench: &mut Bench, rows: &[&Row], contenders: &[Contender], section: &mut Section) {
    let names = contenders.iter().map(|contender| format!("{}, s (empty)", contender.name));
    let head = ["what".to_owned()].into_iter().chain(names);
    section.head(head.chain(["peer ÷ ours", "spread", "target"].map(str::to_owned)));
    for row in rows {
        let mut cells = vec![row.what.to_owned()];
        for Contender { name, .. } in contenders {
            let median = |figure| {
                let figure = Figure { group: GROUP, scenario: row.name, name: figure };
                bench.samples.median(figure, name).unwrap_or(f64::NAN)
            };
            cells.push(format!("{} ({})", short(median("seconds")), short(median("empty"))));
        }
        let verdict = peer(contenders).and_then(|peer| {
            compared(bench, row.name, "seconds", (&peer.name, OURS), row.verdict, row.target)
        });
        cells.extend(bench.judge(verdict));
        section.row(cells);
    }
}
