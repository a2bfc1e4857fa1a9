//! Resident bytes of a key. Every table has a step at which it doubles, so that one number of keys
//! flatters one server or another: the sweep goes from one million to two.

use anyhow::{Context, Result};

use super::Bench;
use super::contenders::OURS;
use super::plots::Series;
use super::report::{Plot, Section};
use super::resident::Memory;
use super::samples::{Figure, Sample, Spread};
use super::verdict::{Target, Verdict, short};

const GROUP: &str = "memory";

/// Numbers of keys; each server grows through all of them.
const KEYS: &[u64] = &[1_000_000, 1_200_000, 1_400_000, 1_600_000, 1_800_000, 2_000_000];
const FEW_KEYS: &[u64] = &[250_000, 400_000];

/// A kind of keys.
struct Variant {
    name: &'static str,
    value: usize,
    ttl_ms: Option<u64>,
}

impl Variant {
    /// Sets keys from that one on.
    fn recipe(&self, from: u64) -> String {
        let ttl = self.ttl_ms.map(|ttl| format!(" PX {ttl}")).unwrap_or_default();
        format!("SET key:{{n+{from}}} {{#{}}}{ttl} -> +OK", self.value)
    }
}

/// Long enough that nothing expires during a run: a day.
const TTL_MS: u64 = 86_400_000;

const PLAIN: Variant = Variant { name: "64-byte values", value: 64, ttl_ms: None };
const SHORT: Variant = Variant { name: "16-byte values", value: 16, ttl_ms: None };
const MORTAL: Variant = Variant { name: "64-byte values, TTL", value: 64, ttl_ms: Some(TTL_MS) };

/// What the mean of each variant should be at most, in bytes; a TTL may add this much.
const MEAN: &[(&str, f64)] = &[(PLAIN.name, 108.0), (SHORT.name, 60.0)];
const TTL_ADDS: f64 = 8.0;

/// How far the worst of the sweep may be above the mean.
const WORST: f64 = 1.12;

/// Peers in a quick run.
const QUICK_PEERS: usize = 2;

pub(super) fn run(bench: &mut Bench) -> Result<Vec<Section>> {
    let (variants, keys): (&[Variant], _) =
        if bench.quick { (&[PLAIN], FEW_KEYS) } else { (&[PLAIN, SHORT, MORTAL], KEYS) };
    let contenders =
        if bench.quick { bench.leading(QUICK_PEERS) } else { bench.contenders.clone() };
    bench.progress.begin(GROUP, variants.len() * contenders.len() * keys.len());
    for variant in variants {
        for contender in &contenders {
            let args: &[&str] = if contender.is_ours() { &["--workers", "1"] } else { &[] };
            let server = contender.start(args)?;
            let empty = Memory::after_rest(bench, &server)?;
            let mut from = 0;
            for (round, to) in keys.iter().enumerate() {
                bench.step(&format!("{} {}, {to} keys", contender.name, variant.name))?;
                let recipe = variant.recipe(from);
                let filled = bench.load.fill(&server, &recipe, to - from, 0);
                filled.with_context(|| contender.name.clone())?;
                from = *to;
                let full = Memory::after_rest(bench, &server)?;
                let each = |full: f64, empty: f64| (full - empty) / *to as f64;
                let figures = [
                    ("keys", *to as f64),
                    ("resident", each(full.resident, empty.resident)),
                    ("used", each(full.used, empty.used)),
                ];
                bench.samples.push(Sample {
                    group: GROUP,
                    scenario: variant.name.to_owned(),
                    contender: contender.name.clone(),
                    round,
                    figures: figures.into(),
                });
            }
        }
    }
    let names: Vec<&str> = contenders.iter().map(|contender| contender.name.as_str()).collect();
    Ok(vec![section(bench, variants, &names, keys)])
}

/// The mean of a sweep, with its least and its most.
fn sweep(points: &[f64]) -> Option<Spread> {
    let spread = Spread::of(points.to_vec())?;
    Some(Spread { median: points.iter().sum::<f64>() / points.len() as f64, ..spread })
}

fn section(bench: &mut Bench, variants: &[Variant], names: &[&str], keys: &[u64]) -> Section {
    let mut section = Section::new("Memory: resident bytes per key");
    section.note(format!(
        "Keys of 16 bytes. Resident bytes after a short rest less those of the empty server, over the number \
         of keys, while one server grows from {} to {} keys. \"used\" is what the server itself \
         says, in `INFO`.",
        keys[0],
        keys[keys.len() - 1]
    ));
    section.head([
        "keys",
        "server",
        "mean",
        "best",
        "worst",
        "used",
        "target",
        "worst ÷ mean",
        "target",
    ]);
    let mut plain_mean = None;
    for variant in variants {
        let mut lines = Vec::new();
        for name in names {
            let figure = |figure| Figure { group: GROUP, scenario: variant.name, name: figure };
            let points = bench.samples.all(figure("resident"), name);
            let Some(mean) = sweep(&points) else { continue };
            let used = sweep(&bench.samples.all(figure("used"), name));
            let mut cells = vec![variant.name.to_owned(), (*name).to_owned()];
            cells.extend([mean.median, mean.least, mean.most].map(short));
            cells.push(used.map_or("–".to_owned(), |used| short(used.median)));
            let (mut target, mut worst) = (None, None);
            if *name == OURS {
                let fixed = MEAN.iter().find(|(of, _)| *of == variant.name).map(|(_, mean)| *mean);
                let above: Option<f64> = plain_mean.map(|plain| plain + TTL_ADDS);
                let most = fixed.or(above).map(Target::AtMost);
                let what = format!("{}: mean bytes of a key", variant.name);
                target = most.map(|most| Verdict::new(GROUP, what, mean, most));
                let what = format!("{}: worst over mean", variant.name);
                let ratio = mean.most / mean.median;
                let ratio = Spread { median: ratio, least: ratio, most: ratio };
                worst = Some(Verdict::new(GROUP, what, ratio, Target::AtMost(WORST)));
                plain_mean = plain_mean.or(Some(mean.median));
            }
            let [_, _, target] = bench.judge(target);
            let [ratio, _, worst] = bench.judge(worst);
            section.row(cells.into_iter().chain([target, ratio, worst]));
            lines.push(Series {
                plot: format!("memory: {}", variant.name),
                name: (*name).to_owned(),
                points: keys.iter().map(|keys| *keys as f64 / 1e6).zip(points).collect(),
            });
        }
        let file = format!("memory-{}.svg", variant.name.replace([' ', ','], "-"));
        let title = format!("Resident bytes per key, {}", variant.name);
        bench.series.extend(lines.clone());
        section.plot(Some(Plot::lines(&file, &title, "million keys", "bytes", lines)));
    }
    section
}
