//! Changes of a set in its record, and from one way of holding it to the next.

use fastrand::Rng;

use super::{SetRef, SetTable, union};
use crate::collection::{Collection, Form};
use crate::integer;
use crate::intset::{self, Intset};
use crate::limits::Limits;
use crate::listpack::{self, Digits, Listpack, Value};
use crate::record::{Kind, PACKED_MAX, Record};

/// Most integers that an intset in a record can have, whatever the settings say.
const MOST_INTS: usize = (PACKED_MAX - intset::EMPTY.len()) / size_of::<i64>();

/// Of a set that takes more of its members to be popped than so many times what is left, what is left
/// is made anew.
const POPPED_PER_LEFT: usize = 5;

/// Makes the set in `record` ready for `count` members, of which `first` is the first: if it is empty, it
/// is held in the way that suits these, and else in one with room for so many members, as if none were
/// there yet. So it is in Redis.
pub fn prepare(record: &mut Record, first: &[u8], count: usize, limits: &Limits) {
    match record.form() {
        Some(Form::Listpack(list)) if list.is_empty() => {
            if integer::parse(first).is_some() && count <= most_ints(limits) {
                record.set_packed(&intset::EMPTY, true);
            } else if count > limits.set.entries {
                make_large(record);
            }
        }
        Some(Form::Listpack(_)) if count > limits.set.entries => make_large(record),
        Some(Form::Ints(_)) if count > most_ints(limits) => make_large(record),
        _ => {}
    }
}

/// Adds `member`; whether it was not there. One that was keeps its deadline.
///
/// An intset becomes a listpack by a member that is no integer, and both become a table when there would
/// be too many members, or one that is too long.
pub fn add(record: &mut Record, member: &[u8], limits: &Limits) -> bool {
    match record.form() {
        Some(Form::Large(_)) => {}
        Some(Form::Ints(bytes)) => {
            let set = Intset::new(bytes);
            match integer::parse(member) {
                Some(integer) if set.len() < most_ints(limits) => {
                    return intset::insert(&mut record.packed_mut(), integer);
                }
                Some(integer) if set.contains(integer) => return false,
                Some(_) => {}
                None => {
                    let all = set.iter().map(Value::Int).chain([Value::Bytes(member)]);
                    if suits_listpack(all.clone(), limits) {
                        let list = listpack_of(all);
                        record.set_packed(&list, false);
                        return true;
                    }
                }
            }
        }
        Some(Form::Listpack(list)) => {
            if list.find(member, 1).is_some() {
                return false;
            }
            if fits(list, member, limits) {
                listpack::push(&mut record.packed_mut(), member);
                return true;
            }
        }
        None => return false,
    }
    with_table(record, |table| table.insert_new(member, b"", None))
}

/// Adds `member`, or finds it there, and sets when it ends (milliseconds); one that is there keeps its
/// own deadline, or that it has none, if `keep`. Whether it was not there.
pub fn add_until(record: &mut Record, member: &[u8], deadline: u64, keep: bool) -> bool {
    with_table(record, |table| match keep {
        true => table.insert_new(member, b"", Some(deadline)),
        false => table.insert(member, b"", Some(deadline)),
    })
}

/// Removes `member`; whether it was there.
pub fn remove(record: &mut Record, member: &[u8]) -> bool {
    match record.form() {
        Some(Form::Ints(_)) => integer::parse(member)
            .is_some_and(|integer| intset::remove(&mut record.packed_mut(), integer)),
        Some(Form::Listpack(list)) => match list.find(member, 1) {
            Some(at) => listpack::remove(&mut record.packed_mut(), at, 1) > 0,
            None => false,
        },
        Some(Form::Large(_)) => with_table(record, |table| table.remove(member)),
        None => false,
    }
}

/// Removes `count` members, or as many as there are, each choice as likely, and shows them to `visit`.
/// No member's time may be over.
///
/// If a table is left with few of its many members, it becomes a listpack again if they fit one. (That is
/// the only way back, in Redis as well.)
pub fn pop(
    record: &mut Record,
    count: usize,
    limits: &Limits,
    rng: &mut Rng,
    mut visit: impl FnMut(&[u8]),
) {
    let Some(set) = SetRef::new(record, 0) else { return };
    let left = set.len().saturating_sub(count);
    let chosen: Vec<Vec<u8>> = set.sample(count, rng).into_iter().map(Value::to_vec).collect();
    for member in &chosen {
        visit(member);
        remove(record, member);
    }
    if left * POPPED_PER_LEFT <= count
        && let Some(SetRef::Table(table, _)) = SetRef::new(record, 0)
        && table.earliest().is_none()
    {
        let members = table.iter().map(|entry| Value::Bytes(entry.key));
        if suits_listpack(members.clone(), limits) {
            let list = listpack_of(members);
            record.set_packed(&list, false);
        }
    }
}

/// The record of `key` with these different members, held in the way that suits all of `once`.
///
/// `once` are the members that the set had before some were taken away, if those were more.
pub fn made_of(key: &[u8], members: &[Value<'_>], once: &[Value<'_>], limits: &Limits) -> Record {
    let suits_ints = once.len() <= most_ints(limits) && once.iter().all(|m| m.int().is_some());
    if suits_ints {
        let mut ints: Vec<i64> = members.iter().filter_map(|member| member.int()).collect();
        ints.sort_unstable();
        return Record::packed(key, Kind::Set, &intset::of(&ints), true, None);
    }
    if suits_listpack(once.iter().copied(), limits) {
        let list = listpack_of(members.iter().copied());
        return Record::packed(key, Kind::Set, &list, false, None);
    }
    Record::large(key, Collection::Set(table_of(members.iter().copied())), None)
}

/// The record of `key` with the members of all `sets`, each once.
///
/// What is by far the largest of them is shared with the result, not copied.
pub fn union_of(key: &[u8], sets: &[SetRef<'_>], limits: &Limits) -> Record {
    let most_packed = limits.set.entries.max(most_ints(limits));
    let largest = sets.iter().max_by_key(|set| set.len());
    if let Some(SetRef::Table(table, _)) = largest
        && table.len() > most_packed
        && table.earliest().is_none()
    {
        let (mut all, mut digits) = (SetTable::clone(table), Digits::new());
        let others = sets
            .iter()
            .filter(|set| !matches!(set, SetRef::Table(it, _) if std::ptr::eq(*it, *table)));
        others.flat_map(|set| set.iter()).for_each(|member| {
            all.insert_new(member.text(&mut digits), b"", None);
        });
        return Record::large(key, Collection::Set(all), None);
    }
    let mut members = Vec::new();
    union(sets, |member| members.push(member));
    made_of(key, &members, &members, limits)
}

/// Whether `members` are few and short enough for a listpack.
fn suits_listpack<'m>(members: impl Iterator<Item = Value<'m>>, limits: &Limits) -> bool {
    let (mut digits, mut count, mut size) = (Digits::new(), 0, listpack::EMPTY.len());
    for member in members {
        let text = member.text(&mut digits);
        (count, size) = (count + 1, size + listpack::entry_size(text));
        if count > limits.set.entries || text.len() > limits.set.bytes || size > PACKED_MAX {
            return false;
        }
    }
    true
}

fn listpack_of<'m>(members: impl Iterator<Item = Value<'m>>) -> Vec<u8> {
    let (mut list, mut digits) = (listpack::EMPTY.to_vec(), Digits::new());
    members.for_each(|member| listpack::push(&mut list, member.text(&mut digits)));
    list
}

fn table_of<'m>(members: impl Iterator<Item = Value<'m>>) -> SetTable {
    let (mut table, mut digits) = (SetTable::default(), Digits::new());
    members.for_each(|member| {
        table.insert_new(member.text(&mut digits), b"", None);
    });
    table
}

fn most_ints(limits: &Limits) -> usize {
    limits.set_ints.min(MOST_INTS)
}

/// Whether a listpack of `len` members may have `member` as one more.
fn fits(list: Listpack<'_>, member: &[u8], limits: &Limits) -> bool {
    list.len() < limits.set.entries
        && member.len() <= limits.set.bytes
        && list.bytes().len() + listpack::entry_size(member) <= PACKED_MAX
}

/// Lets `change` alter the table in `record`, which is made if the set is held otherwise, and passes on
/// what it says.
fn with_table(record: &mut Record, change: impl FnOnce(&mut SetTable) -> bool) -> bool {
    make_large(record);
    match record.large_mut().as_deref_mut() {
        Some(Collection::Set(table)) => change(table),
        _ => false,
    }
}

fn make_large(record: &mut Record) {
    if let Some(set) = SetRef::new(record, 0)
        && !matches!(set, SetRef::Table(..))
    {
        let table = table_of(set.iter());
        record.set_large(Collection::Set(table));
    }
}
