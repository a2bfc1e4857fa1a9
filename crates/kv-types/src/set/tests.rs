use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;
use crate::limits::{Limits, Packed};
use crate::record::Kind;

const LIMITS: Limits =
    Limits { set: Packed { entries: 6, bytes: 5 }, set_ints: 9, ..Limits::DEFAULT };

/// Members that meet again: small integers, others, and what only looks like one.
fn member() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        5 => (-6..12i64).prop_map(|int| int.to_string().into_bytes()),
        1 => any::<i64>().prop_map(|int| int.to_string().into_bytes()),
        2 => "[a-c]{1,2}".prop_map(String::into_bytes),
        1 => "0[0-3]".prop_map(String::into_bytes),
        1 => "[a-b]{5,7}".prop_map(String::into_bytes),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Add(Vec<u8>),
    AddUntil(Vec<u8>, u64, bool),
    Remove(Vec<u8>),
    Pop(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => member().prop_map(Step::Add),
        1 => (member(), 1..20u64, any::<bool>()).prop_map(|(m, ttl, keep)| Step::AddUntil(m, ttl, keep)),
        6 => member().prop_map(Step::Remove),
        1 => (0..4usize).prop_map(Step::Pop),
        1 => (0..8u64).prop_map(Step::Wait),
    ]
}

fn texts(set: SetRef<'_>) -> BTreeSet<Vec<u8>> {
    let texts: Vec<_> = set.iter().map(Value::to_vec).collect();
    let unique: BTreeSet<_> = texts.iter().cloned().collect();
    assert_eq!(unique.len(), texts.len(), "each member once");
    unique
}

fn set(record: &Record, now: u64) -> SetRef<'_> {
    SetRef::new(record, now).expect("a set")
}

/// Whether the set is held in a way that it may be.
fn is_held_well(record: &Record) -> bool {
    let small = |set: SetRef<'_>| set.iter().all(|member| member.text_len() <= LIMITS.set.bytes);
    match set(record, 0) {
        SetRef::Ints(ints) => ints.len() <= LIMITS.set_ints && Intset::parse(ints.bytes()).is_ok(),
        SetRef::Listpack(list) => {
            list.len() <= LIMITS.set.entries
                && small(SetRef::Listpack(list))
                && Listpack::parse(list.bytes()).is_ok()
        }
        SetRef::Table(..) => true,
    }
}

proptest! {
    #[test]
    fn a_set_in_a_record_is_a_set(first in member(), steps in vec(step(), 0..60), seed in any::<u64>()) {
        let mut record = Record::collection(b"key", Kind::Set, None);
        prepare(&mut record, &first, 1, &LIMITS);
        let mut model: BTreeMap<Vec<u8>, Option<u64>> = BTreeMap::new();
        let (mut now, mut rng) = (100, fastrand::Rng::with_seed(seed));
        for step in steps {
            let was_large = matches!(set(&record, now), SetRef::Table(..));
            match step {
                Step::Add(member) => {
                    prop_assert_eq!(add(&mut record, &member, &LIMITS), !model.contains_key(&member));
                    model.entry(member).or_insert(None);
                }
                Step::AddUntil(member, ttl, keep) => {
                    let new = !model.contains_key(&member);
                    prop_assert_eq!(add_until(&mut record, &member, now + ttl, keep), new);
                    let deadline = model.entry(member).or_insert(None);
                    if new || !keep {
                        *deadline = Some(now + ttl);
                    }
                }
                Step::Remove(member) => {
                    prop_assert_eq!(remove(&mut record, &member), model.remove(&member).is_some());
                }
                Step::Pop(count) => {
                    let mut popped = 0;
                    pop(&mut record, count, &LIMITS, &mut rng, |member| {
                        popped += 1;
                        assert!(model.remove(member).is_some());
                    });
                    prop_assert!(popped == count || model.is_empty());
                }
                Step::Wait(millis) => {
                    now += millis;
                    model.retain(|_, deadline| deadline.is_none_or(|at| now <= at));
                    prop_assert_eq!(set(&record, now).len(), model.len());
                    prop_assert!(texts(set(&record, now)).iter().eq(model.keys()));
                    if let Some(mut large) = record.large_mut() {
                        large.expire(now);
                    }
                }
            }
            prop_assert!(is_held_well(&record));
            if was_large && !matches!(set(&record, now), SetRef::Table(..)) {
                // Only few out of many popped bring a set back.
                prop_assert!(model.len() <= LIMITS.set.entries);
            }
            let view = set(&record, now);
            prop_assert_eq!((view.len(), view.is_empty()), (model.len(), model.is_empty()));
            prop_assert_eq!(record.is_empty(), model.is_empty());
            prop_assert!(texts(view).iter().eq(model.keys()));
            prop_assert!(model.keys().all(|member| view.contains(member)));
            prop_assert!(!view.contains(b"never there") && !view.contains(b"007"));
        }
    }

    #[test]
    fn sets_of_any_kind_are_combined(
        sets in vec((btree_set(member(), 0..12), 0..4u8), 1..5),
        enough in 0..20usize,
    ) {
        let records: Vec<Record> = sets.iter().map(|(members, held)| held_as(members, *held)).collect();
        let views: Vec<SetRef<'_>> = records.iter().map(|record| set(record, 5)).collect();
        let models: Vec<&BTreeSet<Vec<u8>>> = sets.iter().map(|(members, _)| members).collect();

        let mut found = vec![];
        let whole = intersection(&views, |member| {
            found.push(member.to_vec());
            ControlFlow::Continue(())
        });
        prop_assert!(whole.is_continue());
        let all = models.iter().skip(1).fold(models[0].clone(), |all, set| &all & set);
        prop_assert_eq!(unique(found), all.clone());

        let mut seen = 0;
        let stopped = intersection(&views, |_| {
            seen += 1;
            if seen < enough { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        prop_assert_eq!(stopped.is_break(), !all.is_empty() && enough <= all.len());
        prop_assert_eq!(seen, all.len().min(enough.max(1)));

        let mut found = vec![];
        union(&views, |member| found.push(member.to_vec()));
        prop_assert_eq!(unique(found), models.iter().fold(BTreeSet::new(), |any, set| &any | set));

        let made = union_of(b"k", &views, &LIMITS);
        prop_assert_eq!(texts(set(&made, 9)), models.iter().fold(BTreeSet::new(), |any, set| &any | set));
        prop_assert!(is_held_well(&made) && made.due().is_none());

        let mut found = vec![];
        difference(views[0], &views[1..], |member| found.push(member.to_vec()));
        let rest = models.iter().skip(1).fold(models[0].clone(), |rest, set| &rest - set);
        prop_assert_eq!(unique(found), rest);
    }

    #[test]
    fn a_sample_has_different_members(members in btree_set(member(), 0..40), held in 0..4u8, count in 0..50usize, seed: u64) {
        let record = held_as(&members, held);
        let (view, mut rng) = (set(&record, 5), fastrand::Rng::with_seed(seed));
        let sample: Vec<_> = view.sample(count, &mut rng).into_iter().map(Value::to_vec).collect();
        prop_assert_eq!(sample.len(), count.min(members.len()));
        prop_assert!(unique(sample).is_subset(&members));
        let mut drawn = 0;
        view.draws(count, &mut rng, |member| {
            assert!(members.contains(&member.to_vec()));
            drawn += 1;
            drawn < 10
        });
        prop_assert_eq!(drawn, if members.is_empty() { 0 } else { count.min(10) });
        prop_assert_eq!(view.random(&mut rng).is_some(), !members.is_empty());
    }

    #[test]
    fn a_set_is_made_of_members(members in btree_set(member(), 1..14), more in btree_set(member(), 0..4)) {
        let once: BTreeSet<Vec<u8>> = &members | &more;
        let values = |set: &BTreeSet<Vec<u8>>| -> Vec<Vec<u8>> { set.iter().cloned().collect() };
        let (members_texts, once_texts) = (values(&members), values(&once));
        let as_values = |texts: &'_ [Vec<u8>]| -> Vec<Value<'static>> {
            texts.iter().map(|t| Value::Bytes(t.clone().leak())).collect()
        };
        let made = made_of(b"k", &as_values(&members_texts), &as_values(&once_texts), &LIMITS);
        prop_assert_eq!(texts(set(&made, 0)), members);
        prop_assert_eq!(made.key(), b"k");
        // As if all had been added one by one, and then some removed.
        let mut grown = Record::collection(b"k", Kind::Set, None);
        let ints_first = |text: &&Vec<u8>| integer::parse(text).is_none();
        let mut order: Vec<&Vec<u8>> = once.iter().collect();
        order.sort_by_key(ints_first);
        prepare(&mut grown, order[0], 1, &LIMITS);
        let few_ints = order.iter().filter(|text| !ints_first(text)).count() <= LIMITS.set.entries;
        order.into_iter().for_each(|member| assert!(add(&mut grown, member, &LIMITS)));
        prop_assume!(few_ints || once.len() > LIMITS.set.entries);
        prop_assert_eq!(
            std::mem::discriminant(&set(&made, 0)),
            std::mem::discriminant(&set(&grown, 0))
        );
    }
}

fn unique(texts: Vec<Vec<u8>>) -> BTreeSet<Vec<u8>> {
    let unique: BTreeSet<_> = texts.iter().cloned().collect();
    assert_eq!(unique.len(), texts.len(), "each member once");
    unique
}

/// A record with these members at 5 ms, held in a way of choice where they can be; in the last, there are
/// others whose time is over.
fn held_as(members: &BTreeSet<Vec<u8>>, held: u8) -> Record {
    let mut record = Record::collection(b"k", Kind::Set, None);
    let limits = Limits {
        set: Packed { entries: if held > 1 { 0 } else { 99 }, bytes: 99 },
        set_ints: if held == 0 { 99 } else { 0 },
        ..Limits::DEFAULT
    };
    if let Some(first) = members.first() {
        prepare(&mut record, first, 1, &limits);
    }
    members.iter().for_each(|member| assert!(add(&mut record, member, &limits)));
    if held == 3 {
        for gone in [&b"gone"[..], b"77"] {
            assert!(add_until(&mut record, gone, 4, false));
        }
    }
    record
}

/// How often each member comes up in so many tries.
fn counts(
    members: usize,
    tries: usize,
    mut pick: impl FnMut(&mut dyn FnMut(Value<'_>)),
) -> Vec<usize> {
    let mut counts = vec![0; members];
    for _ in 0..tries {
        pick(&mut |member| counts[member.int().expect("a number") as usize] += 1);
    }
    counts
}

#[test]
fn every_member_is_as_likely() {
    for held in 0..4 {
        for (members, drawn) in [(40, 3), (40, 30)] {
            let record =
                held_as(&(0..members).map(|n: usize| n.to_string().into_bytes()).collect(), held);
            let (view, mut rng) = (set(&record, 5), fastrand::Rng::with_seed(7));
            let tries = 20_000;
            let sampled = counts(members, tries / drawn, |seen| {
                view.sample(drawn, &mut rng).into_iter().for_each(seen);
            });
            let each =
                counts(members, tries, |seen| seen(view.random(&mut rng).expect("not empty")));
            let draws = counts(members, tries / drawn, |seen| {
                view.draws(drawn, &mut rng, |member| {
                    seen(member);
                    true
                });
            });
            for counts in [sampled, each, draws] {
                // 500 each, give or take six times the square root.
                let (least, most) = (counts.iter().min(), counts.iter().max());
                assert!(least > Some(&365) && most < Some(&635), "{held} {drawn}: {counts:?}");
            }
        }
    }
}

#[test]
fn how_sets_are_held_at_the_borders() {
    let limits = Limits::DEFAULT;
    let held = |record: &Record| match set(record, 0) {
        SetRef::Ints(_) => "intset",
        SetRef::Listpack(_) => "listpack",
        SetRef::Table(..) => "hashtable",
    };
    let made = |first: &[u8], count: usize| {
        let mut record = Record::collection(b"k", Kind::Set, None);
        prepare(&mut record, first, count, &limits);
        record
    };
    let with = |mut record: Record, members: std::ops::Range<usize>, prefix: &str| {
        members.for_each(|n| {
            add(&mut record, format!("{prefix}{n}").as_bytes(), &limits);
        });
        record
    };
    assert_eq!(held(&made(b"1", 512)), "intset");
    assert_eq!(held(&made(b"1", 513)), "hashtable");
    assert_eq!(held(&made(b"a", 128)), "listpack");
    assert_eq!(held(&made(b"a", 129)), "hashtable");
    assert_eq!(held(&with(made(b"1", 1), 0..512, "")), "intset");
    assert_eq!(held(&with(made(b"1", 1), 0..513, "")), "hashtable");
    assert_eq!(held(&with(made(b"a", 1), 0..128, "a")), "listpack");
    assert_eq!(held(&with(made(b"a", 1), 0..129, "a")), "hashtable");
    // A string among integers.
    assert_eq!(held(&with(with(made(b"1", 1), 0..127, ""), 0..1, "a")), "listpack");
    assert_eq!(held(&with(with(made(b"1", 1), 0..128, ""), 0..1, "a")), "hashtable");
    assert_eq!(held(&with(made(b"1", 1), 1..2, &"a".repeat(63))), "listpack");
    assert_eq!(held(&with(made(b"1", 1), 1..2, &"a".repeat(64))), "hashtable");
    assert_eq!(held(&with(made(b"a", 1), 1..2, &"a".repeat(64))), "hashtable");
    // Many at once, to a set that is there.
    for (count, is) in [(128, "listpack"), (129, "hashtable")] {
        let mut record = with(made(b"a", 1), 0..1, "a");
        prepare(&mut record, b"a", count, &limits);
        assert_eq!(held(&record), is);
    }
    for (count, is) in [(512, "intset"), (513, "hashtable")] {
        let mut record = with(made(b"1", 1), 0..1, "");
        prepare(&mut record, b"a", count, &limits);
        assert_eq!(held(&record), is);
    }
    // Of 900, 750 popped leave what is a listpack in no case, 780 one that is.
    for (popped, is) in [(750, "hashtable"), (771, "hashtable"), (772, "listpack")] {
        let mut record = with(made(b"1", 1), 0..900, "");
        pop(&mut record, popped, &limits, &mut fastrand::Rng::with_seed(1), |_| {});
        assert_eq!((held(&record), set(&record, 0).len()), (is, 900 - popped));
    }
}

#[test]
fn what_does_not_fit_a_record_is_large_whatever_the_settings_say() {
    let limits = Limits {
        set: Packed { entries: usize::MAX, bytes: usize::MAX },
        set_ints: usize::MAX,
        ..Limits::DEFAULT
    };
    let mut ints = Record::collection(b"k", Kind::Set, None);
    prepare(&mut ints, b"1", 1, &limits);
    for n in 0..9000 {
        assert!(add(&mut ints, n.to_string().as_bytes(), &limits));
    }
    assert!(matches!(set(&ints, 0), SetRef::Table(..)));
    assert_eq!(set(&ints, 0).len(), 9000);
    let mut strings = Record::collection(b"k", Kind::Set, None);
    for n in 0..7 {
        let member = n.to_string().repeat(10_000);
        assert!(
            add(&mut strings, member.as_bytes(), &limits)
                && set(&strings, 0).contains(member.as_bytes())
        );
    }
    assert!(matches!(set(&strings, 0), SetRef::Table(..)));
}
