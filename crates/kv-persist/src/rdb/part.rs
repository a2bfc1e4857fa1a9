//! The parts of a snapshot that are no entries.

use kv_store::rdb::skip::{self, Stop};
use kv_store::rdb::{self, Reader};

/// Import of slots (Valkey 9): a job's name and ranges of slots.
const SLOT_IMPORT: u8 = 243;
/// How many keys a slot has (Redis 7.4, Valkey 8): slot, keys, keys with a time to live.
const SLOT_INFO: u8 = 244;
/// The code of a function library.
const FUNCTION: u8 = 245;
/// The same in previews of Redis 7: name, engine, description, code.
const FUNCTION_PREVIEW: u8 = 246;
/// What a module has to say beside its values.
const MODULE_AUX: u8 = 247;
/// What the writer says of itself: name and value.
const AUX: u8 = 250;
/// How many keys follow in this database, and how many of them have a time to live.
const RESIZE: u8 = 251;
/// Which database follows.
const SELECT: u8 = 254;
/// The end: a checksum follows.
const END: u8 = 255;

/// What may stand in front of an entry's code has numbers among these parts.
const MARKS: [u8; 4] = [248, 249, 252, 253];

/// A part of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An entry begins here.
    Entry,
    /// A name and a value.
    Aux(Vec<u8>, Vec<u8>),
    /// Entries of this database follow.
    Select(u64),
    /// So many keys follow in this database.
    Resize(u64),
    /// A function library.
    Function(Vec<u8>),
    /// Data of a module of this name.
    Module(String),
    /// What can be done without.
    Other,
    /// The end.
    End,
}

impl Part {
    /// Whether an entry begins with this byte, if anything does.
    pub(super) fn is_entry(byte: u8) -> bool {
        byte < SLOT_IMPORT || MARKS.contains(&byte)
    }

    /// The part that comes next; of an entry nothing is read.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Part, Stop> {
        let mut ahead = reader.clone();
        let part = match ahead.byte()? {
            AUX => Part::Aux(text(&mut ahead)?, text(&mut ahead)?),
            SELECT => Part::Select(ahead.number()?),
            RESIZE => {
                let keys = ahead.number()?;
                ahead.number()?;
                Part::Resize(keys)
            }
            FUNCTION => Part::Function(text(&mut ahead)?),
            FUNCTION_PREVIEW => {
                skip::string(&mut ahead)?;
                skip::string(&mut ahead)?;
                if ahead.number()? != 0 {
                    skip::string(&mut ahead)?;
                }
                Part::Function(text(&mut ahead)?)
            }
            MODULE_AUX => Part::Module(module(&mut ahead)?),
            SLOT_INFO => {
                (0..3).try_for_each(|_| ahead.number().map(drop))?;
                Part::Other
            }
            SLOT_IMPORT => {
                skip::string(&mut ahead)?;
                let ranges = ahead.number()?;
                (0..ranges).try_for_each(|_| ahead.number().and(ahead.number()).map(drop))?;
                Part::Other
            }
            END => Part::End,
            byte => {
                debug_assert!(Part::is_entry(byte));
                return Ok(Part::Entry);
            }
        };
        *reader = ahead;
        Ok(part)
    }
}

/// A string that must be there as a whole before room is taken for it.
fn text(reader: &mut Reader<'_>) -> Result<Vec<u8>, Stop> {
    skip::string(&mut reader.clone())?;
    Ok(reader.string()?.to_vec())
}

/// Skips what a module has written; the module's name.
fn module(reader: &mut Reader<'_>) -> Result<String, Stop> {
    const END: u64 = 0;
    const SIGNED: u64 = 1;
    const UNSIGNED: u64 = 2;
    const FLOAT: u64 = 3;
    const DOUBLE: u64 = 4;
    const STRING: u64 = 5;
    let id = reader.number()?;
    loop {
        // The first one says whether it was written before or after the keys.
        let at = reader.at();
        match reader.number()? {
            END => return Ok(module_name(id)),
            SIGNED | UNSIGNED => drop(reader.number()?),
            FLOAT => skip::bytes(reader, 4)?,
            DOUBLE => skip::bytes(reader, 8)?,
            STRING => skip::string(reader)?,
            _ => {
                let reason =
                    rdb::Reason::Unsupported("data of a module in a form that is not known");
                return Err(Stop::Wrong(rdb::Error { at, reason }));
            }
        }
    }
}

/// The nine characters that are in a module's number, of six bits each, above ten bits of version.
fn module_name(id: u64) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let places = (0..9).rev().map(|place| id >> (10 + 6 * place) & 0x3f);
    places.map(|letter| char::from(LETTERS[letter as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Part, usize) {
        for len in 1..bytes.len() {
            let part = Part::read(&mut Reader::new(&bytes[..len]));
            assert!(matches!(part, Err(Stop::Short(1..))), "{part:?} of {len} bytes");
        }
        let more = [bytes, b"more"].concat();
        let mut reader = Reader::new(&more);
        let part = Part::read(&mut reader).unwrap();
        (part, reader.at())
    }

    #[test]
    fn all_parts() {
        let parts: [(&[u8], Part); 10] = [
            (b"\xfa\x03abc\xc0\x40", Part::Aux(b"abc".to_vec(), b"64".to_vec())),
            (b"\xfe\x40\x50", Part::Select(0x50)),
            (b"\xfb\x05\x03", Part::Resize(5)),
            (b"\xf5\x03abc", Part::Function(b"abc".to_vec())),
            (b"\xf6\x01n\x01e\x00\x03abc", Part::Function(b"abc".to_vec())),
            (b"\xf6\x01n\x01e\x01\x01d\x03abc", Part::Function(b"abc".to_vec())),
            (b"\xf4\x05\x03\x01", Part::Other),
            (b"\xf3\x03job\x02\x01\x02\x03\x04", Part::Other),
            (b"\xff", Part::End),
            (
                b"\xf7\x81\x35\x40\x80\x5a\x91\x2c\xf0\x01\x02\x01\x05\x03abc\x03abcd\x04abcdefgh\x01\x05\x00",
                Part::Module("NUCAWpEs8".to_owned()),
            ),
        ];
        for (bytes, expected) in parts {
            let found = read(bytes);
            assert_eq!(found.1, bytes.len(), "{expected:?}");
            if !matches!(expected, Part::Module(_)) {
                assert_eq!(found.0, expected);
            } else {
                assert!(matches!(found.0, Part::Module(name) if name.len() == 9));
            }
        }
        for entry in [&b"\0\x01k\x01v"[..], b"\xfc\0\0\0\0\0\0\0\0\0\x01k\x01v", b"\x63"] {
            let mut reader = Reader::new(entry);
            assert_eq!((Part::read(&mut reader), reader.at()), (Ok(Part::Entry), 0));
        }
    }

    #[test]
    fn the_name_of_a_module() {
        // As Redis makes it of a name of nine characters and a version.
        let id = b"ReJSON-RL".iter().fold(0, |id, byte| {
            let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            id << 6 | letters.iter().position(|letter| letter == byte).unwrap() as u64
        });
        assert_eq!(module_name(id << 10 | 3), "ReJSON-RL");
    }

    #[test]
    fn data_of_modules_in_other_forms() {
        let wrong = Part::read(&mut Reader::new(b"\xf7\x05\x02\x01\x06\x00"));
        assert!(matches!(wrong, Err(Stop::Wrong(rdb::Error { at: 4, .. }))), "{wrong:?}");
    }
}
