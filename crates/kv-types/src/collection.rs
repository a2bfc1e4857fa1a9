//! Collections: what holds a key's elements when there are too many to lie in its record.

use crate::hash::HashTable;
use crate::list::List;
use crate::listpack::Listpack;
use crate::record::Kind;
use crate::set::SetTable;
use crate::zset::SortedTree;

/// How a collection's elements are held.
#[derive(Clone, Copy, Debug)]
pub enum Form<'a> {
    /// In the record, as a listpack.
    Listpack(Listpack<'a>),
    /// In the record, as sorted integers: the bytes of an [`intset`](crate::intset).
    Ints(&'a [u8]),
    /// In memory of their own.
    Large(&'a Collection),
}

/// What is left of a collection while it is freed: a part goes at each step.
pub type Remains = Box<dyn Iterator<Item = ()> + Send>;

/// A collection in memory of its own.
///
/// A clone shares all elements with the original, and each is copied only when one of the two
/// changes it: it costs about one step for a few hundred elements.
#[derive(Clone, Debug)]
pub enum Collection {
    /// A list.
    List(List),
    /// Fields with values.
    Hash(HashTable),
    /// Members.
    Set(SetTable),
    /// Members in the order of their scores.
    Zset(SortedTree),
}

impl Collection {
    /// The kind of a record that holds it.
    pub fn kind(&self) -> Kind {
        match self {
            Collection::List(_) => Kind::List,
            Collection::Hash(_) => Kind::Hash,
            Collection::Set(_) => Kind::Set,
            Collection::Zset(_) => Kind::Zset,
        }
    }

    /// How many elements there are, those included whose time is over but that are not removed yet.
    pub fn len(&self) -> usize {
        match self {
            Collection::List(list) => list.len(),
            Collection::Hash(hash) => hash.len(),
            Collection::Set(set) => set.len(),
            Collection::Zset(zset) => zset.len(),
        }
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that it takes, beside those of the enum itself; known without a walk.
    pub fn memory(&self) -> usize {
        match self {
            Collection::List(list) => list.memory(),
            Collection::Hash(hash) => hash.memory(),
            Collection::Set(set) => set.memory(),
            Collection::Zset(zset) => zset.memory(),
        }
    }

    /// Frees it step by step, each some microseconds' worth: for what would take long at once.
    pub fn dismantle(self) -> Remains {
        match self {
            Collection::List(list) => Box::new(list.dismantle()),
            Collection::Hash(hash) => Box::new(hash.dismantle()),
            Collection::Set(set) => Box::new(set.dismantle()),
            Collection::Zset(zset) => Box::new(zset.dismantle()),
        }
    }

    /// The first moment (milliseconds) after which an element's time is over, if one has a deadline.
    pub fn earliest(&self) -> Option<u64> {
        match self {
            Collection::Hash(hash) => hash.earliest(),
            Collection::Set(set) => set.earliest(),
            Collection::List(_) | Collection::Zset(_) => None,
        }
    }

    /// Whether the time of all its elements is over at `now` (milliseconds).
    pub fn is_over(&self, now: u64) -> bool {
        match self {
            Collection::Hash(hash) => hash.live_len(now) == 0,
            Collection::Set(set) => set.live_len(now) == 0,
            Collection::List(_) | Collection::Zset(_) => false,
        }
    }

    /// Removes the elements whose time is over at `now` (milliseconds); how many.
    pub fn expire(&mut self, now: u64) -> usize {
        match self {
            Collection::Hash(hash) => hash.expire(now),
            Collection::Set(set) => set.expire(now),
            Collection::List(_) | Collection::Zset(_) => 0,
        }
    }
}
