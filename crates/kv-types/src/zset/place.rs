//! Places between elements.

use std::cmp::Ordering;

use crate::listpack::{Digits, Value};

/// A member and its score.
pub type Element<'a> = (Value<'a>, f64);

/// A place between two elements of a sorted set, in front of the first or behind the last.
///
/// A range is what lies between two places, whatever bounds it by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place<'a> {
    /// In front of all elements.
    Start,
    /// Behind all elements.
    End,
    /// In front of the elements with this score and above.
    BeforeScore(f64),
    /// Behind the elements with this score and below.
    AfterScore(f64),
    /// In front of this member and those that are greater, where all have the same score.
    BeforeMember(&'a [u8]),
    /// Behind this member and those that are less, where all have the same score.
    AfterMember(&'a [u8]),
    /// In front of this element, or where it belongs.
    Element(&'a [u8], f64),
}

impl Place<'_> {
    /// Whether the element lies in front of it.
    #[inline]
    pub fn is_behind(&self, (member, score): Element<'_>) -> bool {
        match *self {
            Place::Start => false,
            Place::End => true,
            Place::BeforeScore(bound) => score < bound,
            Place::AfterScore(bound) => score <= bound,
            Place::BeforeMember(bound) => member.text(&mut Digits::new()) < bound,
            Place::AfterMember(bound) => member.text(&mut Digits::new()) <= bound,
            Place::Element(bound, at) => {
                score < at || score == at && member.text(&mut Digits::new()) < bound
            }
        }
    }
}

/// The order of two elements: that of their scores, which are numbers, then that of their members.
#[inline]
pub fn order(a: Element<'_>, b: Element<'_>) -> Ordering {
    // No `total_cmp`: 0 and -0 are the same score.
    a.1.partial_cmp(&b.1)
        .unwrap_or(Ordering::Equal)
        .then_with(|| a.0.text(&mut Digits::new()).cmp(b.0.text(&mut Digits::new())))
}
