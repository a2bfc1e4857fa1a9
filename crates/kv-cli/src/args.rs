//! The command line.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Parser, Subcommand};
use kv_client::{Builder, Client, Protocol};

use crate::output::Format;

/// Sends commands to a kv server, or to any Redis-compatible one.
///
/// With a command it runs that command and ends: 0, or 1 when there was an error. Without one it
/// is a prompt, or, when the input is not a terminal, runs the commands that it reads there, one a
/// line.
#[derive(Parser, Debug)]
#[command(
    version,
    disable_help_flag = true,
    disable_help_subcommand = true,
    subcommand_value_name = "COMMAND [ARG]...",
    subcommand_help_heading = "Command",
    after_long_help = EXAMPLES
)]
pub(crate) struct Args {
    /// Where the server is: a name or an address
    #[arg(short = 'h', long, default_value = "127.0.0.1")]
    host: String,

    /// The server's port [default: 31337, or 6379 with --redis or --resp3]
    #[arg(short, long)]
    port: Option<u16>,

    /// Speak the Redis dialect, by RESP2
    #[arg(long)]
    redis: bool,

    /// Speak the Redis dialect, by RESP3
    #[arg(long)]
    resp3: bool,

    /// The database to select
    #[arg(short = 'n', long = "db", value_name = "NUMBER", default_value_t = 0)]
    database: u32,

    /// The user to log in as
    #[arg(long, env = "KV_USER", value_name = "NAME")]
    user: Option<String>,

    /// The password to log in with; the variable keeps it out of the list of processes
    #[arg(long = "pass", env = "KV_PASS", value_name = "PASSWORD", hide_env_values = true)]
    password: Option<String>,

    /// Print each reply as one line of JSON
    ///
    /// Texts that are not UTF-8 are {"base64": "…"}, the doubles that JSON lacks are {"double":
    /// "nan"}, "inf" and "-inf", errors are {"error": "…"}. Big numbers are strings of digits. A
    /// dictionary whose keys are not all different texts, or which could be taken for one of the
    /// objects above, is an array of pairs.
    #[arg(long, conflicts_with = "raw")]
    json: bool,

    /// Print texts as they are, without quotes, types and numbers of items
    #[arg(long)]
    raw: bool,

    /// Read arguments as JSON, to send structured values in the native dialect
    ///
    /// An argument (not the command's name) that is JSON is sent as that value: a number, true,
    /// false, null, an array, a dictionary, a string. What is no JSON is a text, quotes needless;
    /// only what begins like an array or a dictionary must be one. {"base64": "…"} and {"double":
    /// "nan"} are read as --json writes them.
    #[arg(short = 'J', long)]
    json_args: bool,

    /// Keep the prompt's history in this file; without it the history ends with the prompt
    #[arg(long, env = "KV_HISTORY", value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,

    /// Print this help
    #[arg(long, action = ArgAction::HelpLong)]
    help: Option<bool>,

    #[command(subcommand)]
    command: Option<Words>,
}

#[derive(Subcommand, Debug)]
enum Words {
    #[command(external_subcommand)]
    Words(Vec<OsString>),
}

const EXAMPLES: &str = "\
Examples:
  kv-cli set greeting hello
  kv-cli --json get greeting
  kv-cli -J set user '{\"name\": \"Ann\", \"tags\": [1, null]}'
  kv-cli --redis -p 6380 info server
  kv-cli < commands.txt";

impl Args {
    /// What the command line says, command included; ends the program when it's wrong.
    pub(crate) fn read() -> Args {
        Args::parse()
    }

    /// The command that was given, word by word.
    pub(crate) fn command(&mut self) -> Option<Vec<Vec<u8>>> {
        let Words::Words(words) = self.command.take()?;
        Some(words.into_iter().map(OsString::into_vec).collect())
    }

    /// How replies are printed.
    pub(crate) fn format(&self) -> Format {
        match (self.json, self.raw) {
            (true, _) => Format::Json,
            (_, true) => Format::Raw,
            _ => Format::Human,
        }
    }

    /// Whether arguments are JSON.
    pub(crate) fn json_args(&self) -> bool {
        self.json_args
    }

    /// The database to begin in.
    pub(crate) fn database(&self) -> u32 {
        self.database
    }

    /// Host and port.
    pub(crate) fn address(&self) -> String {
        let default = if self.protocol() == Protocol::Native { 31337 } else { 6379 };
        let port = self.port.unwrap_or(default);
        if self.host.contains(':') && !self.host.starts_with('[') {
            format!("[{}]:{port}", self.host)
        } else {
            format!("{}:{port}", self.host)
        }
    }

    fn protocol(&self) -> Protocol {
        match (self.resp3, self.redis) {
            (true, _) => Protocol::Resp3,
            (_, true) => Protocol::Resp2,
            _ => Protocol::Native,
        }
    }

    /// The client that was asked for. A person or script that waits decides how long; a missing
    /// server is told at once.
    pub(crate) fn client(&self) -> Builder {
        let mut client = Client::builder(self.address())
            .protocol(self.protocol())
            .database(self.database)
            .request_timeout(None)
            .reconnect_attempts(Some(1))
            .connect_timeout(Duration::from_secs(5));
        if let Some(user) = &self.user {
            client = client.username(user);
        }
        if let Some(password) = &self.password {
            client = client.password(password);
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Args {
        Args::try_parse_from(line.split(' ')).unwrap()
    }

    #[test]
    fn the_port_follows_the_dialect() {
        assert_eq!(read("kv-cli").address(), "127.0.0.1:31337");
        assert_eq!(read("kv-cli --redis").address(), "127.0.0.1:6379");
        assert_eq!(read("kv-cli --resp3 -h ::1").address(), "[::1]:6379");
        assert_eq!(read("kv-cli --redis -h db -p 1").address(), "db:1");
    }

    #[test]
    fn what_follows_the_command_is_the_commands() {
        let mut args = read("kv-cli -n 2 set k --json -5 -h");
        assert_eq!(args.command().unwrap(), [&b"set"[..], b"k", b"--json", b"-5", b"-h"]);
        assert_eq!(args.format(), Format::Human);
        assert_eq!(args.database, 2);
    }

    #[test]
    fn an_unknown_option_is_an_error() {
        assert!(Args::try_parse_from(["kv-cli", "--nonsense", "get"]).is_err());
        assert!(Args::try_parse_from(["kv-cli", "--json", "--raw"]).is_err());
    }
}
