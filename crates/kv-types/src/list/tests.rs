use std::collections::VecDeque;

use proptest::collection::vec;
use proptest::prelude::*;

use super::part::Size;
use super::*;
use crate::listpack::{self, Digits};

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
        1 => (end(), value(), 0..700usize).prop_map(|(end, v, times)| Step::Fill(end, v, times)),
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

fn push(list: &mut List, model: &mut Model, end: End, value: Vec<u8>) {
    list.push(end, &value);
    match end {
        End::Front => model.push_front(value),
        End::Back => model.push_back(value),
    }
}

fn remove_equal(model: &mut Model, value: &[u8], most: usize, from: End) -> usize {
    let mut equal: Vec<usize> = (0..model.len()).filter(|&at| model[at] == value).collect();
    if from == End::Back {
        equal.reverse();
    }
    equal.truncate(most);
    equal.sort_unstable();
    equal.iter().rev().for_each(|&at| drop(model.remove(at)));
    equal.len()
}

fn play(step: Step, list: &mut List, model: &mut Model) -> Result<(), TestCaseError> {
    match step {
        Step::Push(end, all) => all.into_iter().for_each(|value| push(list, model, end, value)),
        Step::Fill(end, value, times) => {
            (0..times).for_each(|_| push(list, model, end, value.clone()));
        }
        Step::Pop(end, count) => {
            for _ in 0..count {
                let expected = match end {
                    End::Front => model.pop_front(),
                    End::Back => model.pop_back(),
                };
                prop_assert_eq!(list.pop(end, |value| value.to_vec()), expected);
            }
        }
        Step::Set(index, value) => {
            let index = index % (model.len() + 1);
            prop_assert_eq!(list.set(index, &value), index < model.len());
            if let Some(old) = model.get_mut(index) {
                *old = value;
            }
        }
        Step::Insert(index, value) => {
            let index = index % (model.len() + 1);
            list.insert(index, &value);
            model.insert(index, value);
        }
        Step::Remove(start, len) => {
            let start = start % (model.len() + 1);
            list.remove(start..start + len);
            model.drain(start..(start + len).min(model.len()));
        }
        Step::RemoveEqual(value, most, from) => {
            let expected = remove_equal(model, &value, most, from);
            prop_assert_eq!(list.remove_equal(&value, most, from), expected);
        }
        Step::Share | Step::Swap(_) => {}
    }
    Ok(())
}

fn assert_equal(list: &List, model: &Model) {
    let mut digits = Digits::new();
    assert_eq!(list.len(), model.len());
    assert_eq!(list.is_empty(), model.is_empty());
    assert!(list.iter().map(Value::to_vec).eq(model.iter().cloned()));
    for index in (0..model.len()).step_by(1 + model.len() / 20) {
        let text = |value: Value<'_>| value.text(&mut digits).to_vec();
        assert_eq!(list.get(index).map(text).as_ref(), model.get(index));
        let mut ahead = list.iter_from(index).take(200).map(Value::to_vec);
        assert!(ahead.by_ref().eq(model.iter().skip(index).take(200).cloned()));
        let back = list.iter_back_from(index).take(200).map(Value::to_vec);
        let before = model.iter().take(index + 1).rev().take(200).cloned();
        assert!(back.eq(before), "backwards from {index}");
    }
    assert!(list.get(model.len()).is_none() && list.iter_back_from(model.len()).next().is_none());
}

fn assert_whole(list: &List) {
    list.segments.assert_whole();
    for segment in list.segments.parts() {
        segment.assert_whole();
        assert!(segment.parts().len() <= Chunk::MOST);
    }
    let mut packed = listpack::EMPTY.to_vec();
    list.iter().for_each(|value| listpack::push(&mut packed, &value.to_vec()));
    assert_eq!(list.packed_len(), packed.len());
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
        let inner = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
        assert!(inner.windows(2).all(|pair| !pair[0].joins(&pair[1])));
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
                step => play(step, &mut list, &mut model)?,
            }
            assert_whole(&list);
        }
        assert_equal(&list, &model);
        for (clone, model) in clones {
            assert_whole(&clone);
            assert_equal(&clone, &model);
        }
    }
}
