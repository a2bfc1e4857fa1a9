//! What keeping data costs: writes that are logged, snapshots under load, and loading it all again.

mod disk;
mod loading;
mod snapshot;
mod tree;
mod writes;

use anyhow::Result;

use super::Bench;
use super::ask::Asker;
use super::contenders::Contender;
use super::report::Section;
use super::verdict::{Target, Verdict};
use crate::server::Server;
use disk::Disk;

const GROUP: &str = "durability";

/// Peers that take part: the first one that is found, which is the newest Redis.
const PEERS: usize = 1;

/// Measures something, and shows it in a table.
type Part = fn(&mut Bench, &[Contender], &Disk) -> Result<Section>;

/// Fills a server, each key once.
const SET: &str = "SET key:{n} {#64} -> +OK";

pub(super) fn run(bench: &mut Bench) -> Result<Vec<Section>> {
    let contenders = bench.leading(PEERS);
    let disk = Disk::look()?;
    let parts: [(&str, Part); 3] = [
        ("Durability, writes that are logged", writes::run),
        ("Durability, snapshots under load", snapshot::run),
        ("Durability, loading", loading::run),
    ];
    let mut sections = Vec::new();
    for (what, part) in parts {
        match part(bench, &contenders, &disk) {
            // Of what nobody wants there are no rows.
            Ok(section) => sections.extend(section.has_rows().then_some(section)),
            Err(error) => {
                bench.interrupt.check()?;
                sections.push(bench.not_measured(what, &error));
            }
        }
    }
    Ok(sections)
}

/// Keys in what is kept.
fn keys(bench: &Bench) -> u64 {
    if bench.quick { 300_000 } else { 5_000_000 }
}

/// The peer that ours is compared with.
fn peer(contenders: &[Contender]) -> Option<&Contender> {
    contenders.iter().find(|contender| !contender.is_ours())
}

/// Lets a server's log grow: none of them compacts it while it is measured.
fn never_rewrite(server: &Server) -> Result<()> {
    // Who does not know the setting has nothing to switch off.
    let _ = Asker::connect(server.redis)?.ask("CONFIG SET auto-aof-rewrite-percentage 0");
    Ok(())
}

/// A verdict about one over the other in a figure of a scenario, if both were measured.
fn compared(
    bench: &Bench,
    scenario: &str,
    name: &'static str,
    (over, under): (&str, &str),
    what: &str,
    target: Target,
) -> Option<Verdict> {
    let figure = super::samples::Figure { group: GROUP, scenario, name };
    let ratio = bench.samples.ratio(figure, over, under)?;
    Some(Verdict::new(GROUP, what, ratio, target))
}

/// Who was measured.
fn about(contenders: &[Contender]) -> String {
    let each = contenders.iter().map(|one| format!("{} is {}", one.name, one.program.version));
    each.collect::<Vec<_>>().join(", ")
}
