//! Transcript tests: a conversation written down as redis-cli prints it, played and compared.
//!
//! ```
//! kv_store::testing::check(
//!     "
//!     > SET greeting hello EX 10
//!     OK
//!     > TTL greeting
//!     (integer) 10
//!     ~ 10001
//!     > GET greeting
//!     (nil)
//!     ",
//! );
//! ```
//!
//! A line `> …` is a command, quoted as on the command line; the lines below it are its reply, as
//! redis-cli prints it. A line `~ N` winds the clock by N milliseconds. In a reply, `…` at the end of
//! a line stands for the rest of that line, and a line `…` for all further lines: for what differs
//! from run to run.

mod state;

use std::sync::Arc;
use std::time::Duration;

pub use state::{State, state};

use kv_protocol::{Decoded, Frame, Limits, Protocol, ReplyWriter, RequestDecoder, RequestSyntax};

use crate::command::{Command, Shape};
use crate::{Clock, ManualClock, Peer, Registry, Session, Store};

/// When a transcript's clock starts, in Unix milliseconds.
pub const START: u64 = 1_700_000_000_000;

/// Plays `transcript` on a fresh store, in the Redis dialect.
///
/// # Panics
/// If a reply is not the one written down, or has not the shape its command declares.
pub fn check(transcript: &str) {
    Stage::new(Protocol::Resp2, Registry::builtin()).play(transcript);
}

/// Plays `transcript` on a fresh store, in the native dialect.
///
/// # Panics
/// As [`check`].
pub fn check_native(transcript: &str) {
    Stage::new(Protocol::Native, Registry::builtin()).play(transcript);
}

/// A store with a hand-wound clock and a session on it.
pub struct Stage {
    /// The clock; it starts at [`START`].
    pub clock: Arc<ManualClock>,
    /// The store.
    pub store: Arc<Store>,
    /// The session that transcripts are played in.
    pub session: Session,
}

impl Stage {
    /// A fresh store with these commands, and a session of this dialect.
    pub fn new(home: Protocol, registry: Registry) -> Stage {
        let clock = Arc::new(ManualClock::at_millis(START));
        let time: Arc<dyn Clock> = clock.clone();
        let store = Store::builder().registry(registry).clock(time).seed([1, 2, 3, 4]);
        let store = store.set("enable-debug-command", "yes").expect("a setting").build();
        let session = store.connect(Peer::default(), home);
        Stage { clock, store, session }
    }

    /// Plays `transcript`.
    ///
    /// # Panics
    /// If a reply is not the one written down, or has not the shape its command declares.
    pub fn play(&mut self, transcript: &str) {
        let mut lines = transcript.lines().map(str::trim).filter(|l| !l.is_empty()).peekable();
        while let Some(line) = lines.next() {
            if let Some(millis) = line.strip_prefix("~ ") {
                let millis = millis.parse().expect("`~` is followed by milliseconds");
                self.clock.wind(Duration::from_millis(millis));
                continue;
            }
            let command = line.strip_prefix("> ").expect("a line is `> COMMAND` or its reply");
            let mut expected = Vec::new();
            while let Some(line) = lines.next_if(|l| !l.starts_with("> ") && !l.starts_with("~ ")) {
                expected.push(line);
            }
            let reply = self.run(command);
            let shown = reply.as_ref().map(Frame::pretty).unwrap_or_default();
            // Nested replies are indented; a transcript is compared line by line without it.
            let shown: Vec<&str> = shown.lines().map(str::trim).collect();
            assert!(
                matches_lines(&shown, &expected),
                "reply to: {command}\n{}\nexpected:\n{}",
                shown.join("\n"),
                expected.join("\n")
            );
        }
    }

    /// Runs one line as a request; its reply must have the shape that the command declares.
    ///
    /// # Panics
    /// If the line is not a request, or the reply has another shape.
    pub fn run(&mut self, line: &str) -> Option<Frame> {
        let mut decoder = RequestDecoder::new(RequestSyntax::Redis, Limits::DEFAULT);
        let line = format!("{line}\n");
        match decoder.decode(line.as_bytes()) {
            Ok(Decoded::Request { request, .. }) => {
                let name = request.arg(0).and_then(|a| a.text()).unwrap_or_default().to_vec();
                let sub = request.arg(1).and_then(|a| a.text()).unwrap_or_default().to_vec();
                let reply = self.session.call_request(request);
                if let (Some(reply), Some(command)) = (&reply, self.command(&name, &sub)) {
                    let fits = matches!(reply, Frame::Error(_)) || command.reply.accepts(reply);
                    assert!(fits, "{line} answers {reply:?}, declared is {:?}", command.reply);
                }
                reply
            }
            other => panic!("not a request: {line:?}: {other:?}"),
        }
    }

    /// Walks with a command of `SCAN`'s kin from cursor 0 to cursor 0; `{}` in `line` stands for the cursor. All
    /// elements of the replies, and how many calls it took.
    ///
    /// # Panics
    /// If a reply is not a cursor and a list.
    pub fn walk(&mut self, line: &str) -> (Vec<Frame>, usize) {
        let (mut cursor, mut calls, mut found) = ("0".to_owned(), 0, Vec::new());
        loop {
            let reply = self.run(&line.replace("{}", &cursor));
            let Some(Frame::Array(mut parts)) = reply else { panic!("{reply:?}") };
            let (Some(Frame::Array(elements)), Some(Frame::Bulk(next))) =
                (parts.pop(), parts.pop())
            else {
                panic!("not a cursor and a list")
            };
            found.extend(elements);
            cursor = String::from_utf8_lossy(&next).into_owned();
            calls += 1;
            if cursor == "0" {
                return (found, calls);
            }
        }
    }

    /// Runs one line as a connection does: the bytes of the reply, in the slices of about `enough` bytes in
    /// which it is written.
    ///
    /// # Panics
    /// If the line is not a request.
    pub fn slices(&mut self, line: &str, enough: usize) -> Vec<Vec<u8>> {
        let mut decoder = RequestDecoder::new(RequestSyntax::Redis, Limits::DEFAULT);
        let line = format!("{line}\n");
        let requests = decoder.decode_many(line.as_bytes(), 1).expect("a request");
        let (protocol, mut slices) = (self.session.protocol(), vec![Vec::new()]);
        self.session.begin_batch();
        self.session.execute_many(
            &requests,
            enough,
            &mut ReplyWriter::wire(&mut slices[0], protocol),
        );
        while self.session.has_rest() {
            let mut slice = Vec::new();
            self.session.write_rest(enough, &mut ReplyWriter::wire(&mut slice, protocol));
            slices.push(slice);
        }
        self.session.end_batch();
        slices
    }

    fn command(&self, name: &[u8], sub: &[u8]) -> Option<&Command> {
        let command = self.store.registry().get(name)?;
        let full = format!("{} {}", command.name, String::from_utf8_lossy(sub).to_uppercase());
        let found = command.subcommands().iter().find(|c| c.name == full).copied();
        found.or(if command.subcommands().is_empty() { Some(command) } else { None })
    }
}

/// Whether the lines of a reply are the expected ones, in which `…` stands for anything.
fn matches_lines(shown: &[&str], expected: &[&str]) -> bool {
    match (shown, expected) {
        (_, ["…"]) => true,
        ([], []) => true,
        ([line, shown @ ..], [pattern, expected @ ..]) => {
            let fits = match pattern.strip_suffix('…') {
                Some(start) => line.starts_with(start),
                None => line == pattern,
            };
            fits && matches_lines(shown, expected)
        }
        _ => false,
    }
}

impl Shape {
    /// Whether a reply has this shape, in any protocol.
    pub fn accepts(&self, reply: &Frame) -> bool {
        match self {
            Shape::Ok => matches!(reply, Frame::Simple(text) if text == "OK"),
            Shape::Simple => matches!(reply, Frame::Simple(_)),
            Shape::Int => matches!(reply, Frame::Integer(_)),
            Shape::Bulk => matches!(reply, Frame::Bulk(_)),
            Shape::Double => match reply {
                Frame::Bulk(text) => crate::float::parse(text).is_some(),
                reply => matches!(reply, Frame::Double(_)),
            },
            Shape::Verbatim => matches!(reply, Frame::Bulk(_) | Frame::Verbatim { .. }),
            Shape::Value | Shape::Any => true,
            Shape::Null => matches!(reply, Frame::Null | Frame::NullArray),
            Shape::Array(item) => {
                matches!(reply, Frame::Array(items) if items.iter().all(|i| item.accepts(i)))
            }
            // RESP2 flattens pairs and knows no sets.
            Shape::Map => match reply {
                Frame::Map(_) => true,
                Frame::Array(items) => items.len() % 2 == 0,
                _ => false,
            },
            Shape::Set(item) => {
                matches!(reply, Frame::Set(items) | Frame::Array(items) if items.iter().all(|i| item.accepts(i)))
            }
            Shape::OneOf(shapes) => shapes.iter().any(|shape| shape.accepts(reply)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches_lines;

    #[test]
    fn dots_stand_for_what_differs() {
        assert!(matches_lines(&["a", "bc"], &["a", "b…"]));
        assert!(matches_lines(&["a", "b", "c"], &["a", "…"]));
        assert!(!matches_lines(&["a", "b", "c"], &["a…"]));
        assert!(!matches_lines(&["a"], &["a", "b"]));
        assert!(!matches_lines(&["xa"], &["a…"]));
    }
}
