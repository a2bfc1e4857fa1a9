//! The command line.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::{Args, Parser, Subcommand};
use kv_load::closed::{Bound, Closed};
use kv_load::floor::Kind;
use kv_load::hostile::KeySet;
use kv_load::keys::Keys;
use kv_load::open::Open;
use kv_load::recipe::{Recipe, Verb};

#[derive(Parser)]
#[command(name = "kv-load", version, about = "Load for servers that speak RESP")]
pub(crate) struct Cli {
    /// Core to stay on.
    #[arg(long, global = true)]
    pub(crate) core: Option<usize>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Closed loop: as many requests as the server answers.
    Closed(ClosedOptions),
    /// Sets keys one after another.
    Fill(FillOptions),
    /// Open loop: requests on a schedule; latencies.
    Open(OpenOptions),
    /// Holds connections that do nothing until the standard input ends.
    Idle {
        /// The server.
        server: SocketAddr,
        /// How many.
        #[arg(long, default_value_t = 10_000)]
        connections: usize,
    },
    /// A server that answers without thinking; it prints its address first.
    Floor(FloorOptions),
}

/// Bytes of a value and the beginning of keys.
#[derive(Args)]
struct Data {
    /// Bytes of a value.
    #[arg(long, default_value_t = 64)]
    value: usize,
    /// First four bytes of each key.
    #[arg(long, default_value = "key:")]
    prefix: String,
}

#[derive(Args)]
pub(crate) struct ClosedOptions {
    /// The server.
    server: SocketAddr,
    /// What to ask.
    #[arg(long, default_value = "get")]
    recipe: Verb,
    #[command(flatten)]
    data: Data,
    /// Distinct keys.
    #[arg(long, default_value_t = 100_000)]
    keys: u64,
    /// Keys of a set instead of numbered ones.
    #[arg(long)]
    key_set: Option<KeySet>,
    /// Where random keys begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Connections.
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// Requests sent at a time.
    #[arg(long, default_value_t = 1)]
    depth: usize,
    /// Requests in all.
    #[arg(long, conflicts_with = "seconds")]
    requests: Option<u64>,
    /// Time, if no number of requests is given.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Time before the measurement.
    #[arg(long, default_value_t = 0.0)]
    warm_up: f64,
    /// Database.
    #[arg(long, default_value_t = 0)]
    db: u32,
    /// Process whose CPU time to report per request.
    #[arg(long)]
    watch: Option<u32>,
}

impl ClosedOptions {
    pub(crate) fn load(self) -> Result<Closed> {
        let keys = match self.key_set {
            Some(set) => Keys::listed(set, self.keys as usize, self.seed)?,
            None => Keys::uniform(&self.data.prefix, self.keys, self.seed)?,
        };
        Ok(Closed {
            server: self.server,
            connections: self.connections,
            depth: self.depth,
            recipe: Recipe::new(self.recipe, self.data.value),
            keys,
            database: self.db,
            warm_up: Duration::try_from_secs_f64(self.warm_up)?,
            bound: match self.requests {
                Some(requests) => Bound::Requests(requests),
                None => Bound::Time(Duration::try_from_secs_f64(self.seconds)?),
            },
            watch: self.watch,
        })
    }
}

#[derive(Args)]
pub(crate) struct FillOptions {
    /// The server.
    server: SocketAddr,
    #[command(flatten)]
    data: Data,
    /// Number of the first key.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Number of the first key that is not set any more.
    #[arg(long)]
    to: u64,
    /// Keys of a set instead of numbered ones.
    #[arg(long)]
    key_set: Option<KeySet>,
    /// Milliseconds that each key lives.
    #[arg(long)]
    ttl: Option<u64>,
    /// Connections.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// Requests sent at a time.
    #[arg(long, default_value_t = 128)]
    depth: usize,
    /// Database.
    #[arg(long, default_value_t = 0)]
    db: u32,
    /// Process whose CPU time to report per request.
    #[arg(long)]
    watch: Option<u32>,
}

impl FillOptions {
    pub(crate) fn load(self) -> Result<Closed> {
        ensure!(self.from < self.to, "there are no keys from {} to {}", self.from, self.to);
        let count = self.to - self.from;
        let keys = match self.key_set {
            Some(set) => Keys::listed_in_order(set, count as usize)?,
            None => Keys::sequence(&self.data.prefix, self.from)?,
        };
        Ok(Closed {
            server: self.server,
            connections: self.connections,
            depth: self.depth,
            recipe: Recipe { verb: Verb::Set, value_bytes: self.data.value, ttl_ms: self.ttl },
            keys,
            database: self.db,
            warm_up: Duration::ZERO,
            bound: Bound::Requests(count),
            watch: self.watch,
        })
    }
}

#[derive(Args)]
pub(crate) struct OpenOptions {
    /// The server.
    server: SocketAddr,
    #[command(flatten)]
    data: Data,
    /// Requests a second.
    #[arg(long)]
    rate: f64,
    /// For how long.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// How many of 100 requests are GET; the others are SET.
    #[arg(long, default_value_t = 50)]
    get_percent: u8,
    /// Keys that are there; GET asks for these.
    #[arg(long, default_value_t = 100_000)]
    keys: u64,
    /// SET makes new keys from this number on, instead of overwriting those that are there.
    #[arg(long)]
    new_from: Option<u64>,
    /// Connections.
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// Process whose CPU time to report per request.
    #[arg(long)]
    watch: Option<u32>,
}

impl OpenOptions {
    pub(crate) fn load(self) -> Result<Open> {
        let prefix = &self.data.prefix;
        Ok(Open {
            server: self.server,
            connections: self.connections,
            rate: self.rate,
            time: Duration::try_from_secs_f64(self.seconds)?,
            get_percent: self.get_percent,
            value_bytes: self.data.value,
            read: Keys::uniform(prefix, self.keys, 1)?,
            written: match self.new_from {
                Some(first) => Keys::sequence(prefix, first)?,
                None => Keys::uniform(prefix, self.keys, 2)?,
            },
            watch: self.watch,
        })
    }
}

#[derive(Args)]
pub(crate) struct FloorOptions {
    /// What it is built on.
    #[arg(long, default_value = "epoll")]
    pub(crate) kind: Kind,
    /// Requests to answer; several if their numbers of arguments differ.
    #[arg(long, default_value = "get")]
    recipe: Vec<Verb>,
    /// Bytes of a value.
    #[arg(long, default_value_t = 64)]
    value: usize,
}

impl FloorOptions {
    pub(crate) fn recipes(&self) -> Vec<Recipe> {
        self.recipe.iter().map(|verb| Recipe::new(*verb, self.value)).collect()
    }
}
