//! Records in the format: what `DUMP` and `RESTORE` do to them.

use bytes::Bytes;
use kv_types::{Kind, Record};

use super::{Code, Entry, Error, Output, Reader, Reason, Text, Writer, seal, unseal};
use crate::ctx::text_of;

/// The dump of the value in `record`; see [`write`].
///
/// # Errors
/// As [`write`].
pub(crate) fn dump(record: &Record, compress: bool) -> Result<Vec<u8>, crate::Error> {
    let mut writer = Writer::new(Vec::new(), compress);
    let code = write(record, Entry::new(&mut writer))?;
    let mut dump = writer.into_inner();
    seal(&mut dump, code.version());
    Ok(dump)
}

/// Writes the value of `record`. What a native client stored is written as the text it reads as.
///
/// # Errors
/// [`WrongType`](crate::Error::WrongType) for a frame that has no text: nothing in the format stands for it.
pub(crate) fn write<O: Output>(record: &Record, entry: Entry<'_, O>) -> Result<Code, crate::Error> {
    Ok(entry.string(text_of(record)?))
}

/// The record of `key` with the value of a dump; strings in it may have up to `max_string` bytes.
///
/// # Errors
/// What is wrong with the dump.
pub(crate) fn restore(
    key: &[u8],
    dump: &[u8],
    deadline: Option<u64>,
    max_string: usize,
) -> Result<Record, Error> {
    let (version, value) = unseal(dump)?;
    let mut reader = Reader::new(value).with_max_string(max_string);
    let code = Code::read(reader.byte()?, version, 0)?;
    let record = match code {
        Code::String => string(key, reader.string()?, deadline),
        _ => return Reader::error(0, Reason::Unsupported("collections")),
    };
    reader.finish()?;
    Ok(record)
}

fn string(key: &[u8], value: Text<'_>, deadline: Option<u64>) -> Record {
    match value {
        Text::Owned(value) => {
            let allocated = value.capacity();
            Record::adopt(key, Kind::String, Bytes::from(value), allocated, deadline)
        }
        value => Record::new(key, Kind::String, &value, deadline),
    }
}
