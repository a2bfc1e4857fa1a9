//! Real clients against our server, and our client against a real server.

mod clients;
mod differential;
mod exchange;
mod ours;
mod redis_tools;
mod snapshot;
pub(crate) mod tools;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::server::Server;
use crate::workspace;

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Our server; it is built when none is named.
    #[arg(long, value_name = "PATH", global = true)]
    server: Option<PathBuf>,
    #[command(flatten)]
    tools: tools::Where,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(clap::Subcommand)]
enum Part {
    /// redis-cli alone.
    Cli,
    /// redis-benchmark alone.
    Benchmark,
    /// The client libraries for Python alone.
    Python,
    /// The client library for Node.js alone.
    Node,
    /// Our own client and prompt alone, against our server and a real one.
    Ours,
    /// Dumps alone, exchanged with real servers.
    Exchange,
    /// Snapshots alone, exchanged with real servers.
    Snapshot,
    /// Random command streams alone, compared with a real server.
    Differential(differential::Options),
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let everything = [
        Part::Cli,
        Part::Benchmark,
        Part::Python,
        Part::Node,
        Part::Ours,
        Part::Exchange,
        Part::Snapshot,
        Part::Differential(differential::Options::default()),
    ];
    let parts = match &options.part {
        Some(part) => std::slice::from_ref(part),
        None => {
            // Before anything takes time: a tool that is not there is an error.
            options.tools.check()?;
            &everything
        }
    };
    let path = match &options.server {
        Some(path) => path.clone(),
        None => workspace::release_server()?,
    };
    parts.iter().try_for_each(|part| run_part(part, &path, &options.tools))
}

fn run_part(part: &Part, path: &Path, tools: &tools::Where) -> Result<()> {
    let server = Server::ours(path, &["--enable-debug-command", "yes"])?;
    match part {
        Part::Cli => redis_tools::cli(&server),
        Part::Benchmark => redis_tools::benchmark(&server),
        Part::Python => clients::python(&server, tools),
        Part::Node => clients::node(&server, tools),
        Part::Ours => ours::run(&server, &Server::reference(&tools.valkey()?)?),
        Part::Exchange => {
            let mut real = Vec::new();
            for (name, path) in tools.exchange()? {
                real.push((name, Server::reference(&path)?));
            }
            exchange::run(&server, &real)
        }
        Part::Snapshot => snapshot::run(tools.exchange()?),
        Part::Differential(options) => {
            let real = Server::reference(&tools.valkey()?)?;
            let redis_8 = Server::reference(&tools.redis_8()?)?;
            let servers = differential::Servers { ours: server.redis, theirs: real.redis };
            differential::run(servers, redis_8.redis, options)
        }
    }?;
    // Whatever the clients did, it stops as it should.
    server.stop().context("our server")
}
