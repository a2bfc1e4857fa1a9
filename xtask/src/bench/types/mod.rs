//! Collections: the cost of what is asked of them, and the memory of their elements.

mod elements;
pub(super) mod rows;

use anyhow::Result;

use super::Bench;
use super::report::Section;
use super::requests;

const GROUP: &str = "types";

/// Peers in a quick run.
const QUICK_PEERS: usize = 2;

pub(super) fn run(bench: &mut Bench) -> Result<Vec<Section>> {
    let contenders =
        if bench.quick { bench.leading(QUICK_PEERS) } else { bench.contenders.clone() };
    let mut section = Section::new("Types: CPU time of what is asked of collections");
    section.note(
        "Measured as requests are: server on one core with one worker, load on another, 50 connections, a \
         pipeline of 16; a cell is the server's CPU microseconds per request, then requests per second; \
         medians. Keys, members, items and values have 16 bytes. 100,000 hashes of 10 fields (-1M: one \
         hash of a million fields); 8 sets and 8 sorted sets of 100,000 members; 1,000 lists of 1,000 \
         items; intersections of two sets of 1,000 with 500 in common. SADD is of members that are \
         there, SADD+SREM of others; ZADD changes scores; ranges begin at random ranks, -top10 at the \
         first. Of two requests together the figure is the mean.",
    );
    requests::compare(bench, GROUP, &contenders, rows::TYPES, &mut section)?;
    Ok(vec![section, elements::run(bench, &contenders)?])
}
