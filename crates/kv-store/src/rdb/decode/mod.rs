//! Reading values of every kind.
//!
//! What is checked here is all that can be: a value that is handed to a [`Sink`] without an error is one
//! that commands could have made.

mod frame;
mod hash;
mod list;
mod set;
mod zset;

use kv_types::PACKED_MAX;
use kv_types::listpack::{self, Listpack};
use smallvec::SmallVec;

use super::ziplist::Ziplist;
use super::{Code, Error, Packed, Reader, Reason, Sink, Text};

/// Elements of a packed collection up to which no memory is taken to find those that are there twice.
const FEW: usize = 32;

/// Reads a value whose code has been read, and hands it to `sink`.
///
/// # Errors
/// What is wrong with the bytes, and where. A [`Reason::Truncated`] means that they could be the beginning
/// of a value.
pub fn decode(code: Code, reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    match code {
        Code::String => {
            sink.string(reader.string()?);
            Ok(())
        }
        Code::Frame => frame::frame(reader, sink),
        Code::List => list::strings(reader, sink),
        Code::ListZiplist => list::ziplist(reader, sink),
        Code::ListZiplists => list::ziplists(reader, sink),
        Code::ListNodes => list::nodes(reader, sink),
        Code::Set => set::strings(reader, sink),
        Code::SetIntset => set::intset(reader, sink),
        Code::SetListpack => set::listpack(reader, sink),
        Code::SetTtl => set::ttl(reader, sink),
        Code::Hash => hash::strings(reader, sink),
        Code::HashZipmap => hash::zipmap(reader, sink),
        Code::HashZiplist => hash::ziplist(reader, sink),
        Code::HashListpack => hash::listpack(reader, sink),
        Code::HashTtl => hash::ttl(reader, sink),
        Code::HashTtlPreview => hash::ttl_first(reader, None, sink),
        Code::HashTtlRelative => hash::ttl_relative(reader, sink),
        Code::HashListpackTtlPreview => hash::listpack_ttl(reader, sink),
        Code::HashListpackTtl => hash::listpack_ttl_behind(reader, sink),
        Code::Zset => zset::strings(reader, Reader::double, sink),
        Code::ZsetDecimal => zset::strings(reader, Reader::decimal, sink),
        Code::ZsetZiplist => zset::ziplist(reader, sink),
        Code::ZsetListpack => zset::listpack(reader, sink),
    }
}

/// Reads the number of elements of a collection; each takes at least `size` bytes.
fn count(reader: &mut Reader<'_>, size: usize) -> Result<usize, Error> {
    let at = reader.at();
    match reader.count(size)? {
        0 => Reader::error(at, Reason::Empty),
        count => Ok(count),
    }
}

/// Reads a string and lets `parse` make something of it.
fn packed<'t, T>(
    text: &'t Text<'_>,
    at: usize,
    parse: impl FnOnce(&'t [u8]) -> Option<T>,
) -> Result<T, Error> {
    parse(text).ok_or(Error { at, reason: Reason::Packed })
}

/// Reads a string and makes a listpack of it.
fn listpack<'t>(text: &'t Text<'_>, at: usize) -> Result<Listpack<'t>, Error> {
    packed(text, at, |bytes| Listpack::parse(bytes).ok())
}

fn texts<'t>(list: Listpack<'t>) -> impl Iterator<Item = Text<'t>> + Clone + use<'t> {
    list.iter().map(Text::from)
}

/// Offers a sink elements in one listpack: the one they lie in, if each has the form there that this store
/// would have given it, or else a new one. Whether it took them. More than a record holds is not offered.
///
/// Of every `step` texts, if that is given, the first is a name that no other has.
fn offer<'t>(
    texts: impl Iterator<Item = Text<'t>> + Clone,
    lies_in: Option<Listpack<'_>>,
    step: Option<usize>,
    at: usize,
    sink: &mut impl Sink,
) -> Result<bool, Error> {
    let mut size = listpack::EMPTY.len();
    for text in texts.clone() {
        size += listpack::entry_size(&text);
        if size > PACKED_MAX {
            return Ok(false);
        }
    }
    if step.is_some_and(|step| !distinct(texts.clone().step_by(step))) {
        return Reader::error(at, Reason::Duplicate);
    }
    // The form is the shortest there is.
    if let Some(list) = lies_in.filter(|list| list.bytes().len() == size) {
        return Ok(sink.packed(Packed::Listpack(list)));
    }
    let mut fresh = listpack::EMPTY.to_vec();
    texts.for_each(|text| listpack::push(&mut fresh, &text));
    Ok(sink.packed(Packed::Listpack(Listpack::new(&fresh))))
}

/// How many groups of `size` a packed collection of `len` elements has, the last one whole too.
fn groups(len: usize, size: usize, at: usize) -> Result<usize, Error> {
    match (len, len % size) {
        (0, _) => Reader::error(at, Reason::Empty),
        (_, 0) => Ok(len / size),
        _ => Reader::error(at, Reason::Packed),
    }
}

/// Whether no two of these texts are the same.
fn distinct<'t>(texts: impl Iterator<Item = Text<'t>>) -> bool {
    let mut texts: SmallVec<[Text<'_>; FEW]> = texts.collect();
    texts.sort_unstable_by(|a, b| a.cmp(b));
    texts.is_sorted_by(|a, b| **a < **b)
}
