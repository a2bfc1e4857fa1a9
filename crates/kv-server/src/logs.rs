//! Log lines.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::Config;
use crate::settings::{LOG_FORMAT, LOGLEVEL};

/// Sends log lines to standard error, as the settings `loglevel` and `log-format` say. Call it once,
/// from a binary; a second call changes nothing.
pub fn init(config: &Config) {
    // Redis's names for levels; `notice` is where a server says that it starts and stops.
    let level = match config.value(&LOGLEVEL).to_ascii_lowercase().as_str() {
        "debug" => "trace",
        "verbose" => "debug",
        "warning" => "warn",
        "nothing" => "off",
        _ => "info",
    };
    let lines = fmt().with_env_filter(EnvFilter::new(level)).with_writer(io::stderr);
    let lines = lines.with_ansi(io::stderr().is_terminal());
    // A subscriber is there already if the program has set one: it keeps its own.
    let _ = if config.value(&LOG_FORMAT).eq_ignore_ascii_case("json") {
        lines.json().try_init()
    } else {
        lines.try_init()
    };
}
