//! Real clients against our server, and our client against a real server.

mod differential;
mod tools;

use std::path::PathBuf;

use anyhow::Result;

use crate::server::Server;
use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Our server; it is built when none is named.
    #[arg(long, global = true)]
    server: Option<PathBuf>,
    #[command(flatten)]
    tools: tools::Where,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(clap::Subcommand)]
enum Part {
    /// Only random command streams, compared with a real server.
    Differential(differential::Options),
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let path = options.server.clone().unwrap_or_default();
    let ours = Server::ours(&path, &["--enable-debug-command", "yes"])?;
    let theirs = Server::reference(&options.tools.valkey()?)?;
    let servers = differential::Servers { ours: ours.redis, theirs: theirs.redis };
    if let Some(Part::Differential(options)) = &options.part {
        differential::run(servers, options)?;
    }
    Ok(())
}
