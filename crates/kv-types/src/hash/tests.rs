use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::limits::{Limits, Packed};
use crate::record::Kind;

type Model = BTreeMap<Vec<u8>, (Vec<u8>, Option<u64>)>;

const LIMITS: Limits = Limits { hash: Packed { entries: 8, bytes: 12 }, ..Limits::DEFAULT };

#[derive(Clone, Debug)]
enum Step {
    Set(Vec<u8>, Vec<u8>),
    SetKeeping(Vec<u8>, Vec<u8>),
    SetUntil(Vec<u8>, Vec<u8>, u64),
    SetDeadline(Vec<u8>, Option<u64>),
    Remove(Vec<u8>),
    Reserve(usize),
    Wait,
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => (0..12i64).prop_map(|n| n.to_string().into_bytes()),
        4 => "[a-f]{0,2}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 10..14),
    ]
}

/// Steps on a hash, some of which never make it large.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = || proptest::option::of(0..20u64);
    let packed = prop_oneof![
        6 => (text(), text()).prop_map(|(f, v)| Step::Set(f, v)),
        2 => (text(), text()).prop_map(|(f, v)| Step::SetKeeping(f, v)),
        5 => text().prop_map(Step::Remove),
        1 => text().prop_map(|field| Step::SetDeadline(field, None)),
        1 => (0..8usize).prop_map(Step::Reserve),
        1 => Just(Step::Wait),
    ];
    let any = prop_oneof![
        6 => packed.clone(),
        1 => (text(), text(), 0..20u64).prop_map(|(f, v, at)| Step::SetUntil(f, v, at)),
        1 => (text(), at()).prop_map(|(field, at)| Step::SetDeadline(field, at)),
        1 => (0..12usize).prop_map(Step::Reserve),
    ];
    prop_oneof![vec(packed, 0..60), vec(any, 0..60)]
}

fn hash(record: &Record, now: u64) -> HashRef<'_> {
    HashRef::new(record, now).expect("a hash")
}

fn texts((field, value): Pair<'_>) -> (Vec<u8>, Vec<u8>) {
    (field.to_vec(), value.to_vec())
}

fn check(record: &Record, model: &Model, now: u64) {
    let hash = hash(record, now);
    let live: Vec<_> = model.iter().filter(|(_, (_, at))| at.is_none_or(|at| now <= at)).collect();
    let pairs: BTreeMap<_, _> = live.iter().map(|(f, (v, _))| ((*f).clone(), v.clone())).collect();
    assert_eq!((hash.len(), hash.is_empty()), (live.len(), live.is_empty()));
    assert_eq!(hash.iter().map(texts).collect::<BTreeMap<_, _>>(), pairs);
    for (field, (value, at)) in model {
        let is_live = at.is_none_or(|at| now <= at);
        assert_eq!(hash.get(field).map(Value::to_vec), is_live.then(|| value.clone()));
        assert_eq!((hash.contains(field), hash.deadline(field)), (is_live, is_live.then_some(*at)));
    }
    let (mut cursor, mut seen) = (0, BTreeMap::new());
    loop {
        cursor = hash.scan(cursor, 3, |pair| seen.extend([texts(pair)]));
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(seen, pairs);
    let mut rng = Rng::with_seed(now);
    for count in [1, live.len() / 5, live.len()] {
        let sample: BTreeSet<_> = hash.sample(count, &mut rng).into_iter().map(texts).collect();
        assert_eq!(sample.len(), count.min(live.len()));
        assert!(sample.iter().all(|(field, value)| pairs.get(field) == Some(value)));
    }
    assert_eq!(hash.random(&mut rng).is_none(), pairs.is_empty());
    let mut drawn = 0;
    hash.draws(5, &mut rng, |pair| {
        let (field, value) = texts(pair);
        drawn += 1;
        pairs.get(&field) == Some(&value)
    });
    assert_eq!(drawn, if pairs.is_empty() { 0 } else { 5 });
}

proptest! {
    #[test]
    fn a_hash_is_a_map(steps in steps()) {
        let (mut record, mut model) = (Record::collection(b"k", Kind::Hash, None), Model::new());
        let (mut now, mut large) = (0, false);
        for step in steps {
            match step {
                Step::Set(field, value) => {
                    large |= field.len().max(value.len()) > LIMITS.hash.bytes;
                    let is_new = set(&mut record, &field, &value, &LIMITS);
                    prop_assert_eq!(is_new, model.insert(field, (value, None)).is_none());
                }
                Step::SetKeeping(field, value) => {
                    large |= field.len().max(value.len()) > LIMITS.hash.bytes;
                    let is_new = set_keeping(&mut record, &field, &value, &LIMITS);
                    let at = model.get(&field).and_then(|(_, at)| *at);
                    prop_assert_eq!(is_new, model.insert(field, (value, at)).is_none());
                }
                Step::SetUntil(field, value, at) => {
                    large = true;
                    let is_new = set_until(&mut record, &field, &value, now + at);
                    prop_assert_eq!(is_new, model.insert(field, (value, Some(now + at))).is_none());
                }
                Step::SetDeadline(field, at) => {
                    let at = at.map(|at| now + at);
                    let found = model.get_mut(&field).map(|(_, before)| *before = at).is_some();
                    large |= found && at.is_some();
                    prop_assert_eq!(set_deadline(&mut record, &field, at), found);
                }
                Step::Remove(field) => {
                    prop_assert_eq!(remove(&mut record, &field), model.remove(&field).is_some());
                }
                Step::Reserve(count) => {
                    large |= count > LIMITS.hash.entries;
                    reserve(&mut record, count, &LIMITS);
                }
                Step::Wait => {
                    now += 5;
                    check(&record, &model, now);
                    if let Some(mut large) = record.large_mut() {
                        large.expire(now);
                    }
                    model.retain(|_, (_, at)| at.is_none_or(|at| now <= at));
                }
            }
            large |= model.len() > LIMITS.hash.entries;
            prop_assert_eq!(matches!(hash(&record, now), HashRef::Table(..)), large);
        }
        check(&record, &model, now);
        check(&record, &model, now + 7);
    }
}

#[test]
fn samples_of_a_large_hash() {
    let (mut record, mut rng) = (Record::collection(b"k", Kind::Hash, None), Rng::with_seed(5));
    for n in 0..1000 {
        set(&mut record, format!("f{n}").as_bytes(), format!("{n}").as_bytes(), &LIMITS);
    }
    for count in [0, 1, 100, 249, 250, 999, 1000, 2000] {
        let sample: BTreeMap<_, _> =
            hash(&record, 0).sample(count, &mut rng).into_iter().map(texts).collect();
        assert_eq!(sample.len(), count.min(1000));
        assert!(sample.iter().all(|(field, value)| field[1..] == value[..]));
    }
}

#[test]
fn what_does_not_fit_a_record_is_large_whatever_the_settings_say() {
    let limits =
        Limits { hash: Packed { entries: usize::MAX, bytes: usize::MAX }, ..Limits::DEFAULT };
    let mut record = Record::collection(b"k", Kind::Hash, None);
    let value = |n: usize| n.to_string().repeat(10_000);
    for n in 0..7 {
        assert!(set(&mut record, b"changing", value(n).as_bytes(), &limits) == (n == 0));
        assert!(matches!(hash(&record, 0), HashRef::Listpack(_)));
    }
    for n in 0..7 {
        assert!(set(&mut record, n.to_string().as_bytes(), value(n).as_bytes(), &limits));
    }
    assert!(matches!(hash(&record, 0), HashRef::Table(..)));
    assert_eq!(hash(&record, 0).get(b"3").map(Value::to_vec), Some(value(3).into_bytes()));
}
