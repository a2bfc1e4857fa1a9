//! Requests a second with every server at its best setting, and nothing bound to a core.

use anyhow::{Context, Result};

use super::Bench;
use super::contenders::OURS;
use super::report::Section;
use super::requests::words;
use super::samples::{Figure, Sample};
use super::scenarios::{Scenario, THROUGHPUT};
use super::verdict::{Verdict, rate};
use crate::server::Server;

const GROUP: &str = "throughput";

/// Threads that serve: ours always with two, peers with the better of these.
const OUR_WORKERS: &str = "2";
const IO_THREADS: [&str; 2] = ["1", "2"];

pub(super) fn run(bench: &mut Bench) -> Result<Vec<Section>> {
    let scenarios: Vec<Scenario> =
        THROUGHPUT.iter().filter(|row| bench.wants(row.name)).copied().collect();
    let mut servers: Vec<(String, Server)> = Vec::new();
    for contender in &bench.contenders {
        if contender.is_ours() {
            servers.push((OURS.to_owned(), contender.start(&["--workers", OUR_WORKERS])?));
            continue;
        }
        for threads in IO_THREADS {
            let server = contender.start(&["--io-threads", threads])?;
            servers.push((format!("{}, io-threads {threads}", contender.name), server));
        }
    }
    bench.progress.begin(GROUP, servers.len() * scenarios.len() * bench.rounds);
    for scenario in &scenarios {
        for (name, server) in &servers {
            if let Some(data) = scenario.data {
                let filled = bench.load.fill(server, data.recipe, data.sendings, 0);
                filled.with_context(|| name.clone())?;
            }
        }
        let mut turns: Vec<&(String, Server)> = servers.iter().collect();
        for round in 0..bench.rounds {
            for (name, server) in &turns {
                bench.step(&format!("{} {name}, round {}", scenario.name, round + 1))?;
                let words = words(scenario).with("warm-up", bench.warm_up());
                let words = words.with("seconds", bench.seconds()).with("seed", round + 1);
                let report = bench.load.closed_unpinned(server, &words).context(name.clone())?;
                let figures = [
                    ("rate", report.rate),
                    ("cpu_us", report.server_cpu_us.unwrap_or(f64::NAN)),
                    ("load_busy", report.load_cpu_us * report.rate / 1e6),
                ];
                bench.samples.push(Sample {
                    group: GROUP,
                    scenario: scenario.name.to_owned(),
                    contender: name.clone(),
                    round,
                    figures: figures.into(),
                });
            }
            turns.reverse();
        }
    }
    let names: Vec<String> = servers.into_iter().map(|(name, _)| name).collect();
    Ok(vec![section(bench, &scenarios, &names)])
}

fn section(bench: &mut Bench, scenarios: &[Scenario], names: &[String]) -> Section {
    let mut section = Section::new("Throughput: requests per second, nothing pinned");
    section.note(format!(
        "Ours with {OUR_WORKERS} workers, peers with 1 and 2 I/O threads; 50 connections. A cell is \
         requests per second, the median; the ratio is ours over the best peer's, by round. All \
         share the machine with the load, which is one thread: \"load busy\" is the part of a core \
         that it used against ours, and near 1 the load is the bottleneck."
    ));
    section.head(["request"].into_iter().chain(names.iter().map(String::as_str)).chain([
        "load busy",
        "ours ÷ best",
        "spread",
        "target",
    ]));
    for scenario in scenarios {
        let figure = |name| Figure { group: GROUP, scenario: scenario.name, name };
        let median = |name: &str| bench.samples.median(figure("rate"), name);
        let mut cells = vec![scenario.name.to_owned()];
        cells.extend(names.iter().map(|name| median(name).map_or("–".to_owned(), rate)));
        let busy = bench.samples.median(figure("load_busy"), OURS).unwrap_or(f64::NAN);
        cells.push(format!("{busy:.2}"));
        let peers = names.iter().map(String::as_str).filter(|name| *name != OURS);
        let best = bench.samples.best(figure("rate"), peers, true);
        let ratio = best.and_then(|best| bench.samples.ratio(figure("rate"), OURS, best));
        let what = format!("{}: requests per second over the best peer's", scenario.name);
        let verdict = ratio.map(|ratio| Verdict::new(GROUP, what, ratio, scenario.target));
        cells.extend(bench.judge(verdict));
        section.row(cells);
    }
    section
}
