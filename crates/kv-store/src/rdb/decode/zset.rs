//! Sorted sets.

use super::super::{Collection, Reader, Reason, Sink, Text};
use super::{Error, Listpack, Ziplist, count, groups, offer, packed, texts};
use crate::float;

/// Members as strings, scores as `score` reads them.
pub(super) fn strings<'a>(
    reader: &mut Reader<'a>,
    score: impl Fn(&mut Reader<'a>) -> Result<f64, Error>,
    sink: &mut impl Sink,
) -> Result<(), Error> {
    let count = count(reader, 2)?;
    sink.begin(Collection::Zset, count);
    for _ in 0..count {
        let at = reader.at();
        let member = reader.string()?;
        put(sink, at, &member, score(reader)?)?;
    }
    Ok(())
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

/// Members and scores that take turns.
fn pairs<'t>(
    count: usize,
    texts: impl Iterator<Item = Text<'t>> + Clone,
    lies_in: Option<Listpack<'_>>,
    at: usize,
    sink: &mut impl Sink,
) -> Result<(), Error> {
    sink.begin(Collection::Zset, count);
    // Redis takes members in any order, and then does not find some of them. Here they are put in order.
    match in_order(texts.clone(), at)? && offer(texts.clone(), lies_in, Some(2), at, sink)? {
        true => Ok(()),
        false => put_all(sink, at, texts),
    }
}

/// Whether pairs of member and score are in the order of a sorted set.
fn in_order<'t>(mut texts: impl Iterator<Item = Text<'t>>, at: usize) -> Result<bool, Error> {
    let mut last: Option<(f64, Text<'_>)> = None;
    let mut sorted = true;
    while let (Some(member), Some(score)) = (texts.next(), texts.next()) {
        let score = number(&score, at)?;
        if let Some((before, other)) = &last {
            sorted &= *before < score || (*before == score && **other < *member);
        }
        last = Some((score, member));
    }
    Ok(sorted)
}

fn put_all<'t>(
    sink: &mut impl Sink,
    at: usize,
    mut texts: impl Iterator<Item = Text<'t>>,
) -> Result<(), Error> {
    while let (Some(member), Some(score)) = (texts.next(), texts.next()) {
        put(sink, at, &member, number(&score, at)?)?;
    }
    Ok(())
}

fn number(score: &[u8], at: usize) -> Result<f64, Error> {
    float::parse(score).ok_or(Error { at, reason: Reason::Number })
}

fn put(sink: &mut impl Sink, at: usize, member: &[u8], score: f64) -> Result<(), Error> {
    match sink.scored(member, score) {
        true => Ok(()),
        false => Reader::error(at, Reason::Duplicate),
    }
}
