//! Frames for people to read, as redis-cli prints them.

use std::fmt::Write;

use super::Frame;

impl Frame {
    /// The frame as redis-cli prints it to a terminal: quoted strings, `(integer) 1`, `(nil)`,
    /// numbered and indented items. No line end at the end.
    pub fn pretty(&self) -> String {
        let mut text = String::new();
        write(&mut text, self, 0);
        text
    }
}

/// Writes `frame`; lines after the first are indented by `indent` columns.
fn write(text: &mut String, frame: &Frame, indent: usize) {
    // Writing to a String cannot fail, here and below.
    let _ = match frame {
        Frame::Simple(bytes) => text.write_str(&String::from_utf8_lossy(bytes)),
        Frame::Error(bytes) | Frame::BulkError(bytes) => {
            write!(text, "(error) {}", String::from_utf8_lossy(bytes))
        }
        Frame::Integer(number) => write!(text, "(integer) {number}"),
        Frame::Bulk(bytes) => write!(text, "\"{}\"", Quoted(bytes)),
        Frame::Verbatim { text: bytes, .. } => text.write_str(&String::from_utf8_lossy(bytes)),
        Frame::Null | Frame::NullArray => text.write_str("(nil)"),
        Frame::Boolean(value) => write!(text, "({value})"),
        Frame::Double(_) | Frame::BigNumber(_) => {
            let mut wire = Vec::new();
            frame.encode(&mut wire, crate::Protocol::Resp3);
            let digits = String::from_utf8_lossy(&wire[1..wire.len() - 2]).into_owned();
            let kind = if matches!(frame, Frame::Double(_)) { "double" } else { "big number" };
            write!(text, "({kind}) {digits}")
        }
        Frame::Array(items) => return list(text, items, ") ", "(empty array)", indent),
        Frame::Push(items) => return list(text, items, ") ", "(empty push)", indent),
        Frame::Set(items) => return list(text, items, "~ ", "(empty set)", indent),
        Frame::Map(pairs) => return map(text, pairs, indent),
        Frame::Attribute { frame, .. } => return write(text, frame, indent),
    };
}

fn list(text: &mut String, items: &[Frame], mark: &str, empty: &str, indent: usize) {
    if items.is_empty() {
        text.push_str(empty);
    }
    let width = items.len().to_string().len();
    for (at, item) in items.iter().enumerate() {
        start_line(text, at, indent);
        let _ = write!(text, "{:>width$}{mark}", at + 1);
        write(text, item, indent + width + mark.len());
    }
}

fn map(text: &mut String, pairs: &[(Frame, Frame)], indent: usize) {
    if pairs.is_empty() {
        text.push_str("(empty hash)");
    }
    let width = pairs.len().to_string().len();
    for (at, (key, value)) in pairs.iter().enumerate() {
        start_line(text, at, indent);
        let _ = write!(text, "{:>width$}# ", at + 1);
        write(text, key, indent + width + 2);
        text.push_str(" => ");
        write(text, value, indent + width + 2);
    }
}

fn start_line(text: &mut String, at: usize, indent: usize) {
    if at > 0 {
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', indent));
    }
}

/// Bytes with quotes, backslashes and unprintable ones escaped, to stand between double quotes.
struct Quoted<'a>(&'a [u8]);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for &byte in self.0 {
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", byte as char)?,
                b'\n' => f.write_str("\\n")?,
                b'\r' => f.write_str("\\r")?,
                b'\t' => f.write_str("\\t")?,
                0x07 => f.write_str("\\a")?,
                0x08 => f.write_str("\\b")?,
                b' '..=b'~' => f.write_char(byte as char)?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_read_as_redis_cli_prints_them() {
        let nested = Frame::Array(vec![
            Frame::from("a\n\"\u{1}"),
            Frame::Array(vec![Frame::Integer(1), Frame::Null]),
            Frame::Map(vec![(Frame::from("k"), Frame::Boolean(true))]),
        ]);
        let expected =
            "1) \"a\\n\\\"\\x01\"\n2) 1) (integer) 1\n   2) (nil)\n3) 1# \"k\" => (true)";
        assert_eq!(nested.pretty(), expected);
        assert_eq!(Frame::Array(vec![]).pretty(), "(empty array)");
        assert_eq!(Frame::Double(1.5).pretty(), "(double) 1.5");
        assert_eq!(Frame::Error("ERR no".into()).pretty(), "(error) ERR no");
    }
}
