//! What takes values as they are read.

use kv_types::intset::Intset;
use kv_types::listpack::Listpack;

use super::Text;

/// A kind of collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// A list.
    List,
    /// A set.
    Set,
    /// A hash.
    Hash,
    /// A sorted set.
    Zset,
}

/// Elements that lie packed in bytes, which have been checked, in the form that `kv-types` gives them.
#[derive(Clone, Copy, Debug)]
pub enum Packed<'a> {
    /// A whole set of integers.
    Intset(Intset<'a>),
    /// A listpack: a whole set, hash or sorted set, or some elements of a list. Of a set, hash or sorted
    /// set, no element is there twice; a sorted set is in order, by score and then by member.
    Listpack(Listpack<'a>),
}

/// Takes a value as [`decode`](super::decode) reads it.
///
/// Of a string or frame there is one call. Of a collection there is `begin`, then one call for each element in
/// the order in which they were written. Elements that lie packed, in whatever way, are offered packed
/// first, unless they are too many for that. If there is an error, it comes after any number of calls:
/// what was taken is to be thrown away.
pub trait Sink {
    /// The value is this string.
    fn string(&mut self, value: Text<'_>);

    /// The value is this frame of the native dialect: one that a client could have sent as a value.
    fn frame(&mut self, frame: &[u8]);

    /// The value is a collection. There will probably be `len` elements, or, of a list, at least as
    /// many; room may be taken for them.
    fn begin(&mut self, kind: Collection, len: usize);

    /// The next elements, packed. Whether they are taken so; else they come one by one.
    fn packed(&mut self, packed: Packed<'_>) -> bool {
        let _ = packed;
        false
    }

    /// The next element of a list.
    fn item(&mut self, item: &[u8]);

    /// A member of a set, with its deadline as a field's; whether it was not there yet.
    fn member(&mut self, member: &[u8], deadline: Option<u64>) -> bool;

    /// A field of a hash with its value, and its deadline in Unix milliseconds if it has one, which may
    /// be over; whether it was not there yet.
    fn field(&mut self, field: &[u8], value: &[u8], deadline: Option<u64>) -> bool;

    /// A member of a sorted set with its score, never NaN; whether it was not there yet.
    fn scored(&mut self, member: &[u8], score: f64) -> bool;
}
