//! Everything that must hold before a change lands, from the cheapest check to the dearest.

use anyhow::Result;

use crate::workspace::{self, cargo};
use crate::{crash, fuzz, instructions, interop};

/// Inputs that CI runs through the fuzz targets, and the seconds that each target may take for it.
/// `cargo xtask fuzz` runs more.
const FUZZ_RUNS: u64 = 300_000;
const FUZZ_SECONDS: u64 = 60;

/// How often CI kills the server. `cargo xtask crash` does it more often.
const CRASHES: usize = 10;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leaves out what needs programs of others, and the fuzzing: for a quick look.
    #[arg(long)]
    quick: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    workspace::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    workspace::run(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    workspace::run(&mut cargo(&["test", "--workspace"]))?;
    workspace::run(cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    if options.quick {
        return Ok(());
    }
    instructions::run(&instructions::Options::default())?;
    crash::run(&crash::Options::rounds(CRASHES))?;
    interop::run(&interop::Options::default())?;
    fuzz::run(&fuzz::Options {
        build: false,
        target: None,
        runs: FUZZ_RUNS,
        seconds: FUZZ_SECONDS,
    })?;
    println!("\nci: all of it holds");
    Ok(())
}
