//! The kv-server binary: arguments to config to store to server, and what keeps the store on disk.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use kv_persist::Persistence;
use kv_server::{Config, ConfigError, Server};
use kv_store::SystemClock;

fn main() -> ExitCode {
    let config = match Config::from_args(std::env::args_os()) {
        Ok(config) => config,
        Err(ConfigError::Arguments(error)) => error.exit(),
        Err(error) => return fail(&error.into()),
    };
    if let Some(path) = config.check() {
        return match kv_persist::check(path) {
            Ok(found) => {
                print!("{found}");
                ExitCode::SUCCESS
            }
            Err(error) => fail(&error.into()),
        };
    }
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
    let persistence = Persistence::open(&store, Arc::new(SystemClock))?;
    let server = Server::bind(config, store)?.heed_signals();
    let Some(mut persistence) = persistence else {
        return server.run().context("the server ended");
    };
    // Clients are answered from the first moment on: that the data is being loaded.
    let running = server.spawn();
    if let Err(error) = persistence.load() {
        let _ = running.stop();
        return Err(error).context("the data cannot be loaded");
    }
    running.wait().context("the server ended")?;
    persistence.close().context("the end of the log is lost")
}
