//! Hashes.

use super::super::zipmap::Zipmap;
use super::super::{Collection, Reader, Reason, Sink, Text};
use super::{Error, Listpack, Ziplist, count, groups, offer, packed, texts};

pub(super) fn strings(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let count = count(reader, 2)?;
    sink.begin(Collection::Hash, count);
    for _ in 0..count {
        let at = reader.at();
        put(sink, at, &reader.string()?, &reader.string()?, None)?;
    }
    Ok(())
}

/// Fields, values and absolute deadlines.
pub(super) fn ttl(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let count = count(reader, 2 + size_of::<u64>())?;
    sink.begin(Collection::Hash, count);
    for _ in 0..count {
        let at = reader.at();
        let (field, value) = (reader.string()?, reader.string()?);
        put(sink, at, &field, &value, reader.deadline()?)?;
    }
    Ok(())
}

/// The earliest deadline, then deadlines relative to it, fields and values.
pub(super) fn ttl_relative(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let earliest = earliest(reader)?;
    ttl_first(reader, Some(earliest), sink)
}

fn earliest(reader: &mut Reader<'_>) -> Result<u64, Error> {
    let at = reader.at();
    reader.deadline()?.ok_or(Error { at, reason: Reason::Deadline })
}

/// Deadlines, fields and values. A deadline is a number, 0 for none; if an `earliest` was in front of
/// them, it is one more than how much later it is than that.
pub(super) fn ttl_first(
    reader: &mut Reader<'_>,
    earliest: Option<u64>,
    sink: &mut impl Sink,
) -> Result<(), Error> {
    let count = count(reader, 3)?;
    sink.begin(Collection::Hash, count);
    for _ in 0..count {
        let at = reader.at();
        let deadline = match (reader.number()?, earliest) {
            (0, _) => None,
            (absolute, None) => Some(absolute),
            (later, Some(earliest)) => Some(earliest.saturating_add(later - 1)),
        };
        let deadline = checked(deadline, at)?;
        put(sink, at, &reader.string()?, &reader.string()?, deadline)?;
    }
    Ok(())
}

pub(super) fn zipmap(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let at = reader.at();
    let text = reader.string()?;
    let map = packed(&text, at, Zipmap::parse)?;
    sink.begin(Collection::Hash, groups(map.len(), 1, at)?);
    map.fields().try_for_each(|(field, value)| put(sink, at, field, value, None))
}

pub(super) fn ziplist(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let at = reader.at();
    let text = reader.string()?;
    let list = packed(&text, at, Ziplist::parse)?;
    pairs(groups(list.len(), 2, at)?, list.texts(), None, at, sink)
}

pub(super) fn listpack(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let at = reader.at();
    let text = reader.string()?;
    let list = super::listpack(&text, at)?;
    pairs(groups(list.len(), 2, at)?, texts(list), Some(list), at, sink)
}

/// Fields and values that take turns.
fn pairs<'t>(
    count: usize,
    texts: impl Iterator<Item = Text<'t>> + Clone,
    lies_in: Option<Listpack<'_>>,
    at: usize,
    sink: &mut impl Sink,
) -> Result<(), Error> {
    sink.begin(Collection::Hash, count);
    match offer(texts.clone(), lies_in, Some(2), at, sink)? {
        true => Ok(()),
        false => put_all(sink, at, texts),
    }
}

/// The earliest deadline, which nobody here needs, then the listpack.
pub(super) fn listpack_ttl_behind(
    reader: &mut Reader<'_>,
    sink: &mut impl Sink,
) -> Result<(), Error> {
    earliest(reader)?;
    listpack_ttl(reader, sink)
}

/// A listpack of fields, values and absolute deadlines, 0 for none.
pub(super) fn listpack_ttl(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let at = reader.at();
    let text = reader.string()?;
    let list = super::listpack(&text, at)?;
    sink.begin(Collection::Hash, groups(list.len(), 3, at)?);
    let mut texts = texts(list);
    while let (Some(field), Some(value), Some(deadline)) =
        (texts.next(), texts.next(), texts.next())
    {
        let deadline = match kv_types::integer::parse(&deadline).map(u64::try_from) {
            Some(Ok(0)) => None,
            Some(Ok(deadline)) => Some(deadline),
            _ => return Reader::error(at, Reason::Deadline),
        };
        put(sink, at, &field, &value, deadline)?;
    }
    Ok(())
}

fn put_all<'t>(
    sink: &mut impl Sink,
    at: usize,
    mut texts: impl Iterator<Item = Text<'t>>,
) -> Result<(), Error> {
    while let (Some(field), Some(value)) = (texts.next(), texts.next()) {
        put(sink, at, &field, &value, None)?;
    }
    Ok(())
}

fn put(
    sink: &mut impl Sink,
    at: usize,
    field: &[u8],
    value: &[u8],
    deadline: Option<u64>,
) -> Result<(), Error> {
    match sink.field(field, value, deadline) {
        true => Ok(()),
        false => Reader::error(at, Reason::Duplicate),
    }
}

/// A deadline that 63 bits hold.
fn checked(deadline: Option<u64>, at: usize) -> Result<Option<u64>, Error> {
    match deadline {
        Some(millis) if i64::try_from(millis).is_err() => Reader::error(at, Reason::Deadline),
        fits => Ok(fits),
    }
}
