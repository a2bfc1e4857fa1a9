//! Resident bytes of an element of a collection.

use anyhow::{Context, Result};

use super::GROUP;
use super::rows::{ELEMENTS, Elements};
use crate::bench::Bench;
use crate::bench::ask::lacking;
use crate::bench::contenders::{Contender, OURS};
use crate::bench::report::Section;
use crate::bench::resident::Memory;
use crate::bench::samples::{Figure, Sample};
use crate::bench::verdict::{Target, Verdict, short};

/// What a quick run divides the numbers of elements by.
const QUICK: u64 = 10;

pub(super) fn run(bench: &mut Bench, contenders: &[Contender]) -> Result<Section> {
    let wanted: Vec<Elements> =
        ELEMENTS.iter().filter(|row| bench.wants(row.name)).copied().collect();
    let mut section = Section::new("Types: resident bytes per element");
    section.note(
        "Members, items and values of 16 bytes; scores are random numbers between 0 and 1. Resident bytes \
         after a short rest less those of the empty server, over the number of elements; in brackets what \
         the server itself says, in `INFO`. The ratio is ours over the best peer's.",
    );
    bench.progress.begin(GROUP, wanted.len() * contenders.len());
    for row in &wanted {
        for contender in contenders {
            bench.step(&format!("{} {}", row.name, contender.name))?;
            measure(bench, row, contender, &mut section)
                .with_context(|| format!("{}: {}", row.name, contender.name))?;
        }
    }
    let names: Vec<&str> = contenders.iter().map(|contender| contender.name.as_str()).collect();
    table(bench, &wanted, &names, &mut section);
    Ok(section)
}

fn measure(
    bench: &mut Bench,
    row: &Elements,
    contender: &Contender,
    section: &mut Section,
) -> Result<()> {
    let server = contender.start(if contender.is_ours() { &["--workers", "1"] } else { &[] })?;
    let lacking = lacking(server.redis, &[row.recipe])?;
    if !lacking.is_empty() {
        section.lacks(&contender.name, lacking);
        return Ok(());
    }
    let empty = Memory::after_rest(bench, &server)?;
    let sendings = if bench.quick { row.sendings / QUICK } else { row.sendings };
    bench.load.fill(&server, row.recipe, sendings, 0)?;
    let full = Memory::after_rest(bench, &server)?;
    let each = |full: f64, empty: f64| (full - empty) / (sendings * row.each) as f64;
    let figures =
        [("resident", each(full.resident, empty.resident)), ("used", each(full.used, empty.used))];
    bench.samples.push(Sample {
        group: GROUP,
        scenario: row.name.to_owned(),
        contender: contender.name.clone(),
        round: 0,
        figures: figures.into(),
    });
    Ok(())
}

fn table(bench: &mut Bench, rows: &[Elements], names: &[&str], section: &mut Section) {
    let head = ["row", "elements"].into_iter().chain(names.iter().copied());
    section.head(head.chain(["ours ÷ best", "target"]));
    for row in rows {
        let figure = |name| Figure { group: GROUP, scenario: row.name, name };
        let mut cells = vec![row.name.to_owned(), row.what.to_owned()];
        for name in names {
            let resident = bench.samples.median(figure("resident"), name);
            let used = bench.samples.median(figure("used"), name);
            cells.push(match resident.zip(used) {
                Some((resident, used)) => format!("{} ({})", short(resident), short(used)),
                None => "–".to_owned(),
            });
        }
        let peers = names.iter().copied().filter(|name| *name != OURS);
        let best = bench.samples.best(figure("resident"), peers, false);
        let ratio = best.and_then(|best| bench.samples.ratio(figure("resident"), OURS, best));
        let what = format!("{}: bytes of an element over the best peer's", row.name);
        match row.target {
            Some(target) => {
                let target = Target::AtMost(target);
                let verdict = ratio.map(|ratio| Verdict::new(GROUP, what, ratio, target));
                let [ratio, _, target] = bench.judge(verdict);
                cells.extend([ratio, target]);
            }
            None => {
                let ratio = ratio.map_or("–".to_owned(), |ratio| short(ratio.median));
                cells.extend([ratio, "–".to_owned()]);
            }
        }
        section.row(cells);
    }
}
