//! Changes of a sorted set in its record, and from packed to large.

use std::ops::Range;

use super::ZsetRef;
use super::packed::{Packed, entry_of};
use super::place::{Element, Place};
use super::tree::SortedTree;
use crate::buffer::Buffer;
use crate::collection::Collection;
use crate::limits::Limits;
use crate::listpack::{self, Digits, Listpack};
use crate::record::{Kind, PACKED_MAX, Record};

/// Makes the sorted set in `record` ready for `count` elements, the longest of whose members has `longest`
/// bytes: if so many would not stay packed, it becomes large at once, whatever becomes of them. So it is
/// in Redis.
pub fn prepare(record: &mut Record, count: usize, longest: usize, limits: &Limits) {
    if count > limits.zset.entries || longest > limits.zset.bytes {
        make_large(record);
    }
}

/// Gives `member` the score that `choose` makes of the one it has, if it has one. Where `choose` makes
/// none, nothing changes. The score must be a number.
///
/// The set becomes large when it would have too many elements, or one whose member is too long.
#[inline]
pub fn update(
    record: &mut Record,
    member: &[u8],
    limits: &Limits,
    choose: impl FnOnce(Option<f64>) -> Option<f64>,
) {
    match ZsetRef::new(record) {
        Some(ZsetRef::Packed(packed)) => {
            let found = packed.find(member);
            let old = found.map(|found| found.score);
            let Some(score) = choose(old).filter(|&score| old != Some(score)) else { return };
            let text = entry_of(score);
            let entry = [member, text.as_bytes()];
            if !has_room(packed, old.is_none(), entry, limits) {
                with_tree(record, |tree| tree.update(member, |_| Some(score)));
                return;
            }
            let mut bytes = record.packed_mut();
            if let Some(found) = found {
                listpack::remove(&mut bytes, found.at, 2);
            }
            let rest = Packed::new(Listpack::new(bytes.bytes()));
            let (_, at) = rest.position(Place::Element(member, score));
            listpack::insert_all(&mut bytes, at, &entry);
        }
        Some(ZsetRef::Tree(_)) => with_tree(record, |tree| tree.update(member, choose)),
        None => {}
    }
}

/// Whether the set stays packed with this entry, of a member that is `new` or of one that it has.
fn has_room(packed: Packed<'_>, new: bool, entry: [&[u8]; 2], limits: &Limits) -> bool {
    let [member, score] = entry.map(listpack::entry_size);
    let suits = packed.len() < limits.zset.entries && entry[0].len() <= limits.zset.bytes;
    (suits || !new) && packed.listpack().bytes().len() + member + score <= PACKED_MAX
}

/// Removes `member`; its score, if it was there.
pub fn remove(record: &mut Record, member: &[u8]) -> Option<f64> {
    match ZsetRef::new(record)? {
        ZsetRef::Packed(packed) => {
            let found = packed.find(member)?;
            listpack::remove(&mut record.packed_mut(), found.at, 2);
            Some(found.score)
        }
        ZsetRef::Tree(_) => {
            let mut score = None;
            with_tree(record, |tree| score = tree.remove(member));
            score
        }
    }
}

/// Removes the elements whose ranks are in `ranks`, as far as there are so many.
pub fn remove_range(record: &mut Record, ranks: Range<usize>) {
    match ZsetRef::new(record) {
        Some(ZsetRef::Packed(packed)) => {
            let at = packed.seek(ranks.start);
            listpack::remove(&mut record.packed_mut(), at, ranks.len().saturating_mul(2));
        }
        Some(ZsetRef::Tree(_)) => with_tree(record, |tree| tree.remove_range(ranks)),
        None => {}
    }
}

/// The record of `key` with these elements, which ascend, held in the way that suits them.
pub fn made_of<'e>(
    key: &[u8],
    elements: impl Iterator<Item = Element<'e>> + Clone,
    limits: &Limits,
) -> Record {
    let mut packed = listpack::EMPTY.to_vec();
    let mut digits = Digits::new();
    for (count, (member, score)) in elements.clone().enumerate() {
        let (member, score) = (member.text(&mut digits), entry_of(score));
        let suits = count < limits.zset.entries && member.len() <= limits.zset.bytes;
        let end = packed.len() - 1;
        listpack::insert_all(&mut packed, end, &[member, score.as_bytes()]);
        if !suits || packed.len() > PACKED_MAX {
            return Record::large(key, Collection::Zset(elements.collect()), None);
        }
    }
    Record::packed(key, Kind::Zset, &packed, false, None)
}

/// Lets `change` alter the set, which is made large if it is not.
fn with_tree(record: &mut Record, change: impl FnOnce(&mut SortedTree)) {
    make_large(record);
    if let Some(Collection::Zset(tree)) = record.large_mut().as_deref_mut() {
        change(tree);
    }
}

fn make_large(record: &mut Record) {
    if let Some(set @ ZsetRef::Packed(_)) = ZsetRef::new(record) {
        let tree = set.iter().collect();
        record.set_large(Collection::Zset(tree));
    }
}
