//! The cost of a request: the server's CPU time, on one core under a load on another.
//!
//! For each scenario all contenders take their turns before the next scenario begins, so that what
//! is compared was measured within seconds. Servers that wait for their turn cost nothing.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::Bench;
use super::ask::lacking;
use super::contenders::{Contender, FLOORS, OURS, start_floor};
use super::load::Words;
use super::report::{Plot, Section};
use super::samples::{Figure, Sample, Spread};
use super::scenarios::{Data, REQUESTS, Scenario};
use super::verdict::{Verdict, rate, short};
use crate::server::Server;

const GROUP: &str = "requests";

/// A server, and the data that it has.
struct Running {
    name: String,
    server: Server,
    has: BTreeSet<Data>,
}

pub(super) fn run(bench: &mut Bench) -> Result<Vec<Section>> {
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
    let contenders = bench.contenders.clone();
    compare(bench, GROUP, &contenders, REQUESTS, &mut section)?;
    Ok(vec![section])
}

/// Measures the scenarios that are wanted, and adds their table and plot to a section.
pub(super) fn compare(
    bench: &mut Bench,
    group: &'static str,
    contenders: &[Contender],
    scenarios: &[Scenario],
    section: &mut Section,
) -> Result<()> {
    let wanted = |row: &&Scenario| bench.wants(row.name) && !(bench.quick && row.is_heavy());
    let scenarios: Vec<Scenario> = scenarios.iter().filter(wanted).copied().collect();
    let takes_part = |row: &Scenario| contenders.len() + row.efficiency.map_or(0, |_| FLOORS.len());
    let steps = scenarios.iter().map(takes_part).sum::<usize>() * bench.rounds;
    bench.progress.begin(group, steps);
    let mut servers = Vec::new();
    for contender in contenders {
        let (name, server) = (contender.name.clone(), contender.start_pinned()?);
        servers.push(Running { name, server, has: BTreeSet::new() });
    }
    for scenario in &scenarios {
        measure(bench, group, scenario, &mut servers, section).context(scenario.name)?;
    }
    let names: Vec<String> = servers.into_iter().map(|running| running.name).collect();
    table(bench, group, &scenarios, &names, section);
    Ok(())
}

fn measure(
    bench: &mut Bench,
    group: &'static str,
    scenario: &Scenario,
    servers: &mut [Running],
    section: &mut Section,
) -> Result<()> {
    let mut floors = Vec::new();
    if scenario.efficiency.is_some() {
        for (name, kind) in FLOORS {
            floors.push((name, start_floor(&bench.load.path, kind, &[scenario.recipe])?));
        }
    }
    let mut turns: Vec<(&str, &Server)> = Vec::new();
    for running in servers {
        if prepare(bench, scenario, running, section).with_context(|| running.name.clone())? {
            turns.push((&running.name, &running.server));
        }
    }
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
                group,
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

/// Loads the data that a scenario needs and a server does not have yet; says whether the server can
/// take part.
fn prepare(
    bench: &Bench,
    scenario: &Scenario,
    running: &mut Running,
    section: &mut Section,
) -> Result<bool> {
    let data = scenario.data.iter();
    let recipes: Vec<&str> = data.map(|data| data.recipe).chain([scenario.recipe]).collect();
    let lacking = lacking(running.server.redis, &recipes)?;
    if !lacking.is_empty() {
        section.lacks(&running.name, lacking);
        return Ok(false);
    }
    if let Some(data) = scenario.data
        && running.has.insert(data)
    {
        bench.load.fill(&running.server, data.recipe, data.sendings, 0)?;
    }
    Ok(true)
}

/// The load of a scenario, its length left out.
pub(super) fn words(scenario: &Scenario) -> Words {
    let words = Words::default().with("recipe", scenario.recipe).with("depth", scenario.depth);
    words.with("connections", scenario.connections)
}

fn table(
    bench: &mut Bench,
    group: &'static str,
    scenarios: &[Scenario],
    names: &[String],
    section: &mut Section,
) {
    let with_floors = scenarios.iter().any(|row| row.efficiency.is_some());
    let floors = FLOORS.iter().map(|(name, _)| *name).filter(|_| with_floors);
    let shown: Vec<&str> = names.iter().map(String::as_str).chain(floors).collect();
    let efficiency = ["efficiency", "target"].into_iter().filter(|_| with_floors);
    let head = ["request"].into_iter().chain(shown.iter().copied());
    let head = head.chain(["ours ÷ best", "spread", "target"]).chain(efficiency);
    section.head(head.chain(["disturbed"]));
    let peers = || names.iter().map(String::as_str).filter(|name| *name != OURS);
    for scenario in scenarios {
        let figure = |name| Figure { group, scenario: scenario.name, name };
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
        let verdict = ratio.map(|ratio| Verdict::new(group, what, ratio, scenario.target));
        cells.extend(bench.judge(verdict));
        if with_floors {
            let floor = bench.samples.ratio(figure("cpu_us"), FLOORS[0].0, OURS);
            let what = format!("{}: efficiency", scenario.name);
            let verdict = floor.zip(scenario.efficiency);
            let verdict = verdict.map(|(floor, target)| Verdict::new(group, what, floor, target));
            let [efficiency, _, target] = bench.judge(verdict);
            cells.extend([efficiency, target]);
        }
        let waited = shown.iter().filter_map(|name| bench.samples.median(figure("waited"), name));
        let waited = Spread::of(waited.collect()).map_or(f64::NAN, |waited| waited.median);
        cells.push(format!("{:.0} %", 100.0 * waited));
        section.row(cells);
    }
    section.plot(Plot::bars(bench, group, scenarios, &shown));
}
