//! `kv-load`: a thread of load, or a server that does nothing. Results are one line of JSON.

mod args;

use std::io::{Read, Write};

use anyhow::Result;
use clap::Parser;
use kv_load::floor::Floor;
use kv_load::{books, idle};
use serde::Serialize;

use args::{Cli, Command};

fn main() -> Result<()> {
    let cli = Cli::parse();
    if let Some(core) = cli.core {
        books::pin(core)?;
    }
    match cli.command {
        Command::Closed(options) => print(&options.load()?.run()?),
        Command::Open(options) => print(&options.load()?.run()?),
        Command::Idle { server, connections } => {
            let held = idle::open(server, connections)?;
            say(&format!("ready {}", held.len()))?;
            // Nothing comes; the end of the input says that it is over.
            std::io::stdin().read_to_end(&mut Vec::new())?;
            Ok(())
        }
        Command::Floor(options) => {
            let floor = Floor::bind(options.kind, &options.recipe)?;
            say(&floor.address()?.to_string())?;
            floor.run()
        }
    }
}

fn print(report: &impl Serialize) -> Result<()> {
    say(&serde_json::to_string(report)?)
}

fn say(line: &str) -> Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    Ok(output.flush()?)
}
