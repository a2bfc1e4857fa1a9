//! Elements in replies.

use std::ops::Range;

use kv_protocol::ReplyWriter;
use kv_types::zset::{Element, SortedTree, ZsetRef};

use crate::Ctx;
use crate::command::Shape;
use crate::commands::element::reply_element;
use crate::ctx::LATER;
use crate::session::Rest;

/// Members, each followed by its score if that is asked for; in RESP3 then in an array with it.
pub(super) const ELEMENTS: Shape = Shape::Array(&Shape::OneOf(&[
    Shape::Bulk,
    Shape::Double,
    Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Double])),
]));

/// How scores are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scores {
    /// Not at all.
    Left,
    /// Behind each member; in RESP3 each pair is an array.
    Paired,
    /// Behind each member; each pair is an array in any protocol.
    Nested,
    /// Behind each member, in no protocol in an array of their own.
    Flat,
}

impl Scores {
    /// Begins a reply of `len` elements.
    pub(super) fn begin(self, len: usize, out: &mut ReplyWriter<'_>) {
        match self {
            Scores::Left | Scores::Nested => out.array(len),
            Scores::Paired => out.pair_list(len),
            Scores::Flat => out.array(2 * len),
        }
    }

    /// Answers the next element.
    #[inline]
    pub(super) fn write(self, (member, score): Element<'_>, out: &mut ReplyWriter<'_>) {
        match self {
            Scores::Left | Scores::Flat => {}
            Scores::Paired => out.pair(),
            Scores::Nested => out.array(2),
        }
        reply_element(member, out);
        if self != Scores::Left {
            out.double(score);
        }
    }

    /// Answers elements, of which it is known how many there are.
    pub(super) fn answer<'e>(
        self,
        elements: impl ExactSizeIterator<Item = Element<'e>>,
        out: &mut ReplyWriter<'_>,
    ) {
        self.begin(elements.len(), out);
        elements.for_each(|element| self.write(element, out));
    }
}

/// How elements are answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listing {
    /// From the last to the first.
    pub(super) reverse: bool,
    pub(super) scores: Scores,
}

impl Listing {
    /// Answers the elements of `zset` whose ranks are in `ranks`, all of which there are; returns what is
    /// to be written later, if they are many.
    #[must_use]
    pub(super) fn answer(
        self,
        zset: ZsetRef<'_>,
        ranks: Range<usize>,
        out: &mut ReplyWriter<'_>,
    ) -> Option<Elements> {
        match zset {
            ZsetRef::Tree(tree) if ranks.len() > LATER => {
                self.scores.begin(ranks.len(), out);
                return Some(Elements { tree: tree.clone(), ranks, listing: self });
            }
            zset if self.reverse => self.scores.answer(zset.range(ranks).rev(), out),
            zset => self.scores.answer(zset.range(ranks), out),
        }
        None
    }
}

/// Elements of a sorted set as it was at a time, of which some have been written.
pub(super) struct Elements {
    tree: SortedTree,
    ranks: Range<usize>,
    listing: Listing,
}

impl Elements {
    /// Has them written when the locks are gone.
    pub(super) fn later(self, ctx: &mut Ctx<'_>) {
        ctx.reply_later(self);
    }
}

impl Rest for Elements {
    fn write(&mut self, enough: usize, out: &mut ReplyWriter<'_>) -> bool {
        let mut walk = ZsetRef::Tree(&self.tree).range(self.ranks.clone());
        while out.len() < enough {
            let next = if self.listing.reverse { walk.next_back() } else { walk.next() };
            let Some(element) = next else { break };
            self.listing.scores.write(element, out);
        }
        self.ranks = walk.ranks();
        self.ranks.is_empty()
    }
}
