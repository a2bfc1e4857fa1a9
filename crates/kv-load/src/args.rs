//! The command line.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Parser, Subcommand};
use kv_load::closed::{Bound, Closed};
use kv_load::floor::Kind;
use kv_load::open::Open;
use kv_load::recipe::Recipe;

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

#[derive(Args)]
pub(crate) struct ClosedOptions {
    /// The server.
    server: SocketAddr,
    /// What to ask, such as 'GET key:{r%100000} -> $64'.
    #[arg(long)]
    recipe: Recipe,
    /// Where random numbers begin.
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
        Ok(Closed {
            server: self.server,
            connections: self.connections,
            depth: self.depth,
            recipe: self.recipe,
            seed: self.seed,
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
pub(crate) struct OpenOptions {
    /// The server.
    server: SocketAddr,
    /// What to ask: two single requests.
    #[arg(long, required = true)]
    recipe: Vec<Recipe>,
    /// Requests a second.
    #[arg(long)]
    rate: f64,
    /// For how long.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// How many of 100 requests are of the first kind.
    #[arg(long, default_value_t = 50)]
    first_percent: u8,
    /// Connections.
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// Process whose CPU time to report per request.
    #[arg(long)]
    watch: Option<u32>,
}

impl OpenOptions {
    pub(crate) fn load(self) -> Result<Open> {
        let Ok(recipes) = self.recipe.try_into() else { bail!("two recipes are expected") };
        Ok(Open {
            server: self.server,
            connections: self.connections,
            rate: self.rate,
            time: Duration::try_from_secs_f64(self.seconds)?,
            recipes,
            first_percent: self.first_percent,
            watch: self.watch,
        })
    }
}

#[derive(Args)]
pub(crate) struct FloorOptions {
    /// What it is built on.
    #[arg(long, default_value = "epoll")]
    pub(crate) kind: Kind,
    /// Requests to answer; several if they begin with different numbers of words.
    #[arg(long, required = true)]
    pub(crate) recipe: Vec<Recipe>,
}
