use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

type Model = BTreeMap<Vec<u8>, (Vec<u8>, Option<u64>)>;
/// Where a walk is, what was there all the time, what it has seen.
type Walk = (u64, BTreeSet<Vec<u8>>, BTreeSet<Vec<u8>>);

#[derive(Clone, Debug)]
enum Step {
    Insert(u16, usize, Option<u64>),
    Remove(u16),
    SetDeadline(u16, Option<u64>),
    Expire(u64),
    Clone,
    Scan,
}

fn step() -> impl Strategy<Value = Step> {
    let lengths = prop_oneof![8 => 0..30usize, 1 => 90..260usize, 1 => 200..3000usize];
    let deadline = || proptest::option::weighted(0.3, 0..100u64);
    prop_oneof![
        12 => (0..400u16, lengths, deadline()).prop_map(|(k, len, at)| Step::Insert(k, len, at)),
        6 => (0..400u16).prop_map(Step::Remove),
        3 => (0..400u16, deadline()).prop_map(|(key, at)| Step::SetDeadline(key, at)),
        1 => (0..100u64).prop_map(Step::Expire),
        1 => Just(Step::Clone),
        2 => Just(Step::Scan),
    ]
}

/// Keys of all lengths, some of them long.
fn key(number: u16) -> Vec<u8> {
    let mut key = format!("k{number}").into_bytes();
    let longer = match number % 17 {
        0 => 126,
        1 => 127,
        2 => 400,
        n => usize::from(n),
    };
    key.resize(longer.max(key.len()), b'x');
    key
}

fn check(table: &Table, model: &Model) {
    assert_eq!(table.len(), model.len());
    let entries: Model = table
        .iter()
        .map(|entry| (entry.key.to_vec(), (entry.value.to_vec(), entry.deadline)))
        .collect();
    assert_eq!(&entries, model);
    for (key, (value, deadline)) in model {
        let wanted = Entry { key, value, deadline: *deadline };
        assert_eq!(table.get(key), Some(wanted));
    }
    assert_eq!(table.earliest(), model.values().filter_map(|(_, at)| *at).min());
    let buckets = table.bucket_count();
    assert!(table.len() <= buckets * LOAD && table.len() >= (buckets - 1) * LOAD_MIN);
    for bucket in 0..buckets {
        assert!(table.view(bucket).len() <= table.fullest.max(table.len()));
        for entry in table.bucket(bucket) {
            assert_eq!(linear::bucket_of(hash(entry.key), buckets), bucket);
        }
    }
    let walked: usize = (0..buckets).map(|at| table.buckets.get(at).memory()).sum();
    let own = table.buckets.memory() + table.long.walked_memory() + table.deadlines.memory();
    assert_eq!(table.memory(), walked + own);
}

proptest! {
    #[test]
    fn a_table_is_a_map(steps in vec(step(), 0..600)) {
        let (mut table, mut model) = (Table::default(), Model::new());
        let mut clones: Vec<(Table, Model)> = vec![];
        // A walk that goes on between the steps.
        let mut walk: Option<Walk> = None;
        for step in steps {
            match step {
                Step::Insert(number, len, deadline) => {
                    let (key, value) = (key(number), vec![number as u8; len]);
                    let is_new = table.insert(&key, &value, deadline);
                    prop_assert_eq!(is_new, model.insert(key, (value, deadline)).is_none());
                }
                Step::Remove(number) => {
                    prop_assert_eq!(table.remove(&key(number)), model.remove(&key(number)).is_some());
                }
                Step::SetDeadline(number, deadline) => {
                    let found = model.get_mut(&key(number)).map(|(_, at)| *at = deadline).is_some();
                    prop_assert_eq!(table.set_deadline(&key(number), deadline), found);
                }
                Step::Expire(now) => {
                    let before = model.len();
                    prop_assert_eq!(
                        table.live_len(now),
                        model.values().filter(|(_, at)| at.is_none_or(|at| now <= at)).count()
                    );
                    model.retain(|_, (_, at)| at.is_none_or(|at| now <= at));
                    prop_assert_eq!(table.expire(now), before - model.len());
                }
                Step::Clone => {
                    if clones.len() == 3 {
                        clones.remove(0);
                    }
                    clones.push((table.clone(), model.clone()));
                }
                Step::Scan => {
                    let keys = || model.keys().cloned().collect::<BTreeSet<_>>();
                    let (cursor, there, mut seen) =
                        walk.take().unwrap_or_else(|| (0, keys(), BTreeSet::new()));
                    let there = there.intersection(&keys()).cloned().collect::<BTreeSet<_>>();
                    let next = table.scan(cursor, |entry| {
                        seen.insert(entry.key.to_vec());
                    });
                    if next == 0 {
                        prop_assert!(there.is_subset(&seen));
                    } else {
                        walk = Some((next, there, seen));
                    }
                }
            }
            if let Some((_, there, _)) = &mut walk {
                there.retain(|key| model.contains_key(key));
            }
        }
        check(&table, &model);
        for (clone, model) in &clones {
            check(clone, model);
        }
    }
}

#[test]
fn it_grows_and_shrinks_one_bucket_at_a_time() {
    let mut table = Table::default();
    let mut before = table.bucket_count();
    let name = |number: usize| format!("member:{number:09}").into_bytes();
    for number in 0..20_000 {
        table.insert(&name(number), b"", None);
        assert!(table.bucket_count() <= before + 1);
        before = table.bucket_count();
    }
    let per_entry = table.memory() as f64 / 20_000.0;
    assert!(per_entry < 24.0, "{per_entry} bytes an entry of 16");
    for number in 0..20_000 {
        assert!(table.remove(&name(number)));
        assert!(table.bucket_count() + 1 >= before);
        before = table.bucket_count();
    }
    assert_eq!((table.len(), table.bucket_count()), (0, 1));
    assert!(table.memory() < 4096, "{}", table.memory());
}

#[test]
fn random_entries_are_all_alike_likely() {
    let mut table = Table::default();
    for number in 0..100 {
        table.insert(format!("{number}").as_bytes(), b"", None);
    }
    let mut rng = fastrand::Rng::with_seed(7);
    let mut drawn = BTreeMap::<Vec<u8>, u32>::new();
    for _ in 0..100_000 {
        let entry = table.random(&mut rng).expect("it is not empty");
        *drawn.entry(entry.key.to_vec()).or_default() += 1;
    }
    assert_eq!(drawn.len(), 100);
    // A thousand each: five standard deviations.
    assert!(drawn.values().all(|count| (840..1160).contains(count)), "{drawn:?}");
}

proptest! {
    #[test]
    fn two_tables_have_keys_in_common(
        few in 0..40u16,
        many in prop_oneof![0..40u16, 0..3000u16],
        shared in 0..40u16,
        enough in 1..60usize,
    ) {
        let table = |keys: std::ops::Range<u16>, value: &[u8]| {
            let mut table = Table::default();
            keys.for_each(|number| assert!(table.insert_new(&key(number), value, None)));
            table
        };
        let shared = shared.min(few).min(many);
        let ours = table(0..few, b"ours");
        let theirs = table(few - shared..few - shared + many, b"theirs");
        let expected: BTreeSet<Vec<u8>> = (few - shared..few).map(key).collect();
        for (a, b, values) in [(&ours, &theirs, [&b"ours"[..], b"theirs"]), (&theirs, &ours, [b"theirs", b"ours"])] {
            let mut seen = vec![];
            let end = a.common(b, |a, b| {
                assert_eq!((a.key, [a.value, b.value]), (b.key, values));
                seen.push(a.key.to_vec());
                if seen.len() < enough { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            prop_assert_eq!(end.is_break(), seen.len() == enough);
            prop_assert_eq!(seen.len(), expected.len().min(enough));
            prop_assert!(seen.iter().all(|key| expected.contains(key)));
            prop_assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
        }
    }
}
