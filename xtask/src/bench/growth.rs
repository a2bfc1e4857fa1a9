//! Stalls: what one request may have to wait for while a table grows, a huge value is deleted, or
//! another database is emptied. Under an open loop, on one core.

use anyhow::{Context, Result};
use kv_load::floor::Kind;
use kv_load::open::OpenReport;

use super::Bench;
use super::ask::{Asker, lacking};
use super::contenders::{Contender, FLOORS, OURS, start_floor};
use super::load::Words;
use super::plots::Series;
use super::report::{Plot, Section};
use super::samples::{Figure, Sample, Spread};
use super::verdict::{Target, Verdict, rate, short};
use crate::server::Server;

const GROUP: &str = "growth";

const STEADY: &str = "steady";
const GROWING: &str = "growing";
const DELETING: &str = "DEL of a huge value";
const FLUSHING: &str = "FLUSHDB of another database";

/// Peers that are measured too, once each.
const PEERS: usize = 2;

/// The part of what a server can do at most that is asked of it.
const LOAD: f64 = 0.5;

/// Looks at what it can do.
const LOOKS: u32 = 3;

/// Of 100 requests; the others are `SET`.
const GET_PERCENT: u32 = 50;

/// Makes the hash that is deleted, a field at a time.
const HUGE: &str = "HSET huge fld:{n} {#16} -> :";

const STALL_MS: Target = Target::AtMost(2.0);
const P999: Target = Target::AtMost(1.5);

/// How much data, and how long.
struct Scale {
    /// Keys before the table grows, and how many more there are then.
    keys: u64,
    new_keys: u64,
    /// Keys of the database that is emptied.
    other_keys: u64,
    /// Fields of the hash that is deleted.
    fields: u64,
    /// Seconds of a load that is not bound by new keys.
    seconds: f64,
}

const FULL: Scale = Scale {
    keys: 4_000_000,
    new_keys: 4_000_000,
    other_keys: 4_000_000,
    fields: 5_000_000,
    seconds: 20.0,
};
const QUICK: Scale =
    Scale { keys: 200_000, new_keys: 100_000, other_keys: 300_000, fields: 500_000, seconds: 1.5 };

pub(super) fn run(bench: &mut Bench) -> Result<Vec<Section>> {
    let scale = if bench.quick { QUICK } else { FULL };
    let contenders = bench.leading(PEERS);
    let our_rounds = bench.rounds;
    let rounds = |contender: &Contender| if contender.is_ours() { our_rounds } else { 1 };
    bench.progress.begin(GROUP, 5 * contenders.iter().map(rounds).sum::<usize>() + 1);
    let mut section = section(&scale);
    let mut wanted = Vec::new();
    for contender in &contenders {
        for round in 0..rounds(contender) {
            let rate = one(bench, contender, round, &scale, &mut section)
                .with_context(|| contender.name.clone())?;
            if contender.is_ours() {
                wanted.push(rate);
            }
        }
    }
    let (name, kind) = FLOORS[0];
    bench.step(&format!("{name}, {STEADY}"))?;
    let wanted = Spread::of(wanted).context("ours was not measured")?.median;
    let report = floor(bench, kind, wanted, &scale)?;
    keep(bench, name, STEADY, 0, &report);
    let names = contenders.iter().map(|contender| contender.name.clone());
    table(bench, &names.chain([name.to_owned()]).collect::<Vec<_>>(), &mut section);
    Ok(vec![section])
}

/// All scenarios on one server; returns the rate that was asked of it.
fn one(
    bench: &mut Bench,
    contender: &Contender,
    round: usize,
    scale: &Scale,
    section: &mut Section,
) -> Result<f64> {
    let name = &contender.name;
    let server = contender.start_pinned()?;
    bench.step(&format!("{name}, round {}: {} keys", round + 1, scale.keys))?;
    bench.load.fill(&server, FILL, scale.keys, 0)?;
    let most = most(bench, &server, scale)?;
    let rate = most * LOAD;

    bench.step(&format!("{name}, round {}: {STEADY}", round + 1))?;
    let steady = words_of(rate, scale.seconds, scale.keys, &overwriting(scale.keys));
    let report = bench.load.open(&server, &steady)?;
    keep(bench, name, STEADY, round, &report);

    bench.step(&format!("{name}, round {}: {GROWING}", round + 1))?;
    let sets = rate * f64::from(100 - GET_PERCENT) / 100.0;
    let adding = format!("SET key:{{n+{}}} {{#64}} -> +OK", scale.keys);
    let words = words_of(rate, scale.new_keys as f64 / sets, scale.keys, &adding);
    let report = bench.load.open(&server, &words)?;
    keep(bench, name, GROWING, round, &report);

    bench.step(&format!("{name}, round {}: {DELETING}", round + 1))?;
    let lacking = lacking(server.redis, &[HUGE])?;
    if lacking.is_empty() {
        bench.load.fill(&server, HUGE, scale.fields, 0).context("storing a huge hash")?;
        let report = during(bench, &server, &steady, scale, &["DEL huge"])?;
        keep(bench, name, DELETING, round, &report);
    } else {
        section.lacks(name, lacking);
    }

    bench.step(&format!("{name}, round {}: {FLUSHING}", round + 1))?;
    bench.load.fill(&server, FILL, scale.other_keys, 1)?;
    let report = during(bench, &server, &steady, scale, &["SELECT 1", "FLUSHDB ASYNC"])?;
    keep(bench, name, FLUSHING, round, &report);
    Ok(rate)
}

/// Requests a second that the server does at depth 1: the best of a few looks, since whatever else
/// runs on the machine makes it less, never more.
fn most(bench: &Bench, server: &Server, scale: &Scale) -> Result<f64> {
    let words = Words::default().with("recipe", overwriting(scale.keys));
    let words = words.with("seconds", bench.seconds() / f64::from(LOOKS));
    let mut best = 0.0;
    for _ in 0..LOOKS {
        best = bench.load.closed(server, &words)?.rate.max(best);
    }
    Ok(best)
}

/// A load, in the middle of which the server is asked for something else.
fn during(
    bench: &Bench,
    server: &Server,
    load: &Words,
    scale: &Scale,
    requests: &[&str],
) -> Result<OpenReport> {
    let mut asker = Asker::connect(server.redis)?;
    let started = bench.load.open_started(server, load)?;
    bench.rest(std::time::Duration::from_secs_f64(scale.seconds / 2.0))?;
    for request in requests {
        asker.ask(request).with_context(|| (*request).to_owned())?;
    }
    started.report()
}

/// What the machine itself does to such a load.
fn floor(bench: &Bench, kind: Kind, rate: f64, scale: &Scale) -> Result<OpenReport> {
    let recipes = [reading(scale.keys), overwriting(scale.keys)];
    let server = start_floor(&bench.load.path, kind, &recipes.each_ref().map(String::as_str))?;
    bench.load.open(&server, &words_of(rate, scale.seconds, scale.keys, &recipes[1]))
}

/// Sets keys, each once.
const FILL: &str = "SET key:{n} {#64} -> +OK";

fn reading(keys: u64) -> String {
    format!("GET key:{{r%{keys}}} -> $64")
}

fn overwriting(keys: u64) -> String {
    format!("SET key:{{r%{keys}}} {{#64}} -> +OK")
}

/// A load that reads keys that are there, and writes as the recipe says.
fn words_of(rate: f64, seconds: f64, keys: u64, writing: &str) -> Words {
    let words = Words::default().with("rate", rate).with("seconds", seconds);
    let words = words.with("recipe", reading(keys)).with("recipe", writing);
    words.with("first-percent", GET_PERCENT)
}

fn keep(bench: &mut Bench, name: &str, scenario: &str, round: usize, report: &OpenReport) {
    let disturbed = report.server_waited_us.zip(report.server_cpu_us);
    let disturbed = disturbed.map(|(waited, ran)| waited / ran);
    let figures = [
        ("p50_us", report.latency.p50),
        ("p99_us", report.latency.p99),
        ("p999_us", report.latency.p999),
        ("p9999_us", report.latency.p9999),
        ("max_ms", report.latency.max / 1000.0),
        ("send_lag_max_ms", report.send_lag.max / 1000.0),
        ("rate", report.rate_achieved),
        ("cpu_us", report.server_cpu_us.unwrap_or(f64::NAN)),
        ("disturbed", disturbed.unwrap_or(f64::NAN)),
    ];
    bench.samples.push(Sample {
        group: GROUP,
        scenario: scenario.to_owned(),
        contender: name.to_owned(),
        round,
        figures: figures.into(),
    });
    if round == 0 {
        let points = report.series.iter().map(|w| (w.at_ms as f64 / 1000.0, w.max_us / 1000.0));
        bench.series.push(Series {
            plot: format!("{GROUP}: {scenario}"),
            name: name.to_owned(),
            points: points.collect(),
        });
    }
}

fn section(scale: &Scale) -> Section {
    let mut section = Section::new("Stalls: latency under an open loop");
    section.note(format!(
        "Server on one core, load on another; requests on a schedule at half the rate that the server can do \
         at depth 1 (SET), {GET_PERCENT} % GET, latency from when a request was due. Steady: {} keys are \
         there and overwritten. Growing: each SET makes a new key, until there are {}. DEL: of a \
         hash of {} fields. FLUSHDB ASYNC: of {} keys. \"Lag\" is the longest \
         that a request left late because the load itself was not run: as much of a stall may be \
         the machine's. The floor, which does nothing, shows the same, and \"disturbed\" is how long \
         the server waited for its core, as part of the time that it had it.",
        scale.keys,
        scale.keys + scale.new_keys,
        scale.fields,
        scale.other_keys
    ));
    section.head([
        "load",
        "server",
        "req/s",
        "p50 µs",
        "p99 µs",
        "p99.9 µs",
        "p99.99 µs",
        "stall ms",
        "lag ms",
        "spread of stall",
        "target",
        "p99.9 ÷ steady",
        "target",
        "disturbed",
    ]);
    section
}

fn table(bench: &mut Bench, names: &[String], section: &mut Section) {
    for scenario in [STEADY, GROWING, DELETING, FLUSHING] {
        for name in names {
            let figure = |name| Figure { group: GROUP, scenario, name };
            let Some(stall) = bench.samples.spread(figure("max_ms"), name) else { continue };
            let median = |of| bench.samples.median(figure(of), name).unwrap_or(f64::NAN);
            let mut cells = vec![scenario.to_owned(), name.clone(), rate(median("rate"))];
            let times = ["p50_us", "p99_us", "p999_us", "p9999_us", "max_ms", "send_lag_max_ms"];
            cells.extend(times.map(|time| short(median(time))));
            let disturbed = format!("{:.0} %", 100.0 * median("disturbed"));
            let judged = name == OURS && scenario != STEADY;
            let what = format!("{scenario}: longest stall, ms");
            let verdict = judged.then(|| Verdict::new(GROUP, what, stall, STALL_MS));
            let [_, _, target] = bench.judge(verdict);
            cells.extend([format!("{} – {}", short(stall.least), short(stall.most)), target]);
            let ratio = over_steady(bench, scenario, name).filter(|_| scenario == GROWING);
            let shown = ratio.map_or("–".to_owned(), |ratio| short(ratio.median));
            let what = format!("{scenario}: p99.9 over steady");
            let verdict = ratio.filter(|_| judged).map(|r| Verdict::new(GROUP, what, r, P999));
            let [_, _, target] = bench.judge(verdict);
            section.row(cells.into_iter().chain([shown, target, disturbed]));
        }
    }
    for (scenario, file) in [
        (STEADY, "latency-steady.svg"),
        (GROWING, "latency-growing.svg"),
        (DELETING, "latency-del.svg"),
        (FLUSHING, "latency-flush.svg"),
    ] {
        let plot = format!("{GROUP}: {scenario}");
        let lines = bench.series.iter().filter(|line| line.plot == plot).cloned().collect();
        let title = format!("Longest latency in each tenth of a second, {scenario}");
        section.plot(Some(Plot::lines(file, &title, "s", "ms", lines).logarithmic()));
    }
}

/// The 99.9th percentile over that of the steady load of the same round.
fn over_steady(bench: &Bench, scenario: &str, name: &str) -> Option<Spread> {
    let all = |scenario| {
        bench.samples.all(Figure { group: GROUP, scenario, name: "p999_us" }, name).into_iter()
    };
    Spread::of(all(scenario).zip(all(STEADY)).map(|(one, steady)| one / steady).collect())
}
