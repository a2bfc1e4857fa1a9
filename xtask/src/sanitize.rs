//! The tests of kv-types, which has the unsafe code, under an address sanitizer or under Miri.

use anyhow::Result;

use crate::workspace::{self, cargo};

/// The platform is named so that the flags below do not reach build scripts and macros.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The sanitizer is not stable yet, though every compiler has it: this admits its flag.
const UNSTABLE: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// Every object of the slab is an allocation of its own, so that what lies beside it is out of bounds.
const PLAIN_SLAB: &str = "--cfg=kv_plain_slab";

/// Cases of each property test under Miri, which is some hundred times slower.
const MIRI_CASES: &str = "3";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Runs under Miri, which finds more and takes longer; it comes with nightly compilers
    /// (`rustup +nightly component add miri rust-src`).
    #[arg(long)]
    miri: bool,
    /// Only tests whose name has this in it.
    filter: Option<String>,
}

/// Runs the tests.
///
/// # Errors
/// If one fails, or the tools are not there.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.miri {
        return miri(options);
    }
    address(PLAIN_SLAB, options)?;
    // The slab itself, too: of its own objects the sanitizer sees nothing, of its chunks it does.
    address("", options)
}

fn address(flag: &str, options: &Options) -> Result<()> {
    let mut command = cargo(&["test", "-p", "kv-types", "--lib", "--target", TARGET]);
    command.args(&options.filter);
    command.env("RUSTFLAGS", format!("-Zsanitizer=address {flag}"));
    command.env(UNSTABLE.0, UNSTABLE.1);
    // Chunks that are kept for later are no leaks.
    command.env("ASAN_OPTIONS", "detect_leaks=0");
    command.env("CARGO_TARGET_DIR", workspace::target().join("sanitize"));
    workspace::run(&mut command)
}

fn miri(options: &Options) -> Result<()> {
    let mut command = std::process::Command::new("cargo");
    command.current_dir(workspace::root());
    command.args(["+nightly", "miri", "test", "-p", "kv-types", "--lib", "--"]);
    command.args(&options.filter);
    command.env("RUSTFLAGS", PLAIN_SLAB);
    // proptest looks for files of failed cases; the tests read the time and the directory for it.
    command.env("MIRIFLAGS", "-Zmiri-disable-isolation -Zmiri-permissive-provenance");
    command.env("PROPTEST_CASES", MIRI_CASES);
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTC").env_remove("CARGO");
    command.env("CARGO_TARGET_DIR", workspace::target().join("miri"));
    workspace::run(&mut command)
}
