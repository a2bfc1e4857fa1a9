//! Sets.

use super::super::intset::Intset;
use super::super::listpack::Listpack;
use super::super::{Collection, Packed, Reader, Reason, Sink};
use super::{Error, count, distinct, groups, packed};

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
    let set = packed(&text, at, Listpack::parse)?;
    let count = groups(set.len(), 1, at)?;
    if !distinct(set.texts()) {
        return Reader::error(at, Reason::Duplicate);
    }
    sink.begin(Collection::Set, count);
    if !sink.packed(Packed::Listpack(set.bytes())) {
        set.texts().for_each(|member| drop(sink.member(&member)));
    }
    Ok(())
}
