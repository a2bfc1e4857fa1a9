//! What the prompt, the pipe and the single command have in common: words in, a reply out.

use std::io::{self, Write};

use kv_client::protocol::{Decoded, RequestDecoder, RequestSyntax};
use kv_client::{Command, Error, Limits, ProtocolError, blocking};

use crate::args::Args;
use crate::json;
use crate::output::Format;

/// A connection and how to use it.
pub(crate) struct Shell {
    client: blocking::Client,
    format: Format,
    json_args: bool,
    /// The server's name for the prompt.
    address: String,
    database: u32,
    reconnects: u64,
}

/// What has happened to a command or line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Done {
    /// It was carried out, or there was nothing to do.
    Well,
    /// There was an error, which has been printed.
    Badly,
    /// There was an error with the connection, which has been printed.
    Disconnected,
    /// It asked to leave.
    Leave,
}

/// Longest line, in bytes: a value may be long, and is held in memory a few times.
pub(crate) const MAX_LINE: usize = 64 << 20;

const HELP: &str = "\
A command and its arguments, parted by blanks: SET greeting \"hello, world\"
In \"...\" the escapes \\n \\r \\t \\b \\a \\xHH \\\" \\\\ stand for bytes; in '...' only \\' is special.
The server's commands: COMMAND LIST; about one: COMMAND DOCS name
help: this text; quit, exit or Ctrl-D: leave";

impl Shell {
    pub(crate) fn new(client: blocking::Client, args: &Args) -> Shell {
        Shell {
            reconnects: client.reconnects(),
            client,
            format: args.format(),
            json_args: args.json_args(),
            address: args.address(),
            database: args.database(),
        }
    }

    /// What to ask with: the server, and the database if it isn't the first.
    pub(crate) fn prompt(&self) -> String {
        match self.database {
            0 => format!("{}> ", self.address),
            database => format!("{}[{database}]> ", self.address),
        }
    }

    /// Runs a line of words in quotes or not.
    ///
    /// # Errors
    /// What the output fails with; a failing command is no error here.
    pub(crate) fn line(&mut self, line: &[u8]) -> io::Result<Done> {
        let words = match split(line) {
            Ok(words) => words,
            Err(error) => {
                self.format.complain(&error)?;
                return Ok(Done::Badly);
            }
        };
        match words.as_slice() {
            [] => Ok(Done::Well),
            [word] if word.eq_ignore_ascii_case(b"help") => {
                writeln!(io::stderr(), "{HELP}")?;
                Ok(Done::Well)
            }
            [word] if [&b"quit"[..], b"exit"].iter().any(|w| word.eq_ignore_ascii_case(w)) => {
                Ok(Done::Leave)
            }
            words => self.run(words),
        }
    }

    /// Runs a command given word by word.
    ///
    /// # Errors
    /// What the output fails with; a failing command is no error here.
    pub(crate) fn run(&mut self, words: &[Vec<u8>]) -> io::Result<Done> {
        let (command, reply) = match self.command(words) {
            Ok(command) => {
                let reply = self.client.run(&command);
                (command, reply)
            }
            Err(error) => (Command::default(), Err(error)),
        };
        // Any other error tells of a loss by itself.
        if let Ok(_) | Err(Error::Server { .. }) = reply {
            self.tell_of_losses()?;
        }
        self.format.print(&command, &reply)?;
        if reply.is_ok()
            && let [name, database] = words
            && name.eq_ignore_ascii_case(b"SELECT")
        {
            let number = std::str::from_utf8(database).ok().and_then(|text| text.parse().ok());
            self.database = number.unwrap_or(self.database);
        }
        Ok(match reply {
            Ok(_) => Done::Well,
            Err(Error::Server { .. } | Error::Usage(_)) => Done::Badly,
            Err(_) => Done::Disconnected,
        })
    }

    fn command(&self, words: &[Vec<u8>]) -> Result<Command, Error> {
        let mut command = Command::default();
        for (index, word) in words.iter().enumerate() {
            if self.json_args && index > 0 {
                let wrong = |why| Error::Usage(format!("argument {index} is {why}"));
                command.push_frame(&json::to_argument(word).map_err(wrong)?);
            } else {
                command.push_bytes(word);
            }
        }
        Ok(command)
    }

    /// A new connection has lost what the old one had on the server, such as a transaction.
    fn tell_of_losses(&mut self) -> io::Result<()> {
        let before = std::mem::replace(&mut self.reconnects, self.client.reconnects());
        if before != self.reconnects {
            writeln!(io::stderr(), "(the connection was lost; this is a new one)")?;
        }
        Ok(())
    }
}

/// The words of a line, as a server takes an inline command apart.
fn split(line: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    // A blank in front, for no line to be taken for the start of an encoded request.
    let line = [b" ", line, b"\n"].concat();
    let limits = Limits { max_inline: MAX_LINE, ..Limits::DEFAULT };
    let mut decoder = RequestDecoder::new(RequestSyntax::Redis, limits);
    match decoder.decode(&line) {
        Ok(Decoded::Request { request, .. }) => {
            Ok(request.iter().map(|word| word.raw().to_vec()).collect())
        }
        Ok(Decoded::Empty { .. } | Decoded::Incomplete) => Ok(Vec::new()),
        Err(ProtocolError::UnbalancedQuotes) => {
            Err(Error::Usage("a quote is not closed".to_owned()))
        }
        Err(error) => Err(Error::Usage(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_redis_cli_splits_them() {
        let words = |line: &str| split(line.as_bytes()).unwrap();
        assert_eq!(words(r#"set k "a \x41\n" 'b \' c'"#), [&b"set"[..], b"k", b"a A\n", b"b ' c"]);
        assert_eq!(words("*3 x"), [&b"*3"[..], b"x"]);
        assert_eq!(words("$5"), [&b"$5"[..]]);
        assert!(words("  \t ").is_empty());
        assert_eq!(split(b"get \"k").unwrap_err().to_string(), "a quote is not closed");
    }
}
