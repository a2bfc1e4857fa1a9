//! Sets.

use super::super::intset::Intset;
use super::super::{Collection, Packed, Reader, Reason, Sink};
use super::{Error, count, distinct, groups, offer, packed, texts};

pub(super) fn strings(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let count = count(reader, 1)?;
    sink.begin(Collection::Set, count);
    for _ in 0..count {
        let at = reader.at();
        put(sink, at, &reader.string()?)?;
    }
    Ok(())
}

pub(super) fn intset(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let at = reader.at();
    let text = reader.string()?;
    let set = packed(&text, at, Intset::parse)?;
    sink.begin(Collection::Set, set.len());
    match sink.packed(Packed::Intset(set.bytes())) {
        true => Ok(()),
        false => set.members().try_for_each(|member| put(sink, at, &member)),
    }
}

pub(super) fn listpack(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let at = reader.at();
    let text = reader.string()?;
    let set = super::listpack(&text, at)?;
    let count = groups(set.len(), 1, at)?;
    if !distinct(texts(set)) {
        return Reader::error(at, Reason::Duplicate);
    }
    sink.begin(Collection::Set, count);
    match offer(set, sink) {
        true => Ok(()),
        false => texts(set).try_for_each(|member| put(sink, at, &member)),
    }
}

fn put(sink: &mut impl Sink, at: usize, member: &[u8]) -> Result<(), Error> {
    match sink.member(member) {
        true => Ok(()),
        false => Reader::error(at, Reason::Duplicate),
    }
}
