//! Lists.

use super::super::{Collection, Reader, Reason, Sink, Text};
use super::{Error, Listpack, Ziplist, count, offer, packed, texts};

/// A node that is one large element by itself.
const PLAIN: u64 = 1;
/// A node that is a listpack.
const PACKED: u64 = 2;

pub(super) fn strings(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let count = count(reader, 1)?;
    sink.begin(Collection::List, count);
    for _ in 0..count {
        sink.item(&reader.string()?);
    }
    Ok(())
}

pub(super) fn ziplist(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    sink.begin(Collection::List, 0);
    let at = reader.at();
    match one_ziplist(reader, sink)? {
        0 => Reader::error(at, Reason::Empty),
        _ => Ok(()),
    }
}

pub(super) fn ziplists(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    sequence(reader, sink, one_ziplist)
}

pub(super) fn nodes(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    sequence(reader, sink, |reader, sink| {
        let at = reader.at();
        match reader.number()? {
            PLAIN => {
                sink.item(&reader.string()?);
                Ok(1)
            }
            PACKED => one_listpack(reader, sink),
            _ => Reader::error(at, Reason::Node),
        }
    })
}

/// A list of parts, each read by `part`, which tells how many elements were in it. A part may be empty,
/// the list may not.
fn sequence<S: Sink>(
    reader: &mut Reader<'_>,
    sink: &mut S,
    part: impl Fn(&mut Reader<'_>, &mut S) -> Result<usize, Error>,
) -> Result<(), Error> {
    let at = reader.at();
    let parts = count(reader, 1)?;
    sink.begin(Collection::List, parts);
    let mut len = 0;
    for _ in 0..parts {
        len += part(reader, sink)?;
    }
    if len == 0 { Reader::error(at, Reason::Empty) } else { Ok(()) }
}

fn one_ziplist(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<usize, Error> {
    let at = reader.at();
    let text = reader.string()?;
    let list = packed(&text, at, Ziplist::parse)?;
    items(list.texts(), None, at, sink)?;
    Ok(list.len())
}

fn one_listpack(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<usize, Error> {
    let at = reader.at();
    let text = reader.string()?;
    let list = super::listpack(&text, at)?;
    items(texts(list), Some(list), at, sink)?;
    Ok(list.len())
}

/// The elements of a part, of which there may be none.
fn items<'t>(
    texts: impl Iterator<Item = Text<'t>> + Clone,
    lies_in: Option<Listpack<'_>>,
    at: usize,
    sink: &mut impl Sink,
) -> Result<(), Error> {
    let is_empty = texts.clone().next().is_none();
    if !is_empty && !offer(texts.clone(), lies_in, None, at, sink)? {
        texts.for_each(|text| sink.item(&text));
    }
    Ok(())
}
