//! Where replies end, and what they are, without keeping them.

/// Longest line of a reply that comes in pieces, in bytes: an error's text at most.
const MAX_LINE: usize = 64 * 1024;

/// What a reply is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reply {
    /// A simple string.
    Status,
    /// An integer.
    Integer,
    /// A bulk string of that many bytes.
    Bulk(usize),
    /// No value.
    Null,
    /// An array of bulk strings.
    Bulks {
        /// Elements.
        count: usize,
        /// Bytes of all of them.
        bytes: usize,
    },
    /// An error.
    Error,
    /// Anything else.
    Other,
}

/// Bytes that are no reply.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Malformed(
    /// The line that was not understood, or its beginning.
    pub String,
);

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no reply starts with {:?}", self.0)
    }
}

impl std::error::Error for Malformed {}

/// Follows a stream of replies that may be cut anywhere.
#[derive(Debug, Default)]
pub struct Scanner {
    /// Bytes of a bulk string and its line end that are still to come.
    skip: usize,
    /// The beginning of a line whose end is still to come.
    line: Vec<u8>,
    /// Elements that the reply still lacks; 0 between replies.
    missing: usize,
    /// What the reply is as far as it is known.
    so_far: Option<Reply>,
    /// The text of the last error.
    error: String,
}

impl Scanner {
    /// Whether nothing of a reply has come yet.
    #[must_use]
    pub fn is_between_replies(&self) -> bool {
        self.skip == 0 && self.line.is_empty() && self.missing == 0
    }

    /// The text of the last error.
    #[must_use]
    pub fn last_error(&self) -> &str {
        &self.error
    }

    /// Reads up to the end of a reply; returns it, and how many bytes were read. All of them are if
    /// there is no end in them.
    ///
    /// # Errors
    /// If the bytes are no replies.
    pub fn next(&mut self, bytes: &[u8]) -> Result<(Option<Reply>, usize), Malformed> {
        let mut at = 0;
        while at < bytes.len() {
            if self.skip > 0 {
                let skipped = self.skip.min(bytes.len() - at);
                self.skip -= skipped;
                at += skipped;
                if self.skip > 0 {
                    break;
                }
                if let Some(reply) = self.element_ends() {
                    return Ok((Some(reply), at));
                }
                continue;
            }
            let rest = &bytes[at..];
            let Some(end) = memchr::memchr(b'\n', rest) else {
                self.line.extend_from_slice(rest);
                if self.line.len() > MAX_LINE {
                    return Err(malformed(&self.line));
                }
                at = bytes.len();
                break;
            };
            at += end + 1;
            if self.line.is_empty() {
                self.line_ends(&rest[..end])?;
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(&rest[..end]);
                self.line_ends(&line)?;
            }
            if self.skip == 0
                && let Some(reply) = self.element_ends()
            {
                return Ok((Some(reply), at));
            }
        }
        Ok((None, at))
    }

    /// Takes a line without its `\n`. What it announces is one element with its bytes, or further
    /// elements.
    fn line_ends(&mut self, line: &[u8]) -> Result<(), Malformed> {
        let [kind, text @ .., b'\r'] = line else { return Err(malformed(line)) };
        if self.missing == 0 {
            self.missing = 1;
        }
        let first = self.so_far.is_none();
        let this = match kind {
            b'+' => Reply::Status,
            b':' => Reply::Integer,
            b'-' => {
                self.error = String::from_utf8_lossy(text).into_owned();
                Reply::Error
            }
            b'_' => Reply::Null,
            b'#' | b',' | b'(' => Reply::Other,
            b'$' if text == b"-1" => Reply::Null,
            b'*' if text == b"-1" => Reply::Null,
            b'$' | b'=' | b'!' => {
                let len = number(text).ok_or_else(|| malformed(line))?;
                self.skip = len + 2;
                Reply::Bulk(len)
            }
            b'*' | b'~' | b'>' | b'%' => {
                let count = number(text).ok_or_else(|| malformed(line))?;
                let elements = if *kind == b'%' { count.saturating_mul(2) } else { count };
                self.missing = self.missing.saturating_add(elements);
                let array = *kind == b'*' && first;
                self.so_far =
                    Some(if array { Reply::Bulks { count, bytes: 0 } } else { Reply::Other });
                return Ok(());
            }
            _ => return Err(malformed(line)),
        };
        self.so_far = Some(match (self.so_far, this) {
            (None, this) => this,
            (Some(Reply::Bulks { count, bytes }), Reply::Bulk(len)) => {
                Reply::Bulks { count, bytes: bytes + len }
            }
            _ => Reply::Other,
        });
        Ok(())
    }

    /// Counts an element; returns the reply if it was the last.
    fn element_ends(&mut self) -> Option<Reply> {
        self.missing -= 1;
        if self.missing > 0 {
            return None;
        }
        self.so_far.take()
    }
}

fn number(text: &[u8]) -> Option<usize> {
    if text.is_empty() || text.len() > 12 {
        return None;
    }
    text.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + usize::from(digit - b'0'))
    })
}

fn malformed(line: &[u8]) -> Malformed {
    Malformed(String::from_utf8_lossy(&line[..line.len().min(40)]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(scanner: &mut Scanner, mut bytes: &[u8], replies: &mut Vec<Reply>) {
        while !bytes.is_empty() {
            let (reply, read) = scanner.next(bytes).unwrap();
            replies.extend(reply);
            bytes = &bytes[read..];
        }
    }

    #[test]
    fn replies_are_told_apart_wherever_they_are_cut() {
        let text = b"+OK\r\n:-12\r\n$5\r\nhel\r\n\r\n$0\r\n\r\n$-1\r\n_\r\n-ERR no\r\n\
            *2\r\n$3\r\nabc\r\n$3\r\n\r\nd\r\n*0\r\n*2\r\n$1\r\na\r\n$2\r\nbc\r\n\
            *2\r\n*1\r\n:1\r\n+x\r\n%1\r\n+a\r\n:1\r\n+PONG\r\n";
        let expected = [
            Reply::Status,
            Reply::Integer,
            Reply::Bulk(5),
            Reply::Bulk(0),
            Reply::Null,
            Reply::Null,
            Reply::Error,
            Reply::Bulks { count: 2, bytes: 6 },
            Reply::Bulks { count: 0, bytes: 0 },
            Reply::Bulks { count: 2, bytes: 3 },
            Reply::Other,
            Reply::Other,
            Reply::Status,
        ];
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let (mut scanner, mut replies) = (Scanner::default(), Vec::new());
                for piece in [&text[..first], &text[first..second], &text[second..]] {
                    all(&mut scanner, piece, &mut replies);
                }
                assert_eq!(replies, expected, "cut at {first} and {second}");
                assert!(scanner.is_between_replies());
                assert_eq!(scanner.last_error(), "ERR no");
            }
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for text in ["hello\r\n", "$x\r\n", "*-2\r\n", "+OK\n", "$99999999999999999999\r\n"] {
            assert!(Scanner::default().next(text.as_bytes()).is_err(), "{text:?}");
        }
        let endless = vec![b'+'; MAX_LINE + 1];
        assert!(Scanner::default().next(&endless).is_err());
    }
}
