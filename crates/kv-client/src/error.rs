//! What can go wrong, and whether the same command may be sent again.

use std::time::Duration;

use kv_protocol::{Frame, ProtocolError};

/// Why a command has no value to give.
///
/// Three things can have happened to it, and a caller who thinks of retrying must know which; see
/// [`Error::is_retry_safe`]:
///
/// | | was it carried out? |
/// |---|---|
/// | never handed to the network: `Connect`, `NotSent`, `Closed`, `Usage`, `Timeout` with `sent: false` | certainly not |
/// | sent, and no answer came: `Interrupted`, `Protocol`, `Timeout` with `sent: true` | nobody knows |
/// | answered: `Server`, `Conversion` | as the answer says |
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server answered with an error.
    #[error("{}", server_text(code, message))]
    Server {
        /// The first word, such as `ERR`, `WRONGTYPE` or `NOAUTH`; empty when the answer doesn't
        /// begin with a word in capitals.
        code: String,
        /// The rest.
        message: String,
    },
    /// There is no connection and none could be made; the command was not sent.
    #[error("cannot connect to {address}: {cause}")]
    Connect {
        /// The address as it was given to the client.
        address: String,
        /// What the last attempt failed with.
        cause: String,
    },
    /// The connection was lost before the whole command had been handed to it, but when a part of
    /// it, or what comes before it in its pipeline, had: the server can't have carried it out, and
    /// the client doesn't send it again of its own accord.
    #[error("not sent: {cause}")]
    NotSent {
        /// How the connection was lost.
        cause: String,
    },
    /// The command was sent, and the connection was lost before the answer.
    #[error("interrupted: sent, but the connection was lost before the answer ({cause})")]
    Interrupted {
        /// How the connection was lost.
        cause: String,
    },
    /// The client's time for a request ran out.
    #[error("timed out after {after:?}, {}", if *sent { "sent but not answered" } else { "not sent" })]
    Timeout {
        /// The time allowed.
        after: Duration,
        /// Whether the command had been handed to the connection.
        sent: bool,
    },
    /// The command was sent, and the answer is malformed or passes the client's limits.
    #[error("bad answer: {0}")]
    Protocol(ProtocolError),
    /// The client's connection has ended for good: the runtime it was made in is gone.
    #[error("the client is closed")]
    Closed,
    /// The command can't be sent as it is: a structured argument in the Redis dialect, say.
    #[error("{0}")]
    Usage(String),
    /// The command was carried out, and its answer doesn't fit the type that was asked for.
    #[error("expected {expected}, got {found}")]
    Conversion {
        /// The type asked for, in words.
        expected: &'static str,
        /// The answer, in short.
        found: String,
    },
}

/// Errors that a server gives instead of carrying a command out, for a while.
const PASSING: &[&str] = &["LOADING", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN"];

impl Error {
    /// Whether sending the same command again can't carry it out twice, and may succeed: it was
    /// never sent, or the server refused it for the time being (`LOADING`, `BUSY`, …).
    ///
    /// A mistake in the command itself ([`Error::Usage`]) and a client that is closed stay as they
    /// are, so these are not worth a retry.
    pub fn is_retry_safe(&self) -> bool {
        match self {
            Error::Connect { .. } | Error::NotSent { .. } | Error::Timeout { sent: false, .. } => {
                true
            }
            Error::Server { code, .. } => PASSING.contains(&code.as_str()),
            _ => false,
        }
    }

    /// The code of a server's error: `WRONGTYPE`, `NOAUTH`, …; `None` for any other error.
    pub fn code(&self) -> Option<&str> {
        match self {
            Error::Server { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The error that the text of an error frame stands for.
    pub(crate) fn server(text: &[u8]) -> Error {
        let text = String::from_utf8_lossy(text);
        let (first, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let is_code = !first.is_empty() && first.bytes().all(|b| b.is_ascii_uppercase());
        let (code, message) = if is_code { (first, rest) } else { ("", &*text) };
        Error::Server { code: code.to_owned(), message: message.to_owned() }
    }

    pub(crate) fn conversion(expected: &'static str, found: &Frame) -> Error {
        Error::Conversion { expected, found: describe(found) }
    }
}

fn server_text(code: &str, message: &str) -> String {
    let space = if code.is_empty() || message.is_empty() { "" } else { " " };
    format!("{code}{space}{message}")
}

/// Most bytes of an answer that an error quotes.
const QUOTED: usize = 64;

/// A frame in a few words.
fn describe(frame: &Frame) -> String {
    if let Some(bytes) = frame.as_bytes() {
        let shown = &bytes[..bytes.len().min(QUOTED)];
        let more = if shown.len() < bytes.len() { "…" } else { "" };
        return format!("\"{}{more}\"", shown.escape_ascii());
    }
    match frame {
        Frame::Integer(value) => format!("integer {value}"),
        Frame::Double(value) => format!("double {value}"),
        Frame::Boolean(value) => format!("boolean {value}"),
        Frame::Map(pairs) => format!("a map of {} pairs", pairs.len()),
        Frame::Array(frames) => format!("an array of {}", frames.len()),
        Frame::Set(frames) => format!("a set of {}", frames.len()),
        Frame::Push(frames) => format!("a push of {}", frames.len()),
        Frame::Error(_) | Frame::BulkError(_) => "an error".to_owned(),
        _ => "null".to_owned(),
    }
}
