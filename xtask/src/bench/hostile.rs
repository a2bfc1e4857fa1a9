//! Keys that were chosen to collide: they must cost what random keys cost.

use anyhow::Result;

use super::Bench;
use super::contenders::OURS;
use super::load::Words;
use super::report::Section;
use super::samples::{Figure, Sample, Spread};
use super::verdict::{Target, Verdict, short};

const GROUP: &str = "hostile";

/// What others are compared with.
const RANDOM: &str = "random";

/// Sets of keys as the load names them, and what they are.
const SETS: &[(&str, &str)] = &[
    (RANDOM, "random letters"),
    ("fnv", "one FNV-1a hash in the low 20 bits"),
    ("fx", "one FxHash in the low 20 bits"),
    ("bits", "different in the lowest bits of some bytes"),
];

const KEYS: u64 = 20_000;
const DEPTH: usize = 16;

/// Rounds at least: all that is looked for is a ratio of 1, and few ratios of short loads are noise.
const ROUNDS: usize = 5;

/// CPU time over that of random keys; what is above 1 is the noise that is allowed for.
const TARGET: Target = Target::AtMost(1.10);

pub(super) fn run(bench: &mut Bench) -> Result<Vec<Section>> {
    let server = bench.contenders[0].start_pinned()?;
    for (set, _) in SETS {
        let recipe = format!("SET {{n%{KEYS}:{set}}} {{#64}} -> +OK");
        bench.load.fill(&server, &recipe, KEYS, 0)?;
    }
    let rounds = bench.rounds.max(ROUNDS);
    bench.progress.begin(GROUP, SETS.len() * rounds);
    let mut turns: Vec<&str> = SETS.iter().map(|(set, _)| *set).collect();
    for round in 0..rounds {
        for set in &turns {
            bench.step(&format!("{set} keys, round {}", round + 1))?;
            let recipe = format!("GET {{r%{KEYS}:{set}}} -> $64");
            let words = Words::default().with("recipe", recipe);
            let words = words.with("depth", DEPTH).with("warm-up", bench.warm_up());
            let report = bench.load.closed(&server, &words.with("seconds", bench.seconds()))?;
            bench.samples.push(Sample {
                group: GROUP,
                scenario: (*set).to_owned(),
                contender: OURS.to_owned(),
                round,
                figures: [("cpu_us", report.server_cpu_us.unwrap_or(f64::NAN))].into(),
            });
        }
        turns.reverse();
    }
    Ok(vec![section(bench)])
}

fn section(bench: &mut Bench) -> Section {
    let mut section = Section::new("Hostile keys: CPU time over that of random keys");
    section.note(format!(
        "GET@{DEPTH} of ours, {KEYS} keys of each set in one table. The keys collide in hashes that \
         have no seed; a table that is seeded should not notice."
    ));
    section.head(["keys", "CPU µs", "over random", "spread", "target"]);
    let figure = |set| Figure { group: GROUP, scenario: set, name: "cpu_us" };
    let random = bench.samples.all(figure(RANDOM), OURS);
    for (set, what) in SETS {
        let of_set = bench.samples.all(figure(set), OURS);
        let cpu = Spread::of(of_set.clone()).map_or(f64::NAN, |spread| spread.median);
        let ratios = of_set.iter().zip(&random).map(|(set, random)| set / random);
        let ratio = Spread::of(ratios.collect()).filter(|_| *set != RANDOM);
        let verdict = ratio.map(|ratio| {
            Verdict::new(GROUP, format!("{set} keys over random ones"), ratio, TARGET)
        });
        let cells = bench.judge(verdict);
        section.row([(*what).to_owned(), short(cpu)].into_iter().chain(cells));
    }
    section
}
