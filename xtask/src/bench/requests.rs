//! The cost of a request: the server's CPU time, on one core under a load on another.
//!
//! For each scenario all contenders take their turns before the next scenario begins, so that what
//! is compared was measured within seconds. Servers that wait for their turn cost nothing.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::Bench;
use super::contenders::{FLOORS, OURS, start_floor};
use super::load::{Words, word};
use super::report::{Plot, Section};
use super::samples::{Figure, Sample, Spread};
use super::scenarios::{Data, REQUESTS, Scenario};
use super::verdict::{Verdict, rate, short};
use crate::server::Server;

pub(super) const GROUP: &str = "requests";

/// A server, and the data that it has.
struct Running {
    name: String,
    server: Server,
    has: BTreeSet<Data>,
}

pub(super) fn run(bench: &mut Bench) -> Result<Vec<Section>> {
    let wanted = |row: &&Scenario| bench.wants(row.name) && !(bench.quick && row.is_heavy());
    let scenarios: Vec<Scenario> = REQUESTS.iter().filter(wanted).copied().collect();
    let takes_part = |row: &Scenario| {
        bench.contenders.len() + if row.efficiency.is_some() { FLOORS.len() } else { 0 }
    };
    let steps = scenarios.iter().map(takes_part).sum::<usize>() * bench.rounds;
    bench.progress.begin(GROUP, steps);
    let mut servers = Vec::new();
    for contender in &bench.contenders {
        let (name, server) = (contender.name.clone(), contender.start_pinned()?);
        servers.push(Running { name, server, has: BTreeSet::new() });
    }
    for scenario in &scenarios {
        measure(bench, scenario, &mut servers).context(scenario.name)?;
    }
    Ok(vec![section(bench, &scenarios)])
}

fn measure(bench: &mut Bench, scenario: &Scenario, servers: &mut [Running]) -> Result<()> {
    let mut floors = Vec::new();
    if scenario.efficiency.is_some() {
        for (name, kind) in FLOORS {
            let value = scenario.data.value;
            let floor = start_floor(&bench.load.path, kind, &[scenario.verb], value)?;
            floors.push((name, floor));
        }
    }
    for running in servers.iter_mut() {
        if scenario.needs_data() && running.has.insert(scenario.data) {
            fill(bench, &running.server, scenario.data).with_context(|| running.name.clone())?;
        }
    }
    let mut turns: Vec<(&str, &Server)> =
        servers.iter().map(|running| (running.name.as_str(), &running.server)).collect();
    turns.extend(floors.iter().map(|(name, server)| (*name, server)));
    for round in 0..bench.rounds {
        for (name, server) in &turns {
            bench.step(&format!("{} {name}, round {}", scenario.name, round + 1))?;
            let words = words(scenario).with("warm-up", bench.warm_up());
            let words = words.with("seconds", bench.seconds()).with("seed", round + 1);
            let report = bench.load.closed(server, &words).with_context(|| (*name).to_owned())?;
            let cpu = report.server_cpu_us.context("no CPU time")?;
            let waited = report.server_waited_us.context("no waiting time")?;
            let figures = [
                ("cpu_us", cpu),
                ("rate", report.rate),
                ("load_cpu_us", report.load_cpu_us),
                ("waited", waited / cpu),
            ];
            bench.samples.push(Sample {
                group: GROUP,
                scenario: scenario.name.to_owned(),
                contender: (*name).to_owned(),
                round,
                figures: figures.into(),
            });
        }
        turns.reverse();
    }
    Ok(())
}

/// The load of a scenario, its length left out.
pub(super) fn words(scenario: &Scenario) -> Words {
    let Data { prefix, keys, value } = scenario.data;
    let words = Words::default().with("recipe", word(scenario.verb)).with("depth", scenario.depth);
    let words = words.with("connections", scenario.connections).with("value", value);
    words.with("prefix", prefix).with("keys", keys)
}

/// Sets the keys that a scenario asks for.
pub(super) fn fill(bench: &Bench, server: &Server, data: Data) -> Result<()> {
    // Long values are few and fill the pipeline by themselves.
    let depth = if data.value > 4096 { 1 } else { 128 };
    let words = Words::default().with("prefix", data.prefix).with("value", data.value);
    bench.load.fill(server, &words.with("to", data.keys).with("depth", depth)).map(drop)
}

fn section(bench: &mut Bench, scenarios: &[Scenario]) -> Section {
    let mut section = Section::new("Requests: CPU time on one core");
    section.note(
        "Server on one core with one worker, load on another, 50 connections (4 for 1 MiB), keys of 16 \
         bytes, uniform. A cell is the server's CPU microseconds per request, then requests per \
         second; medians. The ratio is ours over the best peer's CPU time, by round; below 1, ours \
         is cheaper. At depth 1 the load is the bottleneck, so its requests per second say \
         little. A floor reads, counts and writes canned replies of the same bytes; efficiency is \
         the epoll floor's CPU time over ours. \"Disturbed\" is how long servers waited for their \
         core, as part of the time that they had it, the median of all: much above 10 % says that \
         something else was running.",
    );
    let names: Vec<String> = bench.contenders.iter().map(|c| c.name.clone()).collect();
    let floors = FLOORS.map(|(name, _)| name);
    let shown: Vec<&str> = names.iter().map(String::as_str).chain(floors).collect();
    section.head(["request"].into_iter().chain(shown.iter().copied()).chain([
        "ours ÷ best",
        "spread",
        "target",
        "efficiency",
        "target",
        "disturbed",
    ]));
    let peers = || names.iter().map(String::as_str).filter(|name| *name != OURS);
    for scenario in scenarios {
        let figure = |name| Figure { group: GROUP, scenario: scenario.name, name };
        let mut cells = vec![scenario.name.to_owned()];
        for name in &shown {
            let cpu = bench.samples.median(figure("cpu_us"), name);
            let requests = bench.samples.median(figure("rate"), name);
            cells.push(match cpu.zip(requests) {
                Some((cpu, requests)) => format!("{} ({})", short(cpu), rate(requests)),
                None => "–".to_owned(),
            });
        }
        let best = bench.samples.best(figure("cpu_us"), peers(), false);
        let ratio = best.and_then(|best| bench.samples.ratio(figure("cpu_us"), OURS, best));
        let what = format!("{}: CPU over the best peer's", scenario.name);
        let verdict = ratio.map(|ratio| Verdict::new(GROUP, what, ratio, scenario.target));
        cells.extend(bench.judge(verdict));
        let floor = bench.samples.ratio(figure("cpu_us"), FLOORS[0].0, OURS);
        let what = format!("{}: efficiency", scenario.name);
        let verdict = floor.zip(scenario.efficiency);
        let verdict = verdict.map(|(floor, target)| Verdict::new(GROUP, what, floor, target));
        let [efficiency, _, target] = bench.judge(verdict);
        cells.extend([efficiency, target]);
        let waited = shown.iter().filter_map(|name| bench.samples.median(figure("waited"), name));
        let waited = Spread::of(waited.collect()).map_or(f64::NAN, |waited| waited.median);
        cells.push(format!("{:.0} %", 100.0 * waited));
        section.row(cells);
    }
    section.plot(Plot::bars(bench, "requests.svg", scenarios, &shown));
    section
}
