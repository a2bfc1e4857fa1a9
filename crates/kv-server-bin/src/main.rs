//! The kv-server binary: arguments to config to store to server.

use std::process::ExitCode;

use anyhow::Context;
use kv_server::{Config, ConfigError, Server};

fn main() -> ExitCode {
    let config = match Config::from_args(std::env::args_os()) {
        Ok(config) => config,
        Err(ConfigError::Arguments(error)) => error.exit(),
        Err(error) => return fail(&error.into()),
    };
    kv_server::init_logs(&config);
    match serve(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("kv-server: {error:#}");
    ExitCode::FAILURE
}

fn serve(config: &Config) -> anyhow::Result<()> {
    let store = config.store()?.build();
    Server::bind(config, store)?.heed_signals().run().context("the server ended")
}
