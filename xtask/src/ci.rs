//! Everything that must hold before a change lands.

use anyhow::Result;

use crate::workspace::{cargo, run};
use crate::{fuzz, interop};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leaves out what needs programs of others (`cargo xtask interop`).
    #[arg(long)]
    no_interop: bool,
}

pub(crate) fn run_all(options: &Options) -> Result<()> {
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    let lints = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    run(&mut cargo(&lints))?;
    run(&mut cargo(&["test", "--workspace"]))?;
    run(cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    fuzz::build()?;
    if !options.no_interop {
        interop::run(&interop::Options::ci())?;
    }
    println!("\nci: all of it holds");
    Ok(())
}
