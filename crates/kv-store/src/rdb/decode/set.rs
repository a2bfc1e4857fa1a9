//! Sets.

use kv_types::intset::Intset;

use super::super::{Collection, Packed, Reader, Reason, Sink, Text};
use super::{Error, count, groups, offer, packed, texts};

pub(super) fn strings(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let count = count(reader, 1)?;
    sink.begin(Collection::Set, count);
    for _ in 0..count {
        let at = reader.at();
        put(sink, at, &reader.string()?, None)?;
    }
    Ok(())
}

/// Members and absolute deadlines.
pub(super) fn ttl(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let count = count(reader, 1 + size_of::<u64>())?;
    sink.begin(Collection::Set, count);
    for _ in 0..count {
        let at = reader.at();
        let member = reader.string()?;
        put(sink, at, &member, reader.deadline()?)?;
    }
    Ok(())
}

pub(super) fn intset(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let at = reader.at();
    let text = reader.string()?;
    let set = packed(&text, at, |bytes| Intset::parse(bytes).ok())?;
    sink.begin(Collection::Set, groups(set.len(), 1, at)?);
    match sink.packed(Packed::Intset(set)) {
        true => Ok(()),
        false => set.iter().try_for_each(|member| put(sink, at, &Text::from(member), None)),
    }
}

pub(super) fn listpack(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let at = reader.at();
    let text = reader.string()?;
    let set = super::listpack(&text, at)?;
    sink.begin(Collection::Set, groups(set.len(), 1, at)?);
    match offer(texts(set), Some(set), Some(1), at, sink)? {
        true => Ok(()),
        false => texts(set).try_for_each(|member| put(sink, at, &member, None)),
    }
}

fn put(sink: &mut impl Sink, at: usize, member: &[u8], deadline: Option<u64>) -> Result<(), Error> {
    match sink.member(member, deadline) {
        true => Ok(()),
        false => Reader::error(at, Reason::Duplicate),
    }
}
