//! The report: tables in Markdown with links to the plots, and all samples as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use super::Bench;
use super::machine::Machine;
pub(super) use super::plots::Plot;

/// The tables of one group.
#[derive(Debug)]
pub(super) struct Section {
    title: String,
    notes: Vec<String>,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Commands that servers do not have, by server.
    lacking: BTreeMap<String, BTreeSet<String>>,
    plots: Vec<Plot>,
}

impl Section {
    pub(super) fn new(title: &str) -> Section {
        let (notes, head, rows, plots) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Section { title: title.to_owned(), notes, head, rows, lacking: BTreeMap::new(), plots }
    }

    /// A paragraph above the table.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    pub(super) fn head<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.head = cells.into_iter().map(Into::into).collect();
    }

    pub(super) fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Whether there is anything in its table.
    pub(super) fn has_rows(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Says that a server could not take part in something.
    pub(super) fn lacks(&mut self, server: &str, commands: impl IntoIterator<Item = String>) {
        self.lacking.entry(server.to_owned()).or_default().extend(commands);
    }

    pub(super) fn plot(&mut self, plot: Option<Plot>) {
        self.plots.extend(plot);
    }

    /// The section as Markdown. Writing to a String cannot fail.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!("## {}\n\n", self.title);
        for note in &self.notes {
            let _ = writeln!(text, "{note}\n");
        }
        if !self.rows.is_empty() {
            let _ = writeln!(text, "| {} |", self.head.join(" | "));
            let _ = writeln!(text, "|{}", "---|".repeat(self.head.len()));
        }
        for row in &self.rows {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        for (server, commands) in &self.lacking {
            let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
            let commands = commands.join(", ");
            let _ = writeln!(text, "\n{server} is left out where it lacks a command: {commands}.");
        }
        text
    }
}

/// What `report.json` has.
#[derive(Serialize)]
struct Json<'a> {
    quick: bool,
    rounds: usize,
    machine: &'a Machine,
    contenders: &'a [super::contenders::Contender],
    verdicts: &'a [super::verdict::Verdict],
    samples: &'a super::samples::Samples,
    series: &'a [super::plots::Series],
}

/// What a reader must know before any figure.
fn preface(bench: &Bench, machine: &Machine) -> String {
    let mut text = "# Benchmark report\n\n".to_owned();
    if bench.quick {
        text += "A quick run: short and noisy, to see that everything works. Do not cite it.\n\n";
    }
    let _ = writeln!(text, "Rounds: {}. How this is measured: docs/benchmarks.md.\n", bench.rounds);
    text += &machine.describe();
    text += "\n| contender | version | allocator | flags |\n|---|---|---|---|\n";
    for contender in &bench.contenders {
        let super::contenders::Contender { name, version, allocator, flags, .. } = contender;
        let _ = writeln!(text, "| {name} | {version} | {allocator} | `{flags}` |");
    }
    text
}

/// How many targets were reached, and the misses by name.
fn summary(bench: &Bench) -> String {
    let misses: Vec<_> = bench.verdicts.iter().filter(|verdict| !verdict.met).collect();
    let met = bench.verdicts.len() - misses.len();
    let mut text = format!("## Targets\n\n{met} of {} reached.\n", bench.verdicts.len());
    if !misses.is_empty() {
        text += "\n| missed | is | spread | should be |\n|---|---|---|---|\n";
    }
    for miss in misses {
        let [is, spread, target] = super::cells(miss);
        let _ = writeln!(text, "| {} | {is} | {spread} | {target} |", miss.what);
    }
    text
}

/// Writes `report.md`, `report.json` and the plots; returns what is printed.
pub(super) fn write(
    bench: &Bench,
    machine: &Machine,
    sections: &[Section],
    folder: &Path,
) -> Result<String> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let preface = preface(bench, machine);
    let (mut page, mut printed) = (preface.clone(), preface);
    for section in sections {
        let text = section.markdown();
        let _ = write!(printed, "\n{text}");
        let _ = write!(page, "\n{text}");
        for plot in &section.plots {
            plot.draw(folder)?;
            let _ = writeln!(page, "\n![{}]({})", plot.title, plot.file);
        }
    }
    let summary = summary(bench);
    let _ = write!(page, "\n{summary}");
    let _ = write!(printed, "\n{summary}");
    fs::write(folder.join("report.md"), page)?;
    let json = Json {
        quick: bench.quick,
        rounds: bench.rounds,
        machine,
        contenders: &bench.contenders,
        verdicts: &bench.verdicts,
        samples: &bench.samples,
        series: &bench.series,
    };
    fs::write(folder.join("report.json"), serde_json::to_string_pretty(&json)?)?;
    Ok(printed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_a_table_in_markdown() {
        let mut section = Section::new("Title");
        section.note("A note.");
        section.head(["a", "b"]);
        section.row(["1", "2"]);
        let expected = "## Title\n\nA note.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
        assert_eq!(section.markdown(), expected);
        section.lacks("kv", ["B".to_owned(), "A".to_owned()]);
        section.lacks("kv", ["A".to_owned()]);
        let expected = format!("{expected}\nkv is left out where it lacks a command: A, B.\n");
        assert_eq!(section.markdown(), expected);
    }
}
