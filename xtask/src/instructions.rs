//! Instructions that a request takes, counted by valgrind: a gate that the machine's mood can't fool.
//!
//! The example `replay` of kv-store runs recorded requests through codec and engine. It is run for two
//! numbers of rounds under callgrind; the difference, by request, is what a request takes, without the
//! filling of the store. The counts are compared with `xtask/instructions.toml`; one that is more than
//! [`TOLERANCE`] per cent worse fails, unless the baseline is moved in the same change, with a reason.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::interop::tools::on_path;
use crate::workspace::{self, cargo};

/// What is replayed, at a pipeline depth.
const SCENARIOS: [&str; 6] = ["get", "set", "mget10", "mset10", "incr", "lpush+lpop"];
const DEPTHS: [u32; 2] = [1, 64];

/// Rounds of the two runs. A round is the same number of requests at any depth.
const ROUNDS: (u64, u64) = (2, 6);

/// Per cent of the baseline by which a count may be worse.
const TOLERANCE: u64 = 3;

/// Counts by scenario and depth, as in `get@64`.
type Counts = BTreeMap<String, u64>;

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Writes the counts as the new baseline, for this reason.
    #[arg(long, value_name = "REASON")]
    rebase: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let counts = count()?;
    let path = workspace::root().join("xtask/instructions.toml");
    if let Some(reason) = &options.rebase {
        ensure!(!reason.trim().is_empty(), "a baseline is moved for a reason");
        fs::write(&path, render(&counts, reason)).context("cannot write the baseline")?;
        println!("{} is moved", path.display());
        return Ok(());
    }
    let text = fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))?;
    let (table, worse) = compare(&parse(&text)?, &counts)?;
    println!("{table}");
    if !worse.is_empty() {
        bail!(
            "more than {} % worse than xtask/instructions.toml: {}. If that is worth it, move the \
             baseline in the same change: cargo xtask instructions --rebase REASON",
            TOLERANCE,
            worse.join(", ")
        );
    }
    Ok(())
}

/// Builds the example and counts every scenario.
fn count() -> Result<Counts> {
    let valgrind = on_path("valgrind")?;
    workspace::run(&mut cargo(&["build", "--release", "-p", "kv-store", "--example", "replay"]))?;
    let replay = workspace::target().join("release/examples/replay");
    let mut counts = Counts::new();
    for scenario in SCENARIOS {
        for depth in DEPTHS {
            let (few, requests_of_few) = callgrind(&valgrind, &replay, scenario, depth, ROUNDS.0)?;
            let (many, requests_of_many) =
                callgrind(&valgrind, &replay, scenario, depth, ROUNDS.1)?;
            let per_request = (many - few) / (requests_of_many - requests_of_few);
            counts.insert(format!("{scenario}@{depth}"), per_request);
        }
    }
    Ok(counts)
}

/// One run under callgrind: instructions of the whole program, and requests that it replayed.
fn callgrind(
    valgrind: &Path,
    replay: &PathBuf,
    scenario: &str,
    depth: u32,
    rounds: u64,
) -> Result<(u64, u64)> {
    let mut command = Command::new(valgrind);
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(replay);
    command.args([scenario, &depth.to_string(), &rounds.to_string()]);
    let output = command.output().context("cannot run valgrind")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "replay {scenario} under valgrind: {errors}");
    // `==123== Collected : 456`
    let collected = errors.lines().find_map(|line| line.split("Collected : ").nth(1));
    let instructions = collected.and_then(|count| count.trim().parse().ok());
    let instructions = instructions.with_context(|| format!("no count in:\n{errors}"))?;
    let requests = String::from_utf8_lossy(&output.stdout).trim().parse();
    Ok((instructions, requests.context("replay prints how many requests it ran")?))
}

/// The baseline as a file.
fn render(counts: &Counts, reason: &str) -> String {
    let mut text = "# Instructions of a request, by scenario and pipeline depth. Written by\n\
                    # `cargo xtask instructions --rebase REASON`; do not edit.\n"
        .to_owned();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "reason = {:?}\n\n[instructions]", reason.trim());
    for (name, count) in counts {
        let _ = writeln!(text, "{name:?} = {count}");
    }
    text
}

fn parse(text: &str) -> Result<Counts> {
    let table: toml::Table = text.parse().context("xtask/instructions.toml")?;
    let rows = table.get("instructions").and_then(toml::Value::as_table);
    let rows = rows.context("xtask/instructions.toml has no table `instructions`")?;
    let row = |(name, count): (&String, &toml::Value)| {
        let count = count.as_integer().and_then(|count| u64::try_from(count).ok());
        Ok((name.clone(), count.with_context(|| format!("{name} has no count"))?))
    };
    rows.iter().map(row).collect()
}

/// The counts beside the baseline as a table, and what is worse than allowed.
fn compare(baseline: &Counts, counts: &Counts) -> Result<(String, Vec<String>)> {
    ensure!(
        baseline.keys().eq(counts.keys()),
        "the baseline has other scenarios: cargo xtask instructions --rebase REASON"
    );
    let mut table = "| request | baseline | now | change |\n|---|---|---|---|\n".to_owned();
    let mut worse = Vec::new();
    for (name, &now) in counts {
        let before = baseline[name];
        let change = now as f64 / before as f64 - 1.0;
        let _ = writeln!(table, "| {name} | {before} | {now} | {:+.1} % |", change * 100.0);
        if now * 100 > before * (100 + TOLERANCE) {
            worse.push(format!("{name} ({:+.1} %)", change * 100.0));
        }
    }
    Ok((table, worse))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: &[(&str, u64)]) -> Counts {
        rows.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn a_baseline_reads_as_it_was_written() {
        let written = counts(&[("get@1", 1300), ("set@64", 900)]);
        let text = render(&written, "the \"first\" one\n");
        assert!(text.contains("reason = \"the \\\"first\\\" one\""), "{text}");
        assert_eq!(parse(&text).unwrap(), written);
        assert!(parse("reason = \"none\"").is_err());
        assert!(parse("[instructions]\n\"get@1\" = -1").is_err());
    }

    #[test]
    fn three_per_cent_are_allowed_and_no_more() {
        let baseline = counts(&[("get@1", 1000), ("set@1", 1000)]);
        let worse = |get, set| {
            let now = counts(&[("get@1", get), ("set@1", set)]);
            compare(&baseline, &now).unwrap().1
        };
        assert_eq!(worse(1030, 500), [""; 0]);
        assert_eq!(worse(1031, 500), ["get@1 (+3.1 %)"]);
        assert!(compare(&baseline, &counts(&[("get@1", 1000)])).is_err());
    }

    #[test]
    fn the_committed_baseline_has_every_scenario() {
        let names = SCENARIOS.iter().flat_map(|s| DEPTHS.iter().map(move |d| format!("{s}@{d}")));
        let names: std::collections::BTreeSet<String> = names.collect();
        let committed = parse(include_str!("../instructions.toml")).unwrap();
        assert!(committed.keys().eq(&names), "{committed:?}");
    }
}
