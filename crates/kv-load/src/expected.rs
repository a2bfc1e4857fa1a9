//! What a request must be answered, as far as it is known beforehand.

use anyhow::{Context, Result, bail};

use crate::scanner::Reply;

/// An answer: `+OK` (this simple string), `:` (any integer), `$16` (a bulk string of 16 bytes),
/// `*20 $6 $16` (an array of 20 bulk strings, of 6 and of 16 bytes in turn).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Expected {
    Status(String),
    Integer,
    Bulk(usize),
    Bulks { count: usize, lens: Vec<usize> },
}

/// Bytes at an offset.
pub(crate) type Part = (usize, Vec<u8>);

impl Expected {
    /// Reads the words behind the arrow of a template.
    pub(crate) fn parse(words: &[&str]) -> Result<Expected> {
        let number = |text: &str| text.parse().with_context(|| format!("{text} is no number"));
        let bulk = |word: &str| match word.strip_prefix('$') {
            Some(len) => number(len),
            None => bail!("an array is of bulk strings, not of {word}"),
        };
        let (first, others) = words.split_first().context("no reply is expected")?;
        Ok(match (first.split_at_checked(1), others) {
            (Some(("+", text)), []) => Expected::Status(text.to_owned()),
            (Some((":", "")), []) => Expected::Integer,
            (Some(("$", len)), []) => Expected::Bulk(number(len)?),
            (Some(("*", count)), [_, ..]) => {
                let lens = others.iter().map(|word| bulk(word)).collect::<Result<_>>()?;
                Expected::Bulks { count: number(count)?, lens }
            }
            _ => bail!("{} is no reply", words.join(" ")),
        })
    }

    /// As it is told from others.
    pub(crate) fn reply(&self) -> Reply {
        match self {
            Expected::Status(_) => Reply::Status,
            Expected::Integer => Reply::Integer,
            Expected::Bulk(len) => Reply::Bulk(*len),
            Expected::Bulks { count, .. } => {
                Reply::Bulks { count: *count, bytes: self.bulks().iter().sum() }
            }
        }
    }

    /// Its bytes, for servers that do not think.
    pub(crate) fn canned(&self) -> Vec<u8> {
        let head = match self {
            Expected::Status(text) => format!("+{text}\r\n"),
            Expected::Integer => ":1\r\n".to_owned(),
            Expected::Bulk(_) => String::new(),
            Expected::Bulks { count, .. } => format!("*{count}\r\n"),
        };
        let mut bytes = head.into_bytes();
        for len in self.bulks() {
            bytes.extend(format!("${len}\r\n").bytes());
            bytes.resize(bytes.len() + len, b'.');
            bytes.extend(b"\r\n");
        }
        bytes
    }

    /// Its length, and the bytes that are the same in each such answer, if its length is known.
    pub(crate) fn fixed(&self) -> Option<(usize, Vec<Part>)> {
        let canned = self.canned();
        if *self == Expected::Integer {
            return None;
        }
        let bulks = self.bulks();
        let framing = |len: &usize| format!("${len}\r\n").len() + len + 2;
        // Where the first bulk string begins; a simple string is fixed as a whole.
        let mut at = canned.len() - bulks.iter().map(framing).sum::<usize>();
        let (mut parts, mut from) = (Vec::new(), 0);
        for len in &bulks {
            let data = at + framing(len) - len - 2;
            parts.push((from, canned[from..data].to_vec()));
            from = data + len;
            at = from + 2;
        }
        parts.push((from, canned[from..].to_vec()));
        Some((canned.len(), parts))
    }

    /// Lengths of all its bulk strings.
    fn bulks(&self) -> Vec<usize> {
        match self {
            Expected::Status(_) | Expected::Integer => Vec::new(),
            Expected::Bulk(len) => vec![*len],
            Expected::Bulks { count, lens } => lens.iter().copied().cycle().take(*count).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(text: &str) -> Result<Expected> {
        Expected::parse(&text.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn an_answer_is_known_in_all_its_forms() {
        for (text, reply, canned) in [
            ("+OK", Reply::Status, "+OK\r\n"),
            (":", Reply::Integer, ":1\r\n"),
            ("$3", Reply::Bulk(3), "$3\r\n...\r\n"),
            ("$0", Reply::Bulk(0), "$0\r\n\r\n"),
            (
                "*3 $1 $2",
                Reply::Bulks { count: 3, bytes: 4 },
                "*3\r\n$1\r\n.\r\n$2\r\n..\r\n$1\r\n.\r\n",
            ),
            ("*0 $1", Reply::Bulks { count: 0, bytes: 0 }, "*0\r\n"),
        ] {
            let expected = expected(text).unwrap();
            assert_eq!(expected.reply(), reply, "{text}");
            assert_eq!(expected.canned(), canned.as_bytes(), "{text}");
        }
        for text in ["", "OK", ":1", "$", "$x", "$-1", "+OK +OK", "*2", "*x $1", "*2 :", "$1 $1"] {
            assert!(expected(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_fixed_is_all_but_the_data() {
        let fixed = |text: &str| expected(text).unwrap().fixed();
        let part = |at: usize, text: &str| (at, text.as_bytes().to_vec());
        assert_eq!(fixed(":"), None);
        assert_eq!(fixed("+PONG"), Some((7, vec![part(0, "+PONG\r\n")])));
        assert_eq!(fixed("$3"), Some((9, vec![part(0, "$3\r\n"), part(7, "\r\n")])));
        let array = vec![part(0, "*2\r\n$1\r\n"), part(9, "\r\n$12\r\n"), part(28, "\r\n")];
        assert_eq!(fixed("*2 $1 $12"), Some((30, array)));
    }
}
