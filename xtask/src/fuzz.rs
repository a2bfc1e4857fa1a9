//! The fuzz targets of kv-protocol, on the stable toolchain; the folder's README says what they hold.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::workspace;

/// The fuzz crate, below the workspace's root. It is a workspace of its own.
const FOLDER: &str = "crates/kv-protocol/fuzz";

/// Longest input, in bytes.
const MAX_LEN: usize = 512;

/// Memory that a target may use, in MiB, and seconds that one input may take.
const MEMORY_LIMIT: usize = 512;
const INPUT_TIMEOUT: usize = 10;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only builds the targets.
    #[arg(long)]
    pub(crate) build: bool,
    /// Only this target.
    #[arg(long)]
    pub(crate) target: Option<String>,
    /// Inputs to run, over all targets together.
    #[arg(long, default_value_t = 10_000_000)]
    pub(crate) runs: u64,
    /// Seconds after which a target ends, whatever it has run.
    #[arg(long, default_value_t = 1800)]
    pub(crate) seconds: u64,
}

/// Builds the targets, and runs each for its share of the inputs.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = workspace::root().join(FOLDER);
    // The compiler flags for fuzzing are in the folder's own cargo configuration.
    let mut build = workspace::cargo(&["build", "--release", "--bins"]);
    workspace::run(build.current_dir(&folder).env_remove("CARGO_TARGET_DIR"))?;
    if options.build {
        return Ok(());
    }
    let mut targets = targets(&folder)?;
    if let Some(wanted) = &options.target {
        targets.retain(|target| target == wanted);
        ensure!(!targets.is_empty(), "there is no fuzz target {wanted}");
    }
    let runs = options.runs.div_ceil(targets.len() as u64);
    for target in &targets {
        let corpus = format!("corpus/{target}");
        for made in [corpus.as_str(), "artifacts"] {
            fs::create_dir_all(folder.join(made)).with_context(|| format!("cannot make {made}"))?;
        }
        let mut command = workspace::cargo(&["run", "--release", "--quiet", "--bin", target]);
        command.current_dir(&folder).env_remove("CARGO_TARGET_DIR").args(["--", &corpus]).args([
            format!("-runs={runs}"),
            format!("-max_total_time={}", options.seconds),
            format!("-max_len={MAX_LEN}"),
            format!("-rss_limit_mb={MEMORY_LIMIT}"),
            format!("-timeout={INPUT_TIMEOUT}"),
            "-artifact_prefix=artifacts/".to_owned(),
            "-print_final_stats=1".to_owned(),
            "-verbosity=0".to_owned(),
        ]);
        workspace::run(&mut command)?;
    }
    Ok(())
}

/// The names of the targets: what the crate's manifest lists as binaries.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let manifest: PathBuf = folder.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).context("cannot read the fuzz crate's manifest")?;
    let sections = text.split("[[bin]]").skip(1);
    let name = |section: &str| {
        let line = section.lines().find_map(|line| line.strip_prefix("name = "))?;
        Some(line.trim_matches('"').to_owned())
    };
    let names: Vec<String> = sections.filter_map(name).collect();
    ensure!(!names.is_empty(), "no fuzz targets in {}", manifest.display());
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targets_are_read_from_the_manifest() {
        let targets = targets(&workspace::root().join(FOLDER)).unwrap();
        assert!(targets.contains(&"requests".to_owned()), "{targets:?}");
        assert!(!targets.contains(&"kv-protocol-fuzz".to_owned()), "{targets:?}");
    }
}
