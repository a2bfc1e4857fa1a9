use std::collections::VecDeque;

use proptest::collection::vec;
use proptest::prelude::*;

use super::part::Size;
use super::*;
use crate::{Kind, Record};

type Model = VecDeque<Vec<u8>>;

/// Elements of which few or many fit a chunk, and some that fit none.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => (0..8i64).prop_map(|int| int.to_string().into_bytes()),
        8 => (0..8u8, 0..200usize).prop_map(|(byte, len)| vec![b'a' + byte; len]),
        1 => (0..3u8, 900..1100usize).prop_map(|(byte, len)| vec![b'a' + byte; len]),
        1 => Just(vec![b'z'; 7000]),
    ]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Front), Just(End::Back)]
}

#[derive(Clone, Debug)]
enum Step {
    Push(End, Vec<Vec<u8>>),
    /// A value over and over: lists of many segments come from it.
    Fill(End, Vec<u8>, usize),
    Pop(End, usize),
    Set(usize, Vec<u8>),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    RemoveEqual(Vec<u8>, usize, End),
    Share,
    /// Goes on with a clone, and keeps the list.
    Swap(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let at = any::<usize>;
    prop_oneof![
        4 => (end(), vec(value(), 1..20)).prop_map(|(end, all)| Step::Push(end, all)),
        1 => (end(), 0..200usize, 0..1500usize)
            .prop_map(|(end, len, times)| Step::Fill(end, vec![b'f'; len], times)),
        3 => (end(), 1..40usize).prop_map(|(end, count)| Step::Pop(end, count)),
        3 => (at(), value()).prop_map(|(at, value)| Step::Set(at, value)),
        4 => (at(), value()).prop_map(|(at, value)| Step::Insert(at, value)),
        3 => (at(), prop_oneof![1..4usize, 1..500usize]).prop_map(|(at, len)| Step::Remove(at, len)),
        2 => (value(), prop_oneof![1..3usize, Just(usize::MAX)], end())
            .prop_map(|(value, most, from)| Step::RemoveEqual(value, most, from)),
        1 => Just(Step::Share),
        1 => at().prop_map(Step::Swap),
    ]
}

/// What a step answers.
#[derive(Debug, PartialEq)]
enum Answer {
    Nothing,
    Found(bool),
    Count(usize),
    Popped(Vec<Option<Vec<u8>>>),
}

/// What a list can be asked, large or in a record.
trait Subject {
    fn push(&mut self, end: End, values: &[&[u8]]);
    fn pop(&mut self, end: End) -> Option<Vec<u8>>;
    fn set(&mut self, index: usize, value: &[u8]) -> bool;
    fn insert(&mut self, index: usize, value: &[u8]);
    fn remove(&mut self, range: Range<usize>);
    fn remove_equal(&mut self, value: &[u8], most: usize, from: End) -> usize;

    /// Does a step; numbers of elements are those modulo `len` and one more.
    fn play(&mut self, step: &Step, len: usize) -> Answer {
        match step {
            Step::Push(end, all) => {
                self.push(*end, &all.iter().map(|value| &value[..]).collect::<Vec<_>>());
            }
            Step::Fill(end, value, times) => self.push(*end, &vec![&value[..]; *times]),
            Step::Pop(end, count) => {
                return Answer::Popped((0..*count).map(|_| self.pop(*end)).collect());
            }
            Step::Set(index, value) => return Answer::Found(self.set(index % (len + 1), value)),
            Step::Insert(index, value) => self.insert(index % (len + 1), value),
            Step::Remove(start, count) => {
                let start = start % (len + 1);
                self.remove(start..start + count);
            }
            Step::RemoveEqual(value, most, from) => {
                return Answer::Count(self.remove_equal(value, *most, *from));
            }
            Step::Share | Step::Swap(_) => {}
        }
        Answer::Nothing
    }
}

impl Subject for Model {
    fn push(&mut self, end: End, values: &[&[u8]]) {
        for value in values {
            match end {
                End::Front => self.push_front(value.to_vec()),
                End::Back => self.push_back(value.to_vec()),
            }
        }
    }

    fn pop(&mut self, end: End) -> Option<Vec<u8>> {
        if end == End::Front { self.pop_front() } else { self.pop_back() }
    }

    fn set(&mut self, index: usize, value: &[u8]) -> bool {
        self.get_mut(index).map(|old| *old = value.to_vec()).is_some()
    }

    fn insert(&mut self, index: usize, value: &[u8]) {
        VecDeque::insert(self, index, value.to_vec());
    }

    fn remove(&mut self, range: Range<usize>) {
        self.drain(range.start..range.end.min(self.len()));
    }

    fn remove_equal(&mut self, value: &[u8], most: usize, from: End) -> usize {
        let mut equal: Vec<usize> = (0..self.len()).filter(|&at| self[at] == value).collect();
        if from == End::Back {
            equal.reverse();
        }
        equal.truncate(most);
        equal.sort_unstable();
        equal.iter().rev().for_each(|&at| drop(VecDeque::remove(self, at)));
        equal.len()
    }
}

macro_rules! subject {
    ($list:ty, $push:expr) => {
        impl Subject for $list {
            fn push(&mut self, end: End, values: &[&[u8]]) {
                $push(self, end, values);
            }

            fn pop(&mut self, end: End) -> Option<Vec<u8>> {
                self.pop(end, |value| value.to_vec())
            }

            fn set(&mut self, index: usize, value: &[u8]) -> bool {
                self.set(index, value)
            }

            fn insert(&mut self, index: usize, value: &[u8]) {
                self.insert(index, value);
            }

            fn remove(&mut self, range: Range<usize>) {
                self.remove(range);
            }

            fn remove_equal(&mut self, value: &[u8], most: usize, from: End) -> usize {
                self.remove_equal(value, most, from)
            }
        }
    };
}

subject!(List, |list: &mut List, end, values: &[&[u8]]| {
    values.iter().for_each(|value| list.push(end, value));
});
subject!(ListMut<'_>, ListMut::push);

fn assert_equal(list: ListRef<'_>, model: &Model) {
    let mut digits = Digits::new();
    assert_eq!((list.len(), list.is_empty()), (model.len(), model.is_empty()));
    assert!(list.iter().map(Value::to_vec).eq(model.iter().cloned()));
    for index in (0..model.len()).step_by(1 + model.len() / 20) {
        let text = |value: Value<'_>| value.text(&mut digits).to_vec();
        assert_eq!(list.get(index).map(text).as_ref(), model.get(index));
        let ahead = list.iter_from(index).take(200).map(Value::to_vec);
        assert!(ahead.eq(model.iter().skip(index).take(200).cloned()), "from {index}");
        let back = list.iter_back_from(index).take(200).map(Value::to_vec);
        let before = model.iter().take(index + 1).rev().take(200).cloned();
        assert!(back.eq(before), "backwards from {index}");
    }
    assert!(list.get(model.len()).is_none() && list.iter_back_from(model.len()).next().is_none());
}

fn assert_whole(list: &List) {
    list.middle.assert_whole();
    for segment in list.middle.parts() {
        segment.assert_whole();
        assert!(segment.parts().len() <= Chunk::MOST);
        segment.parts().iter().for_each(Chunk::assert_sealed);
    }
    list.ends.iter().for_each(Chunk::assert_whole);
    assert!(list.ends.iter().all(|chunk| !chunk.exceeds(chunk::END_MAX)));
    assert!(list.chunks().all(|chunk| !chunk.is_empty()));
    let mut digits = Digits::new();
    let entries = list.iter().map(|value| listpack::entry_size(value.text(&mut digits)));
    assert_eq!(list.packed_len(), listpack::EMPTY.len() + entries.sum::<usize>());
}

impl<P: Part> Row<P> {
    /// The row's invariant.
    fn assert_whole(&self) {
        let (parts, size) = (self.parts(), self.size());
        let sum = parts.iter().fold(Size::default(), |mut sum, part| {
            sum += part.size();
            sum
        });
        assert_eq!(Size { memory: sum.memory, ..size }, sum);
        assert!(size.memory >= sum.memory + size_of_val(parts));
        assert!(parts.iter().all(|part| part.len() > 0 && !part.is_long()));
        assert!(parts.windows(2).all(|pair| !pair[0].joins(&pair[1])));
    }
}

proptest! {
    #[test]
    fn a_list_is_a_deque_and_its_clones_stay_as_they_were(steps in vec(step(), 0..40)) {
        let (mut list, mut model) = (List::new(), Model::new());
        let mut clones: Vec<(List, Model)> = vec![];
        for step in steps {
            match step {
                Step::Share => clones.push((list.clone(), model.clone())),
                Step::Swap(at) if !clones.is_empty() => {
                    let at = at % clones.len();
                    let (other, theirs) = &mut clones[at];
                    std::mem::swap(&mut list, other);
                    std::mem::swap(&mut model, theirs);
                }
                step => {
                    let len = model.len();
                    prop_assert_eq!(list.play(&step, len), model.play(&step, len));
                }
            }
            assert_whole(&list);
        }
        assert_equal(ListRef::Large(&list), &model);
        for (clone, model) in clones {
            assert_whole(&clone);
            assert_equal(ListRef::Large(&clone), &model);
        }
    }

    #[test]
    fn a_list_in_its_record_is_a_deque(
        steps in vec(step(), 0..30),
        limit in prop_oneof![Just(-2), -7..20i64],
    ) {
        let mut record = Record::collection(b"key", Kind::List, Some(7));
        let mut model = Model::new();
        for step in steps {
            let len = model.len();
            let answer = ListMut::new(&mut record, limit).play(&step, len);
            prop_assert_eq!(answer, model.play(&step, len));
            let list = ListRef::of(&record);
            prop_assert_eq!(record.is_empty(), model.is_empty());
            prop_assert_eq!((record.key(), record.deadline()), (&b"key"[..], Some(7)));
            match list {
                ListRef::Packed(list) => prop_assert!(list.bytes().len() <= PACKED_MAX),
                ListRef::Large(large) => {
                    assert_whole(large);
                    prop_assert!(large.is_quicklist() || list.packed_len() > PACKED_MAX / 4);
                }
            }
        }
        assert_equal(ListRef::of(&record), &model);
    }
}

/// The numbers of elements of 16 bytes at which the name changes, as the list grows and as it shrinks.
fn turning_points(limit: i64) -> (usize, usize) {
    let mut record = Record::collection(b"key", Kind::List, None);
    while !ListRef::of(&record).is_quicklist() {
        ListMut::new(&mut record, limit).push(End::Back, &[b"xxxxxxxxxxxxxxxx"]);
    }
    let grown = ListRef::of(&record).len();
    while ListRef::of(&record).is_quicklist() {
        ListMut::new(&mut record, limit).pop(End::Back, |_| ());
    }
    (grown, ListRef::of(&record).len())
}

#[test]
fn names_change_where_redis_changes_them() {
    // From RPUSH, RPOP and OBJECT ENCODING on Valkey 9.1.2.
    let points =
        [(-2, (455, 227)), (10, (11, 5)), (3, (4, 1)), (2, (3, 1)), (1, (2, 0)), (0, (2, 0))];
    for (limit, expected) in points {
        assert_eq!(turning_points(limit), expected, "{limit}");
    }
    // A single value, by its length.
    for (limit, most) in
        [(-1, 4089), (-2, 8185), (-3, 16_377), (-5, 65_529), (-100, 65_529), (9, 8185)]
    {
        for (len, is_quicklist) in [(most, false), (most + 1, true)] {
            let mut record = Record::collection(b"key", Kind::List, None);
            ListMut::new(&mut record, limit).push(End::Front, &[&vec![b'x'; len]]);
            assert_eq!(ListRef::of(&record).is_quicklist(), is_quicklist, "{limit}: {len} bytes");
        }
    }
}

#[test]
fn a_clone_is_copied_in_small_parts() {
    let mut list = List::new();
    (0..100_000).for_each(|number| list.push(End::Back, format!("{number:0100}").as_bytes()));
    let clone = list.clone();
    list.push(End::Front, b"first");
    list.set(50_000, b"middle");
    let (ours, theirs) = (list.middle.parts().iter(), clone.middle.parts().iter());
    let shared = ours.rev().zip(theirs.rev()).filter(|(a, b)| std::ptr::eq(&***a, &***b));
    let (shared, all) = (shared.count(), clone.middle.parts().len());
    assert!(all > 10 && shared == all - 1, "{shared} of {all}");
    assert_eq!((clone.len(), list.len()), (100_000, 100_001));
}

#[test]
fn a_long_list_takes_little_more_than_its_elements() {
    for end in [End::Front, End::Back] {
        let mut list = List::new();
        (0..100_000).for_each(|number| list.push(end, format!("item:{number:011}").as_bytes()));
        let waste = list.memory() as f64 / list.packed_len() as f64 - 1.0;
        assert!(waste < 0.01, "{waste}");
        // What is left of one that shrinks is not in small pieces, either.
        (0..80_000).for_each(|_| list.pop(end, |_| ()).unwrap());
        let waste = list.memory() as f64 / list.packed_len() as f64 - 1.0;
        assert!(waste < 0.02, "{waste}");
    }
}

#[test]
fn a_list_is_freed_in_small_parts_unless_a_clone_has_them() {
    let mut list = List::new();
    (0..100_000).for_each(|number| list.push(End::Back, format!("{number:0100}").as_bytes()));
    let parts = list.packed_len() / CHUNK_MAX;
    assert_eq!(list.clone().dismantle().count(), 0);
    assert!(list.dismantle().count() >= parts);
}

#[test]
fn going_back_and_forth_moves_no_chunk() {
    for end in [End::Front, End::Back] {
        let mut list = List::new();
        while list.middle.len() < 1000 {
            list.push(end, b"element");
        }
        // One element is in the chunk that was begun just now: it is empty when that goes.
        let middle = list.middle.len();
        for _ in 0..10 {
            list.pop(end, |_| ()).unwrap();
            list.push(end, b"element");
            assert_eq!(list.middle.len(), middle);
        }
        assert_eq!((list.len(), list.middle.len()), (middle + 1, middle));
    }
}

#[test]
fn going_back_and_forth_makes_no_long_chunks_and_undoes_none() {
    for (end, size) in [(End::Front, 16), (End::Front, 340), (End::Back, 16), (End::Back, 340)] {
        let (mut list, value) = (List::new(), vec![b'x'; size]);
        let long = |list: &List| {
            let chunks = list.middle.parts().iter().flat_map(|segment| segment.parts());
            chunks.filter(|chunk| !chunk.is_short()).count()
        };
        while long(&list) < 3 {
            list.push(end, &value);
        }
        for _ in 0..10 {
            (0..4000 / size).for_each(|_| list.pop(end, |_| ()).unwrap());
            (0..4000 / size).for_each(|_| list.push(end, &value));
            assert_eq!(long(&list), 3);
        }
        // And when one has been undone.
        while long(&list) == 3 {
            list.pop(end, |_| ()).unwrap();
        }
        for _ in 0..10 {
            (0..4000 / size).for_each(|_| list.push(end, &value));
            (0..4000 / size).for_each(|_| list.pop(end, |_| ()).unwrap());
            assert_eq!(long(&list), 2);
        }
    }
}

#[test]
fn elements_near_the_ends_are_changed_where_they_are() {
    let mut list = List::new();
    (0..1000).for_each(|number: i32| list.push(End::Front, number.to_string().as_bytes()));
    (0..1000).for_each(|number: i32| list.push(End::Back, number.to_string().as_bytes()));
    let middle = list.middle.len();
    for _ in 0..10 {
        list.set(0, b"first");
        list.insert(1, b"second");
        list.set(list.len() - 1, b"last");
        list.remove(list.len() - 2..list.len() - 1);
        list.push(End::Front, b"none");
        list.remove(0..1);
        assert_eq!(list.middle.len(), middle);
    }
    assert_eq!(list.len(), 2000);
}
