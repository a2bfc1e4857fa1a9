//! The requests that are measured, and the figures to reach, as rows.

use super::verdict::Target;

/// What must be there before a load.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Data {
    /// The request that makes it, and how often it is sent.
    pub(super) recipe: &'static str,
    pub(super) sendings: u64,
}

const SMALL: Data = Data { recipe: SET, sendings: 100_000 };
const MANY: Data = Data { recipe: "SET ten:{n} {#64} -> +OK", sendings: 10_000_000 };
const LONG: Data = Data { recipe: "SET 16k:{n} {#16384} -> +OK", sendings: 1000 };
const HUGE: Data = Data { recipe: "SET 1mb:{n} {#1048576} -> +OK", sendings: 16 };

/// A kind of load.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) recipe: &'static str,
    pub(super) depth: usize,
    pub(super) connections: usize,
    /// None if the load makes what it needs by itself.
    pub(super) data: Option<Data>,
    /// Our CPU time of a request over the best peer's.
    pub(super) target: Target,
    /// A floor's CPU time over ours, where floors are measured.
    pub(super) efficiency: Option<Target>,
}

/// Sendings above which data takes minutes to load and gigabytes to hold.
const HEAVY: u64 = 5_000_000;

impl Scenario {
    /// Whether its data is too much for a short look.
    pub(super) fn is_heavy(&self) -> bool {
        self.data.is_some_and(|data| data.sendings > HEAVY)
    }
}

/// A load at that depth on 50 connections.
pub(super) const fn row(
    name: &'static str,
    recipe: &'static str,
    depth: usize,
    data: Option<Data>,
    target: f64,
) -> Scenario {
    let target = Target::AtMost(target);
    Scenario { name, recipe, depth, connections: 50, data, target, efficiency: None }
}

const fn with_floor(mut scenario: Scenario, efficiency: f64) -> Scenario {
    scenario.efficiency = Some(Target::AtLeast(efficiency));
    scenario
}

const fn on_few(mut scenario: Scenario) -> Scenario {
    scenario.connections = 4;
    scenario
}

const SET: &str = "SET key:{n} {#64} -> +OK";
const GET_SMALL: &str = "GET key:{r%100000} -> $64";
const SET_SMALL: &str = "SET key:{r%100000} {#64} -> +OK";
const MGET_10: &str = "MGET key:{a%100000} key:{b%100000} key:{c%100000} key:{d%100000} \
    key:{e%100000} key:{f%100000} key:{g%100000} key:{h%100000} key:{i%100000} key:{j%100000} \
    -> *10 $64";
const MSET_10: &str = "MSET key:{a%100000} {#64} key:{b%100000} {#64} key:{c%100000} {#64} \
    key:{d%100000} {#64} key:{e%100000} {#64} key:{f%100000} {#64} key:{g%100000} {#64} \
    key:{h%100000} {#64} key:{i%100000} {#64} key:{j%100000} {#64} -> +OK";

/// Per core. What holds gigabytes comes last.
pub(super) const REQUESTS: &[Scenario] = &[
    with_floor(row("GET@1", GET_SMALL, 1, Some(SMALL), 0.90), 0.82),
    with_floor(row("SET@1", SET_SMALL, 1, Some(SMALL), 0.90), 0.82),
    row("INCR@1", "INCR num:{r%100000} -> :", 1, None, 0.90),
    with_floor(row("GET@16", GET_SMALL, 16, Some(SMALL), 0.55), 0.60),
    with_floor(row("SET@16", SET_SMALL, 16, Some(SMALL), 0.50), 0.60),
    with_floor(row("GET@64", GET_SMALL, 64, Some(SMALL), 0.35), 0.45),
    with_floor(row("SET@64", SET_SMALL, 64, Some(SMALL), 0.35), 0.45),
    row("MGET10@16", MGET_10, 16, Some(SMALL), 0.40),
    row("MSET10@16", MSET_10, 16, Some(SMALL), 0.40),
    row("GET-16KiB@1", "GET 16k:{r%1000} -> $16384", 1, Some(LONG), 0.95),
    on_few(row("GET-1MiB@1", "GET 1mb:{r%16} -> $1048576", 1, Some(HUGE), 0.95)),
    row("GET-10M@64", "GET ten:{r%10000000} -> $64", 64, Some(MANY), 0.50),
    row("SET-10M@64", "SET ten:{r%10000000} {#64} -> +OK", 64, Some(MANY), 0.50),
];

const fn fast(name: &'static str, recipe: &'static str, depth: usize) -> Scenario {
    let mut scenario = row(name, recipe, depth, Some(SMALL), 0.0);
    scenario.target = Target::AtLeast(1.6);
    scenario
}

/// On all cores; the target is our requests per second over the best peer's.
pub(super) const THROUGHPUT: &[Scenario] = &[
    fast("GET@16", GET_SMALL, 16),
    fast("SET@16", SET_SMALL, 16),
    fast("GET@64", GET_SMALL, 64),
    fast("SET@64", SET_SMALL, 64),
];

#[cfg(test)]
mod tests {
    use kv_load::recipe::Recipe;

    use super::*;
    use crate::bench::types::rows::TYPES;

    #[test]
    fn names_are_unique_and_tell_the_depth() {
        for list in [REQUESTS, THROUGHPUT, TYPES] {
            let names: std::collections::BTreeSet<_> = list.iter().map(|row| row.name).collect();
            assert_eq!(names.len(), list.len());
            assert!(list.iter().all(|row| row.name.ends_with(&format!("@{}", row.depth))));
        }
    }

    #[test]
    fn recipes_can_be_read_and_a_batch_is_of_whole_ones() {
        for row in [REQUESTS, THROUGHPUT, TYPES].concat() {
            let recipe: Recipe = row.recipe.parse().unwrap();
            assert!(row.depth.is_multiple_of(recipe.requests()), "{}", row.name);
            assert!(row.data.is_none_or(|data| data.recipe.parse::<Recipe>().is_ok()));
        }
    }
}
