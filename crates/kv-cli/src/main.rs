//! The command line prompt of kv: one command, a prompt, or a pipe of commands.

mod args;
mod json;
mod output;
mod pipe;
mod prompt;
mod shell;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use crate::args::Args;
use crate::shell::{Done, Shell};

fn main() -> ExitCode {
    match run(Args::read()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kv-cli: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does what the command line says; whether it went well.
fn run(mut args: Args) -> anyhow::Result<bool> {
    let format = args.format();
    let client = match args.client().connect_blocking() {
        Ok(client) => client,
        Err(error) => {
            format.complain(&error)?;
            return Ok(false);
        }
    };
    let mut shell = Shell::new(client, &args);
    if let Some(words) = args.command() {
        return Ok(shell.run(&words)? == Done::Well);
    }
    if !io::stdin().is_terminal() {
        return pipe::run(&mut shell, io::stdin().lock());
    }
    prompt::run(&mut shell, args.history.as_deref())?;
    Ok(true)
}

/// Whoever read our output has had enough, as `head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
