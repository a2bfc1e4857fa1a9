//! Ranges of elements, as commands are given them.

use std::ops::Range;

use kv_types::integer;
use kv_types::zset::{Place, ZsetRef};

use crate::commands::span;
use crate::{Error, float};

/// What a range is bounded by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Positions in the order; negative ones count from the end.
    Rank,
    /// Scores.
    Score,
    /// Members, where all have the same score.
    Lex,
}

/// A range.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bounds<'a> {
    /// The first and the last rank.
    Ranks(i64, i64),
    /// The places in front of the first element and behind the last.
    Places(Place<'a>, Place<'a>),
}

impl<'a> Bounds<'a> {
    /// Reads the lower and the upper bound of a range.
    ///
    /// # Errors
    /// As Redis words them, for each kind of range.
    pub(super) fn parse(by: By, min: &'a [u8], max: &'a [u8]) -> Result<Bounds<'a>, Error> {
        match by {
            By::Rank => {
                let rank = |text| integer::parse(text).ok_or(Error::NotInteger);
                Ok(Bounds::Ranks(rank(min)?, rank(max)?))
            }
            By::Score => {
                let places = score(min).zip(score(max));
                let ((min, min_is_out), (max, max_is_out)) =
                    places.ok_or_else(|| Error::new("min or max is not a float"))?;
                Ok(Bounds::Places(score_place(min, min_is_out), score_place(max, !max_is_out)))
            }
            By::Lex => {
                let places = member_place(min, b'(').zip(member_place(max, b'['));
                let (min, max) =
                    places.ok_or_else(|| Error::new("min or max not valid string range item"))?;
                Ok(Bounds::Places(min, max))
            }
        }
    }

    /// The ranks, from the first element on, of the elements that lie between the bounds; `reverse` if
    /// ranks count from the last element on.
    pub(super) fn ranks(self, zset: ZsetRef<'_>, reverse: bool) -> Range<usize> {
        match self {
            Bounds::Places(min, max) => zset.between(min, max, reverse),
            Bounds::Ranks(first, last) => {
                let len = zset.len();
                let ranks = span::ranks(first, last, len);
                if reverse { len - ranks.end..len - ranks.start } else { ranks }
            }
        }
    }
}

/// A score, and whether elements that have it lie outside of the range.
fn score(text: &[u8]) -> Option<(f64, bool)> {
    match text.strip_prefix(b"(") {
        Some(text) => Some((float::parse_bound(text)?, true)),
        None => Some((float::parse_bound(text)?, false)),
    }
}

fn score_place(score: f64, behind: bool) -> Place<'static> {
    if behind { Place::AfterScore(score) } else { Place::BeforeScore(score) }
}

/// The place of a member; `behind` is the mark of one that lies in front of it. As in Redis, nobody looks
/// behind a sign that a zero byte follows.
fn member_place(text: &[u8], behind: u8) -> Option<Place<'_>> {
    match text {
        [b'-'] | [b'-', 0, ..] => Some(Place::Start),
        [b'+'] | [b'+', 0, ..] => Some(Place::End),
        [mark @ (b'(' | b'['), member @ ..] if *mark == behind => Some(Place::AfterMember(member)),
        [b'(' | b'[', member @ ..] => Some(Place::BeforeMember(member)),
        _ => None,
    }
}
