//! The manifest: which files are the history.
//!
//! ```text
//! kv-log 1
//! base 3
//! segment 3 4711
//! segment 4 open
//! checksum 1f2e3d4c
//! ```
//!
//! The base is an RDB file with the state from which the segments go on: a number, `empty` if they begin with an
//! empty store, `unknown` if the log was begun over data that no base holds yet (then nothing is named).
//! Segments come in ascending order, each with its length in bytes. The last one is `open` while a process
//! writes to it. The checksum is the CRC-32C of all lines before it.

use std::fmt::Write as _;
use std::io::{self, Read};

use super::names;
use crate::disk::{self, Disk};

/// The most bytes of a manifest that are read: some hundred thousand segments.
const MAX_BYTES: u64 = 16 << 20;

const FIRST_LINE: &str = "kv-log 1";

/// One consistent set of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) base: Base,
    /// Segments that are complete, in ascending order.
    pub(crate) sealed: Vec<Sealed>,
    /// The segment that is written to.
    pub(crate) open: Option<u64>,
}

/// Where the segments go on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// Data that is in no file yet.
    Unknown,
    /// The empty store.
    Empty,
    /// A base, by the number of the first segment after it.
    File(u64),
}

/// A segment to which nothing is added any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) number: u64,
    /// All of its bytes, header included.
    pub(crate) length: u64,
}

/// What is wrong with a manifest, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) offset: u64,
    pub(crate) reason: String,
}

impl Manifest {
    /// The greatest number in use; 0 if none is.
    pub(crate) fn last_number(&self) -> u64 {
        let base = match self.base {
            Base::File(number) => number,
            Base::Unknown | Base::Empty => 0,
        };
        let sealed = self.sealed.last().map_or(0, |segment| segment.number);
        base.max(sealed).max(self.open.unwrap_or(0))
    }

    /// Whether the file is one of those that are named.
    pub(crate) fn names(&self, file: &str) -> bool {
        match names::parse(file) {
            Some(names::File::Base(number)) => self.base == Base::File(number),
            Some(names::File::Segment(number)) => {
                self.open == Some(number) || self.sealed.iter().any(|seg| seg.number == number)
            }
            None => false,
        }
    }

    /// Puts the manifest on the disk.
    ///
    /// # Errors
    /// Those of [`disk::replace`]: after one either manifest may be found.
    pub(crate) fn commit(&self, disk: &dyn Disk) -> io::Result<()> {
        let text = self.text();
        disk::replace(disk, names::MANIFEST, |out| out.write_all(text.as_bytes()))?;
        Ok(())
    }

    /// Reads the manifest; `None` if there is none.
    ///
    /// # Errors
    /// The disk's, or what is wrong with the text.
    pub(crate) fn load(disk: &dyn Disk) -> io::Result<Option<Result<Manifest, Flaw>>> {
        let reader = match disk.read(names::MANIFEST, 0) {
            Ok(reader) => reader,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut text = Vec::new();
        reader.take(MAX_BYTES).read_to_end(&mut text)?;
        Ok(Some(Manifest::parse(&text)))
    }

    fn text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n");
        // Writing to a string cannot fail.
        let _ = match self.base {
            Base::Unknown => writeln!(text, "base unknown"),
            Base::Empty => writeln!(text, "base empty"),
            Base::File(number) => writeln!(text, "base {number}"),
        };
        for Sealed { number, length } in &self.sealed {
            let _ = writeln!(text, "segment {number} {length}");
        }
        if let Some(number) = self.open {
            let _ = writeln!(text, "segment {number} open");
        }
        let sum = crc32c::crc32c(text.as_bytes());
        let _ = writeln!(text, "checksum {sum:08x}");
        text
    }

    fn parse(bytes: &[u8]) -> Result<Manifest, Flaw> {
        let flaw =
            |offset: usize, reason: &str| Flaw { offset: offset as u64, reason: reason.into() };
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Err(flaw(error.valid_up_to(), "this is no text")),
        };
        let mut manifest = Manifest { base: Base::Unknown, sealed: Vec::new(), open: None };
        let mut offset = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match (index, words.as_slice()) {
                (0, _) if line.trim_end() == FIRST_LINE => {}
                (0, ["kv-log", version]) => {
                    return Err(flaw(offset, &format!("format version {version} is not known")));
                }
                (0, _) => return Err(flaw(offset, "this is no manifest of a log")),
                (1, ["base", base]) => manifest.base = parse_base(base, &flaw, offset)?,
                (2.., ["segment", number, length]) => {
                    manifest.add_segment(number, length).map_err(|why| flaw(offset, why))?;
                }
                (2.., ["checksum", sum]) => {
                    if *sum != format!("{:08x}", crc32c::crc32c(&bytes[..offset])) {
                        return Err(flaw(offset, "the checksum is wrong"));
                    }
                }
                _ => return Err(flaw(offset, "this line is not understood")),
            }
            offset += line.len();
        }
        // Each set of files has one spelling: so lines that are missing, doubled or in another order are found.
        if manifest.text() != text {
            return Err(flaw(offset, "lines are missing, or not as they are written"));
        }
        Ok(manifest)
    }

    fn add_segment(&mut self, number: &str, length: &str) -> Result<(), &'static str> {
        let number = number.parse().map_err(|_| "a segment's number is none")?;
        let before = self.sealed.last().map(|segment| segment.number).max(self.open);
        let first = match self.base {
            Base::Unknown => return Err("segments without a base"),
            Base::Empty => 1,
            Base::File(base) => base,
        };
        if number < first || before.is_some_and(|before| number <= before) || self.open.is_some() {
            return Err("segments are not in order");
        }
        if length == "open" {
            self.open = Some(number);
        } else {
            let length = length.parse().map_err(|_| "a segment's length is none")?;
            self.sealed.push(Sealed { number, length });
        }
        Ok(())
    }
}

fn parse_base(
    word: &str,
    flaw: &impl Fn(usize, &str) -> Flaw,
    offset: usize,
) -> Result<Base, Flaw> {
    match word {
        "unknown" => Ok(Base::Unknown),
        "empty" => Ok(Base::Empty),
        number => match number.parse() {
            Ok(number) if number > 0 => Ok(Base::File(number)),
            _ => Err(flaw(offset, "the base's number is none")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Manifest {
        let sealed = vec![Sealed { number: 3, length: 4711 }, Sealed { number: 5, length: 40 }];
        Manifest { base: Base::File(3), sealed, open: Some(6) }
    }

    #[test]
    fn what_was_written_is_read() {
        for manifest in [
            example(),
            Manifest { open: None, ..example() },
            Manifest { base: Base::Empty, ..example() },
            Manifest { base: Base::Unknown, sealed: vec![], open: None },
            Manifest { base: Base::File(u64::MAX), sealed: vec![], open: None },
        ] {
            assert_eq!(Manifest::parse(manifest.text().as_bytes()), Ok(manifest));
        }
    }

    #[test]
    fn damage_is_found_with_its_place() {
        let text = example().text();
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut damaged = text.clone().into_bytes();
                damaged[at] ^= 1 << bit;
                assert!(Manifest::parse(&damaged).is_err(), "bit {bit} of byte {at}");
            }
            assert!(Manifest::parse(&text.as_bytes()[..at]).is_err(), "only {at} bytes");
        }
        let text = text.replace("segment 5", "segment 2");
        let flaw = Manifest::parse(text.as_bytes()).unwrap_err();
        let offset = text.find("segment 2").unwrap() as u64;
        assert_eq!(flaw, Flaw { offset, reason: "segments are not in order".to_owned() });
    }

    #[test]
    fn a_version_of_later_is_named() {
        let flaw = Manifest::parse(b"kv-log 2\nwhatever\n").unwrap_err();
        assert_eq!(flaw.reason, "format version 2 is not known");
    }
}
