//! The chores of the workspace: `cargo xtask <ci|docs|interop|bench|crash|instructions|fuzz|sanitize>`.

mod bench;
mod ci;
mod crash;
mod docs;
mod fuzz;
mod instructions;
mod interop;
mod sanitize;
mod scratch;
mod server;
mod workspace;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", about = "The chores of the workspace")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything that must hold before a change lands.
    Ci(ci::Options),
    /// Writes docs/commands from the commands' declarations.
    Docs(docs::Options),
    /// Runs real clients against our server, and our client against a real server.
    Interop(interop::Options),
    /// Measures codec and engine, and the server beside others.
    Bench(bench::Options),
    /// Kills the server under writers again and again, and checks what it has kept.
    Crash(crash::Options),
    /// Counts the instructions of requests under valgrind, and compares them with the baseline.
    Instructions(instructions::Options),
    /// Builds the fuzz targets and runs them for a bounded number of inputs.
    Fuzz(fuzz::Options),
    /// Runs the tests of the data structures under an address sanitizer, or under Miri.
    Sanitize(sanitize::Options),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().chore {
        Chore::Ci(options) => ci::run(&options),
        Chore::Docs(options) => docs::run(&options),
        Chore::Interop(options) => interop::run(&options),
        Chore::Bench(options) => bench::run(&options),
        Chore::Crash(options) => crash::run(&options),
        Chore::Instructions(options) => instructions::run(&options),
        Chore::Fuzz(options) => fuzz::run(&options),
        Chore::Sanitize(options) => sanitize::run(&options),
    }
}
