//! The fuzz targets of kv-protocol: a workspace of their own, for their own compiler flags.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::workspace::{cargo, root, run};

/// The targets.
const TARGETS: [&str; 3] = ["requests", "frames", "replies"];

/// Longest input, in bytes.
const MAX_LEN: &str = "-max_len=512";
/// Resident memory above which a target fails, in MiB: what an input may make the codec take.
const MEMORY: &str = "-rss_limit_mb=512";
/// Seconds that one input may take.
const TIMEOUT: &str = "-timeout=10";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Inputs in all, shared between the targets.
    #[arg(long, default_value_t = 10_000_000)]
    runs: u64,
    /// Only this target.
    #[arg(long, value_parser = TARGETS)]
    target: Option<String>,
    /// Builds them and runs none.
    #[arg(long)]
    build: bool,
}

pub(crate) fn run_some(options: &Options) -> Result<()> {
    build()?;
    if options.build {
        return Ok(());
    }
    let chosen: Vec<&str> = match &options.target {
        Some(target) => vec![target],
        None => TARGETS.to_vec(),
    };
    let runs = options.runs.div_ceil(chosen.len() as u64);
    for target in chosen {
        let corpus = format!("corpus/{target}");
        for place in [corpus.as_str(), "artifacts"] {
            let place = folder().join(place);
            std::fs::create_dir_all(&place).with_context(|| place.display().to_string())?;
        }
        let mut command = cargo(&["run", "--release", "--bin", target, "--", &corpus]);
        command.current_dir(folder());
        command.args([MAX_LEN, MEMORY, TIMEOUT, "-print_final_stats=1"]);
        command.args([&format!("-runs={runs}"), "-artifact_prefix=artifacts/"]);
        run(&mut command)?;
    }
    Ok(())
}

/// Compiles all targets.
///
/// # Errors
/// If one does not compile.
pub(crate) fn build() -> Result<()> {
    run(cargo(&["build", "--release", "--bins"]).current_dir(folder()))
}

/// From here commands see the folder's own `.cargo/config.toml`.
fn folder() -> PathBuf {
    root().join("crates/kv-protocol/fuzz")
}
