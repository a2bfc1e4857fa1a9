//! The workspace as a place: its root, and commands run in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The directory of the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Where tools that only the chores need are installed (by `.ci/run`).
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools")
}

/// The cargo that runs this chore, set up to work on the workspace.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root()).args(args);
    // These describe the package `xtask` and would change the fingerprints of others.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR" {
            command.env_remove(name);
        }
    }
    command
}

/// Builds the server as it is released, and says where it is.
///
/// # Errors
/// If it does not build.
pub(crate) fn release_server() -> Result<PathBuf> {
    run(&mut cargo(&["build", "--release", "--bin", "kv-server"]))?;
    Ok(target().join("release/kv-server"))
}

/// Builds the load generator as the servers are built, and says where it is.
///
/// # Errors
/// If it does not build.
pub(crate) fn release_load() -> Result<PathBuf> {
    run(&mut cargo(&["build", "--release", "--bin", "kv-load"]))?;
    Ok(target().join("release/kv-load"))
}

/// Prints a command and runs it.
///
/// # Errors
/// If it cannot be run or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    println!("\n$ {shown}");
    let status = command.status().with_context(|| format!("cannot run: {shown}"))?;
    if !status.success() {
        bail!("{status}: {shown}");
    }
    Ok(())
}

/// Runs a command and returns what it prints.
///
/// # Errors
/// If it cannot be run or does not succeed; the error says what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command.output().with_context(|| format!("cannot run: {shown}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{}: {shown}\n{text}{errors}", output.status);
    }
    Ok(text)
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    words.join(" ")
}
