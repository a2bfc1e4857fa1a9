//! Inline requests: words on a line, as typed into a terminal.

use super::ArgSpan;
use crate::error::ProtocolError;

/// Splits a line (without its line end) into words, appended to `words` without quotes and
/// escapes, with a span for each.
///
/// Words are parted by blanks. Within double quotes `\xHH`, `\n`, `\r`, `\t`, `\b` and `\a` are
/// what they are in C, and a backslash before any other byte is dropped. Within single quotes only
/// `\'` is special. A quote may begin and end inside a word: `a"b c"d` is one word.
pub(super) fn split(
    line: &[u8],
    words: &mut Vec<u8>,
    spans: &mut Vec<ArgSpan>,
) -> Result<(), ProtocolError> {
    let mut rest = line;
    loop {
        while let [byte, tail @ ..] = rest
            && is_space(*byte)
        {
            rest = tail;
        }
        if rest.is_empty() {
            return Ok(());
        }
        let start = words.len();
        rest = word(rest, words)?;
        spans.push(ArgSpan::bytes(start, words.len()));
    }
}

/// Reads one word; what follows it.
fn word<'a>(mut rest: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], ProtocolError> {
    while let [byte, tail @ ..] = rest {
        rest = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => break,
            b'"' => double_quoted(tail, out)?,
            b'\'' => single_quoted(tail, out)?,
            byte => {
                out.push(*byte);
                tail
            }
        };
    }
    Ok(rest)
}

/// Reads up to the closing double quote; what follows it.
fn double_quoted<'a>(mut rest: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], ProtocolError> {
    loop {
        rest = match rest {
            [b'"', tail @ ..] => return Ok(tail),
            [b'\\', b'x', high, low, tail @ ..]
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) =>
            {
                out.push(high << 4 | low);
                tail
            }
            [b'\\', escaped, tail @ ..] => {
                out.push(unescape(*escaped));
                tail
            }
            [byte, tail @ ..] => {
                out.push(*byte);
                tail
            }
            [] => return Err(ProtocolError::UnbalancedQuotes),
        };
    }
}

/// Reads up to the closing single quote; what follows it.
fn single_quoted<'a>(mut rest: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], ProtocolError> {
    loop {
        rest = match rest {
            [b'\'', tail @ ..] => return Ok(tail),
            [b'\\', b'\'', tail @ ..] => {
                out.push(b'\'');
                tail
            }
            [byte, tail @ ..] => {
                out.push(*byte);
                tail
            }
            [] => return Err(ProtocolError::UnbalancedQuotes),
        };
    }
}

/// What a backslash before this byte stands for.
fn unescape(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'a' => 0x07,
        other => other,
    }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// The blanks of C's `isspace`, which may stand before a word.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c)
}
