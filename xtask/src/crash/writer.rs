//! A connection that writes until the server is gone, and what it remembers of it.

use std::time::{Duration, Instant};

use anyhow::Result;
use fastrand::Rng;
use kv_protocol::Frame;
use kv_store::{Clock, SystemClock};

use super::op::Op;
use super::state::{State, database, prefix};
use super::wire::{Wire, encode};

/// Keys with a deadline that no run reaches: a day.
const LATER_MS: u64 = 86_400_000;

/// The longest that a key lives that ends before anybody looks.
pub(super) const BRIEFLY_MS: u64 = 100;

/// How many requests are sent at once at most, by every other writer.
const PIPELINE: usize = 16;

/// A request.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) op: Op,
    /// Since the round began.
    pub(super) sent: Duration,
    /// When the reply came, and which.
    pub(super) acknowledged: Option<(Duration, Frame)>,
}

/// All of a round, in the order in which they were sent: those that were acknowledged come first.
pub(super) type History = Vec<Entry>;

/// A writer over the rounds on one directory.
#[derive(Debug)]
pub(super) struct Writer {
    number: usize,
    random: Rng,
    /// Whether its database is another than that of the shared list.
    is_elsewhere: bool,
    /// Values increase and are never used twice.
    value: u64,
    /// The name that the key has at the moment which is renamed.
    name: Option<usize>,
}

impl Writer {
    pub(super) fn new(number: usize, random: Rng) -> Writer {
        let is_elsewhere = database(number) != "0";
        Writer { number, random, is_elsewhere, value: 0, name: None }
    }

    /// Writes until the server is gone.
    ///
    /// # Errors
    /// If the server answers an error, or is there and does not answer.
    pub(super) fn write(
        &mut self,
        mut wire: Wire,
        base: &State,
        start: Instant,
    ) -> Result<History> {
        self.name = (0..NAMES).find(|name| base.get(&self.key("name", *name)).is_some());
        let mut history = Vec::new();
        let mut bytes = Vec::new();
        loop {
            let count = if self.pipelines() { self.random.usize(1..=PIPELINE) } else { 1 };
            bytes.clear();
            let (first, sent) = (history.len(), start.elapsed());
            for _ in 0..count {
                let op = self.next();
                encode(&op.words(), &mut bytes);
                history.push(Entry { op, sent, acknowledged: None });
            }
            if !wire.send(&bytes) {
                return Ok(history);
            }
            for entry in &mut history[first..] {
                let Some(reply) = wire.receive()? else { return Ok(history) };
                if let Frame::Error(error) = &reply {
                    let request = entry.op.words().join(" ");
                    anyhow::bail!("{request}: {}", String::from_utf8_lossy(error));
                }
                entry.acknowledged = Some((start.elapsed(), reply));
            }
        }
    }

    fn pipelines(&self) -> bool {
        self.number % 2 == 1
    }

    fn key(&self, kind: &str, number: usize) -> String {
        format!("{}{kind}:{number}", prefix(self.number))
    }

    fn any(&mut self, kind: &str, of: usize) -> String {
        let number = self.random.usize(0..of);
        self.key(kind, number)
    }

    /// Some of the keys that are set and deleted together.
    fn several(&mut self) -> Vec<String> {
        let (first, count) = (self.random.usize(0..TOGETHER), self.random.usize(2..=TOGETHER / 2));
        (first..first + count).map(|number| self.key("all", number % TOGETHER)).collect()
    }

    fn next(&mut self) -> Op {
        self.value += 1;
        let value = self.value;
        match self.random.u8(0..26) {
            0..=4 => Op::Set { key: self.any("set", 32), value },
            5 => {
                let at = SystemClock.now_us() / 1000 + LATER_MS;
                Op::SetUntil { key: self.any("until", 8), value, at }
            }
            6 => {
                let ms = self.random.u64(1..=BRIEFLY_MS);
                Op::SetBriefly { key: self.any("brief", 32), value, ms }
            }
            7 | 8 => Op::Incr { key: self.any("count", 4) },
            9..=11 => Op::SetAll { keys: self.several(), value },
            12 => Op::DeleteAll { keys: self.several() },
            13 | 14 => match self.name {
                None => {
                    self.name = Some(0);
                    Op::Set { key: self.key("name", 0), value }
                }
                Some(name) => {
                    let next = (name + 1) % NAMES;
                    self.name = Some(next);
                    Op::Rename { from: self.key("name", name), to: self.key("name", next) }
                }
            },
            15 => Op::Push { key: self.key("numbers", (value / PER_LIST) as usize), value },
            16 => Op::Push { key: self.key("ring", 0), value },
            17 | 18 => {
                let from = self.random.usize(0..2);
                Op::Move { from: self.key("ring", from), to: self.key("ring", 1 - from) }
            }
            19 => Op::Trim { key: self.any("ring", 2), last: 50 },
            20 => Op::Add { key: self.key("pool", 0), value },
            21 => Op::Pop { key: self.key("pool", 0) },
            // Of several that were not answered it could not be told which began the key anew.
            22..=24 if self.pipelines() => Op::Incr { key: self.any("count", 4) },
            22 | 23 => Op::Append { key: self.key("phoenix", 0) },
            24 => Op::Expire { key: self.key("phoenix", 0), ms: self.random.u64(1..=20) },
            _ if self.is_elsewhere => Op::Incr { key: self.any("count", 4) },
            _ => Op::PushShared { writer: self.number, value },
        }
    }
}

/// Keys that are set and deleted together, names that a key takes in turn, and what goes to one list.
const TOGETHER: usize = 12;
const NAMES: usize = 8;
const PER_LIST: u64 = 4000;
