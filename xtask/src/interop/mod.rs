//! Real clients against our server, our client against a real server, and random command streams
//! answered alike by the two.

mod clients;
mod differential;
mod tools;

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::server::Server;

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
    /// Only the clients.
    Clients,
    /// Only random command streams, compared with a real server.
    Differential(differential::Options),
}

impl Options {
    /// Everything, with the random commands that CI runs.
    pub(crate) fn ci() -> Options {
        Options { server: None, tools: tools::Where::default(), part: None }
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    // All tools are looked for before anything is built.
    let valkey = options.tools.valkey();
    let clients = match options.part {
        Some(Part::Differential(_)) => None,
        _ => Some(clients::Clients::find(&options.tools)),
    };
    let (valkey, clients) = match (valkey, clients.transpose()) {
        (Ok(valkey), Ok(clients)) => (valkey, clients),
        (Err(a), Err(b)) => return Err(anyhow::anyhow!("{a:#}\n{b:#}")),
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    let (server, kv_cli) = match &options.server {
        Some(server) => (server.clone(), server.with_file_name("kv-cli")),
        None => clients::build()?,
    };
    let ours = Server::ours(&server, &["--enable-debug-command", "yes"])?;
    let theirs = Server::reference(&valkey)?;
    if let Some(clients) = clients {
        let native = ours.native.context("our server speaks the native dialect")?;
        clients.run(native, ours.redis, &kv_cli)?;
        clients::our_client(theirs.redis)?;
    }
    let servers = differential::Servers { ours: ours.redis, theirs: theirs.redis };
    match &options.part {
        Some(Part::Clients) => {}
        Some(Part::Differential(options)) => differential::run(servers, options)?,
        None => differential::run(servers, &differential::Options::default())?,
    }
    ours.stop().context("our server, at the end")
}
