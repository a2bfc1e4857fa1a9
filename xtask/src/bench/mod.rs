//! Figures: the codec's and the engine's hot paths by criterion, and the server beside others under
//! the load of redis-benchmark.
//!
//! A figure counts as a ratio taken side by side in one run, servers in turn: the machine's mood
//! moves an absolute time more than most changes do.

mod load;
mod table;

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::interop::tools::{Where, on_path};
use crate::server::Server;
use crate::workspace;

use load::{SCENARIOS, Sample};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leaves out criterion's measurements.
    #[arg(long)]
    no_micro: bool,
    /// Leaves out the measurements of servers.
    #[arg(long)]
    no_servers: bool,
    /// Our server; it is built when none is named.
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// Rounds in which every server takes its turn.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    #[command(flatten)]
    tools: Where,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.no_micro {
        let crates = ["bench", "-p", "kv-protocol", "-p", "kv-store"];
        workspace::run(&mut workspace::cargo(&crates))?;
    }
    if !options.no_servers {
        servers(options)?;
    }
    Ok(())
}

/// A server to measure.
struct Contender {
    name: &'static str,
    path: PathBuf,
}

impl Contender {
    fn start(&self) -> Result<Server> {
        match self.name {
            "kv" => Server::ours(&self.path, &["--workers", "1"]),
            _ => Server::reference(&self.path),
        }
    }
}

/// Ours, and the real ones that are found.
fn contenders(options: &Options) -> Result<Vec<Contender>> {
    let ours = match &options.server {
        Some(path) => path.clone(),
        None => workspace::release_server()?,
    };
    let mut contenders = vec![Contender { name: "kv", path: ours }];
    for (name, found) in [("redis", on_path("redis-server")), ("valkey", options.tools.valkey())] {
        match found {
            Ok(path) => contenders.push(Contender { name, path }),
            Err(error) => println!("not measured: {name}: {error:#}"),
        }
    }
    Ok(contenders)
}

/// Measures every scenario on every server, in alternating order, and prints the table.
fn servers(options: &Options) -> Result<()> {
    let contenders = contenders(options)?;
    load::describe_machine();
    let mut samples: Vec<Sample> = Vec::new();
    for round in 0..options.rounds {
        let mut order: Vec<usize> = (0..contenders.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for at in order {
            let Contender { name, .. } = contenders[at];
            eprintln!("round {} of {}: {name}", round + 1, options.rounds);
            let server = contenders[at].start().context(name)?;
            load::pin(&server)?;
            load::fill(&server)?;
            for (scenario, of_scenario) in SCENARIOS.iter().enumerate() {
                let figures = of_scenario.measure(&server).context(name)?;
                samples.push(Sample { round, scenario, server: at, figures });
            }
        }
    }
    let names: Vec<&str> = contenders.iter().map(|contender| contender.name).collect();
    print!("{}", table::render(&names, &samples));
    Ok(())
}
