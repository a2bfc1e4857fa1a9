//! Snapshots while requests come: what they do to latency, and what memory they take.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use kv_load::open::OpenReport;

use super::disk::Disk;
use super::{GROUP, SET, keys, tree};
use crate::bench::Bench;
use crate::bench::ask::{Asker, info_line};
use crate::bench::contenders::{Contender, OURS};
use crate::bench::load::Words;
use crate::bench::report::Section;
use crate::bench::samples::{Figure, Sample, Spread};
use crate::bench::verdict::{Target, Verdict, rate, short};
use crate::server::Server;

/// The scenario that `--only` names; and the loads of it.
const NAME: &str = "snapshot";
const WITHOUT: &str = "without a snapshot";
const WITH: &str = "with snapshots";
const MEMORY: &str = "memory of a snapshot";

/// The part of what a server can do at most that is asked of it, and how often one looks for that.
const LOAD: f64 = 0.5;
const LOOKS: u32 = 3;

/// Of 100 requests; the others are `SET`.
const GET_PERCENT: u32 = 50;

/// Random writes over the number of keys, after which a tenth of the keys has been overwritten.
const WRITES_FOR_A_TENTH: f64 = 0.105_36;

/// Between two looks at whether a snapshot is done, and how long one may take.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(300);

/// How long a server rests before its memory is looked at.
const REST: Duration = Duration::from_secs(1);

const P999: Target = Target::AtMost(1.5);
const PAUSE_MS: Target = Target::AtMost(5.0);
const EXTRA: Target = Target::AtMost(0.15);

pub(super) fn run(bench: &mut Bench, contenders: &[Contender], disk: &Disk) -> Result<Section> {
    let mut section = Section::new("Durability: snapshots under load");
    let (keys, seconds) = (keys(bench), seconds(bench));
    section.note(format!(
        "{keys} keys of 16 bytes, values of 64. Server on one core with all its threads and children, load on \
         another; requests on a schedule at half the rate that the server can do at depth 1 (SET), \
         {GET_PERCENT} % GET, for {seconds} s, latency from when a request was due; BGSAVE again as soon as \
         one is done. \"Pause\" is the longest latency; \"lag\" is the longest that a request left late \
         because the load itself was not run: as much of a pause may be the machine's. Memory: one BGSAVE, \
         while a tenth of the keys is overwritten at random as fast as it goes; the most that is resident \
         of the server and its children, each shared page once, less what was before, over that."
    ));
    if !bench.wants(NAME) {
        return Ok(section);
    }
    let our_rounds = bench.rounds;
    let rounds = |contender: &Contender| if contender.is_ours() { our_rounds } else { 1 };
    bench.progress.begin(GROUP, 4 * contenders.iter().map(rounds).sum::<usize>());
    for contender in contenders {
        for round in 0..rounds(contender) {
            one(bench, contender, round, disk).with_context(|| contender.name.clone())?;
        }
    }
    table(bench, contenders, &mut section);
    Ok(section)
}

fn seconds(bench: &Bench) -> f64 {
    if bench.quick { 3.0 } else { 20.0 }
}

fn one(bench: &mut Bench, contender: &Contender, round: usize, disk: &Disk) -> Result<()> {
    let (name, keys) = (&contender.name, keys(bench));
    let step = |what: &str| format!("{name}, round {}: {what}", round + 1);
    let directory = disk.directory()?;
    let args = ["--appendonly", "no", "--save", ""];
    bench.step(&step(&format!("{keys} keys")))?;
    let server = contender.start_on_pinned(directory.path(), &args)?;
    bench.load.fill(&server, SET, keys, 0)?;
    let writing = format!("SET key:{{r%{keys}}} {{#64}} -> +OK");
    let rate = LOAD * most(bench, &server, &writing)?;
    let words = Words::default().with("rate", rate).with("seconds", seconds(bench));
    let words = words.with("recipe", format!("GET key:{{r%{keys}}} -> $64"));
    let words = words.with("recipe", &writing).with("first-percent", GET_PERCENT);

    bench.step(&step(WITHOUT))?;
    let report = bench.load.open(&server, &words)?;
    keep(bench, name, WITHOUT, round, &figures(&report));

    bench.step(&step(WITH))?;
    let started = bench.load.open_started(&server, &words)?;
    let (mut asker, begin) = (Asker::connect(server.redis)?, Instant::now());
    let (mut snapshots, mut took) = (0_u32, 0.0);
    while begin.elapsed().as_secs_f64() < seconds(bench) {
        took += snapshot(bench, &mut asker)?;
        snapshots += 1;
    }
    let mut figures = figures(&started.report()?);
    figures.extend([("snapshots", f64::from(snapshots)), ("took", took / f64::from(snapshots))]);
    keep(bench, name, WITH, round, &figures);

    bench.step(&step(MEMORY))?;
    let writes = (keys as f64 * WRITES_FOR_A_TENTH) as u64;
    // Once before: what overwriting itself takes is no part of it.
    bench.load.fill(&server, &writing, writes, 0)?;
    bench.rest(REST)?;
    let before = tree::resident(server.pid())?;
    let (most, (took, wrote, was_over)) = tree::peak(server.pid(), || {
        let start = Instant::now();
        asker.ask("BGSAVE")?;
        let wrote = bench.load.fill(&server, &writing, writes, 0)?.seconds;
        let was_over = is_over(&mut asker)?;
        await_end(bench, &mut asker)?;
        Ok((start.elapsed().as_secs_f64(), wrote, was_over))
    })?;
    let extra = (most - before) / before;
    let was_over = f64::from(u8::from(was_over));
    let figures = [
        ("before", before),
        ("extra", extra),
        ("took", took),
        ("wrote", wrote),
        ("was_over", was_over),
    ];
    keep(bench, name, MEMORY, round, &figures);
    Ok(())
}

/// Requests a second that the server does at depth 1: the best of a few looks.
fn most(bench: &Bench, server: &Server, writing: &str) -> Result<f64> {
    let words = Words::default().with("recipe", writing);
    let words = words.with("seconds", bench.seconds() / f64::from(LOOKS));
    let mut best = 0.0;
    for _ in 0..LOOKS {
        best = bench.load.closed(server, &words)?.rate.max(best);
    }
    Ok(best)
}

/// Makes a snapshot and waits for its end; the seconds that it took.
fn snapshot(bench: &Bench, asker: &mut Asker) -> Result<f64> {
    let start = Instant::now();
    asker.ask("BGSAVE")?;
    await_end(bench, asker)?;
    Ok(start.elapsed().as_secs_f64())
}

fn await_end(bench: &Bench, asker: &mut Asker) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while !is_over(asker)? {
        ensure!(Instant::now() < end, "no snapshot in {PATIENCE:?}");
        bench.rest(LOOK_AGAIN)?;
    }
    Ok(())
}

/// Whether the last snapshot is done.
fn is_over(asker: &mut Asker) -> Result<bool> {
    let info = asker.ask("INFO persistence")?;
    let line = |name| info_line(&info, name).with_context(|| format!("INFO has no {name}"));
    if line("rdb_bgsave_in_progress")? != "0" {
        return Ok(false);
    }
    let status = line("rdb_last_bgsave_status")?;
    ensure!(status == "ok", "the snapshot failed: {status}");
    Ok(true)
}

fn figures(report: &OpenReport) -> Vec<(&'static str, f64)> {
    let disturbed = report.server_waited_us.zip(report.server_cpu_us);
    vec![
        ("p50_us", report.latency.p50),
        ("p99_us", report.latency.p99),
        ("p999_us", report.latency.p999),
        ("max_ms", report.latency.max / 1000.0),
        ("send_lag_max_ms", report.send_lag.max / 1000.0),
        ("rate", report.rate_achieved),
        ("disturbed", disturbed.map_or(f64::NAN, |(waited, ran)| waited / ran)),
    ]
}

fn keep(
    bench: &mut Bench,
    name: &str,
    scenario: &str,
    round: usize,
    figures: &[(&'static str, f64)],
) {
    let (scenario, contender) = (scenario.to_owned(), name.to_owned());
    let figures = figures.iter().copied().collect();
    bench.samples.push(Sample { group: GROUP, scenario, contender, round, figures });
}

fn table(bench: &mut Bench, contenders: &[Contender], section: &mut Section) {
    section.head([
        "server",
        "req/s",
        "snapshots (s each)",
        "p50 µs",
        "p99 µs",
        "p99.9 µs without",
        "p99.9 µs with",
        "with ÷ without",
        "target",
        "pause ms without",
        "pause ms with (lag)",
        "target",
        "before, MiB",
        "extra memory",
        "target",
        "snapshot s (overwriting s)",
        "disturbed",
    ]);
    for Contender { name, .. } in contenders {
        let median = |scenario, figure| {
            let figure = Figure { group: GROUP, scenario, name: figure };
            bench.samples.median(figure, name).unwrap_or(f64::NAN)
        };
        let all = |scenario, figure| {
            bench.samples.all(Figure { group: GROUP, scenario, name: figure }, name)
        };
        let mut cells = vec![
            name.clone(),
            rate(median(WITH, "rate")),
            format!("{} ({})", median(WITH, "snapshots"), short(median(WITH, "took"))),
            short(median(WITH, "p50_us")),
            short(median(WITH, "p99_us")),
            short(median(WITHOUT, "p999_us")),
            short(median(WITH, "p999_us")),
        ];
        let pairs = all(WITH, "p999_us").into_iter().zip(all(WITHOUT, "p999_us"));
        let ratio = Spread::of(pairs.map(|(with, without)| with / without).collect());
        let pause = Spread::of(all(WITH, "max_ms"));
        let extra = Spread::of(all(MEMORY, "extra"));
        let pauses = [
            short(median(WITHOUT, "max_ms")),
            format!(
                "{} ({})",
                short(median(WITH, "max_ms")),
                short(median(WITH, "send_lag_max_ms"))
            ),
        ];
        let memory = [
            format!("{:.0}", median(MEMORY, "before") / f64::from(1 << 20)),
            format!("{:.1} %", 100.0 * median(MEMORY, "extra")),
        ];
        let times = format!(
            "{} ({}{})",
            short(median(MEMORY, "took")),
            short(median(MEMORY, "wrote")),
            if median(MEMORY, "was_over") > 0.0 { ", not all of it meanwhile" } else { "" }
        );
        let disturbed = format!("{:.0} %", 100.0 * median(WITH, "disturbed"));
        // Only ours has targets.
        let mut target = |what: &str, value: Option<Spread>, target| {
            let value = value.filter(|_| name == OURS);
            let verdict = value.map(|value| Verdict::new(GROUP, what, value, target));
            let [_, _, target] = bench.judge(verdict);
            target
        };
        cells.push(ratio.map_or("–".to_owned(), |ratio| short(ratio.median)));
        cells.push(target("snapshot: p99.9 with it over without", ratio, P999));
        cells.extend(pauses);
        cells.push(target("snapshot: longest pause, ms", pause, PAUSE_MS));
        cells.extend(memory);
        cells.push(target("snapshot: extra memory, a tenth overwritten", extra, EXTRA));
        section.row(cells.into_iter().chain([times, disturbed]));
    }
}
