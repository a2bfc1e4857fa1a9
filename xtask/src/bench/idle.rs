//! What a connection costs that does nothing.

use anyhow::{Context, Result};

use super::Bench;
use super::contenders::OURS;
use super::report::Section;
use super::resident::Memory;
use super::samples::{Figure, Sample};
use super::verdict::{Target, Verdict, short};

const GROUP: &str = "idle";
const SCENARIO: &str = "idle connections";
const CONNECTIONS: usize = 10_000;

/// Descriptors of a server with that many clients, and some more.
const FILES: u64 = 2 * CONNECTIONS as u64;

/// Resident bytes of a connection of ours.
const TARGET: Target = Target::AtMost(4096.0);

pub(super) fn run(bench: &mut Bench) -> Result<Vec<Section>> {
    // Servers that are started from now on have it too.
    kv_load::idle::allow_files(FILES)?;
    let contenders = bench.contenders.clone();
    bench.progress.begin(GROUP, contenders.len() * bench.rounds);
    for round in 0..bench.rounds {
        for contender in &contenders {
            bench.step(&format!("{}, round {}", contender.name, round + 1))?;
            let args: &[&str] = if contender.is_ours() { &["--workers", "1"] } else { &[] };
            let server = contender.start(args)?;
            let before = Memory::after_rest(bench, &server)?;
            let held =
                bench.load.idle(&server, CONNECTIONS).with_context(|| contender.name.clone())?;
            let after = Memory::after_rest(bench, &server)?;
            drop(held);
            let each = (after.resident - before.resident) / CONNECTIONS as f64;
            bench.samples.push(Sample {
                group: GROUP,
                scenario: SCENARIO.to_owned(),
                contender: contender.name.clone(),
                round,
                figures: [("resident", each)].into(),
            });
        }
    }
    let mut section = Section::new("Idle connections: resident bytes each");
    section.note(format!(
        "{CONNECTIONS} connections that have asked once and been answered. The kernel's own part of a \
         connection is not in it."
    ));
    section.head(["server", "bytes", "spread", "target"]);
    let figure = Figure { group: GROUP, scenario: SCENARIO, name: "resident" };
    for contender in &contenders {
        let Some(spread) = bench.samples.spread(figure, &contender.name) else { continue };
        if contender.name == OURS {
            let verdict =
                Verdict::new(GROUP, "resident bytes of an idle connection", spread, TARGET);
            let cells = bench.judge(Some(verdict));
            section.row([OURS.to_owned()].into_iter().chain(cells));
        } else {
            let range = format!("{} – {}", short(spread.least), short(spread.most));
            section.row([contender.name.clone(), short(spread.median), range, "–".to_owned()]);
        }
    }
    Ok(vec![section])
}
