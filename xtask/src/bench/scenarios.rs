//! The requests that are measured, and the figures to reach, as rows.

use kv_load::recipe::Verb;

use super::verdict::Target;

/// Keys that must be there before a load.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Data {
    /// First four bytes of each key, so that data of different kinds lie beside each other.
    pub(super) prefix: &'static str,
    pub(super) keys: u64,
    pub(super) value: usize,
}

const SMALL: Data = Data { prefix: "key:", keys: 100_000, value: 64 };
const COUNTERS: Data = Data { prefix: "num:", keys: 100_000, value: 0 };
const MANY: Data = Data { prefix: "ten:", keys: 10_000_000, value: 64 };
const LONG: Data = Data { prefix: "16k:", keys: 1000, value: 16 << 10 };
const HUGE: Data = Data { prefix: "1mb:", keys: 16, value: 1 << 20 };

/// A kind of load.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) verb: Verb,
    pub(super) depth: usize,
    pub(super) connections: usize,
    pub(super) data: Data,
    /// Our CPU time of a request over the best peer's.
    pub(super) target: Target,
    /// A floor's CPU time over ours, where floors are measured.
    pub(super) efficiency: Option<Target>,
}

impl Scenario {
    /// Whether it takes minutes to prepare and gigabytes to hold.
    pub(super) fn is_heavy(&self) -> bool {
        self.data == MANY
    }

    /// Whether its keys must be set before; counters begin by themselves.
    pub(super) fn needs_data(&self) -> bool {
        self.verb != Verb::Incr
    }
}

const fn row(name: &'static str, verb: Verb, depth: usize, data: Data, target: f64) -> Scenario {
    let target = Target::AtMost(target);
    Scenario { name, verb, depth, connections: 50, data, target, efficiency: None }
}

const fn with_floor(mut scenario: Scenario, efficiency: f64) -> Scenario {
    scenario.efficiency = Some(Target::AtLeast(efficiency));
    scenario
}

const fn on_few(mut scenario: Scenario) -> Scenario {
    scenario.connections = 4;
    scenario
}

/// Per core. What holds gigabytes comes last.
pub(super) const REQUESTS: &[Scenario] = &[
    with_floor(row("GET@1", Verb::Get, 1, SMALL, 0.90), 0.82),
    with_floor(row("SET@1", Verb::Set, 1, SMALL, 0.90), 0.82),
    row("INCR@1", Verb::Incr, 1, COUNTERS, 0.90),
    with_floor(row("GET@16", Verb::Get, 16, SMALL, 0.55), 0.60),
    with_floor(row("SET@16", Verb::Set, 16, SMALL, 0.50), 0.60),
    with_floor(row("GET@64", Verb::Get, 64, SMALL, 0.35), 0.45),
    with_floor(row("SET@64", Verb::Set, 64, SMALL, 0.35), 0.45),
    row("MGET10@16", Verb::Mget10, 16, SMALL, 0.40),
    row("MSET10@16", Verb::Mset10, 16, SMALL, 0.40),
    row("GET-16KiB@1", Verb::Get, 1, LONG, 0.95),
    on_few(row("GET-1MiB@1", Verb::Get, 1, HUGE, 0.95)),
    row("GET-10M@64", Verb::Get, 64, MANY, 0.50),
    row("SET-10M@64", Verb::Set, 64, MANY, 0.50),
];

const fn fast(name: &'static str, verb: Verb, depth: usize) -> Scenario {
    let mut scenario = row(name, verb, depth, SMALL, 0.0);
    scenario.target = Target::AtLeast(1.6);
    scenario
}

/// On all cores; the target is our requests per second over the best peer's.
pub(super) const THROUGHPUT: &[Scenario] = &[
    fast("GET@16", Verb::Get, 16),
    fast("SET@16", Verb::Set, 16),
    fast("GET@64", Verb::Get, 64),
    fast("SET@64", Verb::Set, 64),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_tell_the_depth() {
        for list in [REQUESTS, THROUGHPUT] {
            let names: std::collections::BTreeSet<_> = list.iter().map(|row| row.name).collect();
            assert_eq!(names.len(), list.len());
            assert!(list.iter().all(|row| row.name.ends_with(&format!("@{}", row.depth))));
        }
    }
}
