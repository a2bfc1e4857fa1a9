//! What stands in front of a value in a snapshot: its key, and what is known of that.
//!
//! ```text
//! 0xfc deadline:i64 (milliseconds) │ 0xfd deadline:i32 (seconds)     if the key ends
//! 0xf8 idle (a number of seconds)  │ 0xf9 frequency:u8               if somebody asked for it to be kept
//! code │ key (a string) │ value
//! ```
//!
//! Numbers of a fixed size have their low bytes first.

use super::{Code, Error, Output, Reader, Text, Writer};

const DEADLINE_MS: u8 = 0xfc;
const DEADLINE: u8 = 0xfd;
const FREQUENCY: u8 = 0xf9;
const IDLE: u8 = 0xf8;

/// A key and what is known of it, in front of its value.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// What is in front of the code.
    pub marks: Marks,
    /// The form of the value.
    pub code: Code,
    /// The key.
    pub key: Text<'a>,
}

/// What is known of a key beside its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// When it ends, in Unix milliseconds.
    pub deadline: Option<u64>,
    /// How many seconds it had not been used for when the snapshot was taken.
    pub idle: Option<u64>,
}

impl<'a> Head<'a> {
    /// The head that comes next, in a snapshot of this version of the format.
    ///
    /// # Errors
    /// What is wrong with the bytes, and where; errors of [`Code::read`].
    pub fn read(reader: &mut Reader<'a>, version: u16) -> Result<Head<'a>, Error> {
        let (marks, code) = Marks::read(reader, version)?;
        Ok(Head { marks, code, key: reader.string()? })
    }
}

impl Marks {
    /// The marks that come next, and the code behind them.
    pub(super) fn read(reader: &mut Reader<'_>, version: u16) -> Result<(Marks, Code), Error> {
        let mut marks = Marks::default();
        loop {
            let at = reader.at();
            match reader.byte()? {
                DEADLINE_MS => marks.deadline = reader.deadline()?,
                DEADLINE => {
                    let seconds = i32::from_le_bytes(reader.array()?);
                    let reason = super::Reason::Deadline;
                    let seconds = u64::try_from(seconds).map_err(|_| Error { at, reason })?;
                    marks.deadline = Some(seconds * 1000);
                }
                IDLE => marks.idle = Some(reader.number()?),
                // How often keys are used is not counted here.
                FREQUENCY => drop(reader.byte()?),
                code => return Ok((marks, Code::read(code, version, at)?)),
            }
        }
    }
}

/// Writes when the key ends whose entry follows, in Unix milliseconds.
pub(super) fn write_deadline<O: Output>(writer: &mut Writer<O>, deadline: u64) {
    writer.byte(DEADLINE_MS);
    writer.deadline(Some(deadline));
}

#[cfg(test)]
mod tests {
    use super::super::Reason;
    use super::*;

    fn read(bytes: &[u8]) -> Result<(Marks, Code, Vec<u8>), Error> {
        let head = Head::read(&mut Reader::new(bytes), 11)?;
        Ok((head.marks, head.code, head.key.to_vec()))
    }

    #[test]
    fn all_marks_there_are() {
        let key = || (Code::String, b"k".to_vec());
        let expect = |deadline, idle| Ok((Marks { deadline, idle }, key().0, key().1));
        assert_eq!(read(b"\0\x01k"), expect(None, None));
        assert_eq!(read(b"\xfc\x01\x02\0\0\0\0\0\0\0\x01k"), expect(Some(0x201), None));
        assert_eq!(read(b"\xfd\x02\0\0\0\xf9\x07\0\x01k"), expect(Some(2000), None));
        assert_eq!(read(b"\xf8\x40\x50\0\x01k"), expect(None, Some(0x50)));
        let mut writer = Writer::new(Vec::new(), false);
        write_deadline(&mut writer, 0x201);
        assert_eq!(writer.into_inner(), b"\xfc\x01\x02\0\0\0\0\0\0");
    }

    #[test]
    fn what_is_none() {
        let wrong = |bytes: &[u8]| read(bytes).map_err(|error| (error.at, error.reason));
        assert_eq!(wrong(b"\xfd\xff\xff\xff\xff\0\x01k"), Err((0, Reason::Deadline)));
        assert_eq!(wrong(b"\xf9\x01\xfe\0"), Err((2, Reason::UnknownType(0xfe))));
        for len in 0..11 {
            let bytes = b"\xfc\x01\x02\0\0\0\0\0\0\0\x01k";
            assert_eq!(wrong(&bytes[..len]).map_err(|(_, reason)| reason), Err(Reason::Truncated));
        }
    }
}
