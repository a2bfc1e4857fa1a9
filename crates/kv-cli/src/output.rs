//! How replies are shown.

use std::io::{self, Write};

use kv_client::{Command, Error, Frame, FromFrame};

use crate::json;

/// How replies are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// For people, with types: as redis-cli prints to a terminal.
    Human,
    /// The texts alone, an item a line.
    Raw,
    /// One line of JSON.
    Json,
}

/// Commands whose reply is a page of text, which people want to read as lines.
const PAGES: &[&[&str]] =
    &[&["INFO"], &["LOLWUT"], &["CLIENT", "LIST"], &["CLIENT", "INFO"], &["MEMORY", "DOCTOR"]];

impl Format {
    /// Prints a command's reply to the standard output. An error goes to the standard error,
    /// unless everything is to be JSON.
    ///
    /// # Errors
    /// What the output fails with.
    pub(crate) fn print(self, command: &Command, reply: &Result<Frame, Error>) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match (reply, self) {
            (Err(error), _) => return self.complain(error),
            (Ok(frame), Format::Json) => writeln!(out, "{}", json::from_frame(frame))?,
            (Ok(frame), Format::Raw) => raw(frame, &mut out)?,
            (Ok(frame @ Frame::Bulk(_)), Format::Human) if is_page(command) => {
                raw(frame, &mut out)?
            }
            (Ok(frame), Format::Human) => writeln!(out, "{}", frame.pretty())?,
        }
        out.flush()
    }

    /// Prints an error: of a server as redis-cli does, of ours in a sentence.
    ///
    /// # Errors
    /// What the output fails with.
    pub(crate) fn complain(self, error: &Error) -> io::Result<()> {
        match (self, error) {
            (Format::Json, error) => {
                writeln!(io::stdout(), "{}", json::from_error(&error.to_string()))
            }
            (_, Error::Server { .. }) => writeln!(io::stderr(), "(error) {error}"),
            (_, error) => writeln!(io::stderr(), "Error: {error}"),
        }
    }
}

fn is_page(command: &Command) -> bool {
    let request = command.as_request();
    let is = |index: usize, word: &&str| {
        let text = request.arg(index).and_then(|arg| arg.text());
        text.is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()))
    };
    PAGES.iter().any(|words| words.iter().enumerate().all(|(index, word)| is(index, word)))
}

/// Texts as they are, each on a line of its own; a null is an empty line.
fn raw(frame: &Frame, out: &mut impl Write) -> io::Result<()> {
    match frame {
        Frame::Array(frames) | Frame::Set(frames) | Frame::Push(frames) => {
            frames.iter().try_for_each(|frame| raw(frame, out))
        }
        Frame::Map(pairs) => pairs.iter().try_for_each(|(key, value)| {
            raw(key, out)?;
            raw(value, out)
        }),
        Frame::Attribute { frame, .. } => raw(frame, out),
        frame => {
            let text = match frame.as_error() {
                Some(text) => text.to_vec(),
                None => Vec::from_frame(frame.clone()).unwrap_or_default(),
            };
            out.write_all(&text)?;
            out.write_all(b"\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_is_a_line_for_each_text() {
        let frame = Frame::Array(vec![
            Frame::from(vec![0xff]),
            Frame::Map(vec![(Frame::from("k"), Frame::Integer(1))]),
            Frame::Null,
            Frame::Double(0.5),
            Frame::Error("ERR no".into()),
        ]);
        let mut out = Vec::new();
        raw(&frame, &mut out).unwrap();
        assert_eq!(out, b"\xff\nk\n1\n\n0.5\nERR no\n");
    }

    #[test]
    fn pages_are_known_by_their_command() {
        assert!(is_page(&Command::from(["info", "server"])));
        assert!(is_page(&Command::from(["Client", "LIST"])));
        assert!(!is_page(&Command::from(["CLIENT", "GETNAME"])));
        assert!(!is_page(&Command::from(["CLIENT"])));
    }
}
