//! Sets.

use super::super::intset::Intset;
use super::super::{Collection, Packed, Reader, Reason, Sink};
use super::{Error, count, distinct, groups, offer, packed, texts};

pub(super) fn strings(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let count = count(reader, 1)?;
    sink.begin(Collection::Set, count);
    for _ in 0..count {
        let at = reader.at();
        if !sink.member(&reader.string()?) {
            return Reader::error(at, Reason::Duplicate);
        }
    }
    Ok(())
}

pub(super) fn intset(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let at = reader.at();
    let text = reader.string()?;
    let set = packed(&text, at, Intset::parse)?;
    sink.begin(Collection::Set, set.len());
    if !sink.packed(Packed::Intset(set.bytes())) {
        set.members().for_each(|member| drop(sink.member(&member)));
    }
    Ok(())
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
    if !offer(set, sink) {
        texts(set).for_each(|member| drop(sink.member(&member)));
    }
    Ok(())
}
