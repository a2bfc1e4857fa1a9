use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn listpack(values: &[&[u8]]) -> Vec<u8> {
    let mut list = EMPTY.to_vec();
    values.iter().for_each(|value| push(&mut list, value));
    list
}

fn values(list: &[u8]) -> Vec<Vec<u8>> {
    Listpack::parse(list).expect("well formed").iter().map(Value::to_vec).collect()
}

/// Strings of all encodings: lengths and integers at the edges of each.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let lengths = prop_oneof![0..70usize, 120..135usize, 4090..4100usize, 16_370..16_390usize];
    let edges = prop_oneof![
        Just(0i64),
        Just(127),
        Just(128),
        Just(-1),
        Just(4095),
        Just(4096),
        Just(-4096),
        Just(-4097),
        Just(32_767),
        Just(-32_769),
        Just(8_388_607),
        Just(-8_388_609),
        Just(2_147_483_648),
        Just(i64::MIN),
        Just(i64::MAX),
    ];
    prop_oneof![
        6 => lengths.prop_map(|len| vec![b'x'; len]),
        3 => edges.prop_map(|int| int.to_string().into_bytes()),
        3 => any::<i64>().prop_map(|int| int.to_string().into_bytes()),
        2 => vec(any::<u8>(), 0..30),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Insert(usize, Vec<u8>),
    InsertMany(usize, Vec<Vec<u8>>),
    Replace(usize, Vec<u8>),
    Remove(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<usize>(), value()).prop_map(|(at, value)| Step::Insert(at, value)),
        1 => (any::<usize>(), vec(value(), 0..5)).prop_map(|(at, all)| Step::InsertMany(at, all)),
        2 => (any::<usize>(), value()).prop_map(|(at, value)| Step::Replace(at, value)),
        2 => (any::<usize>(), 0..3usize).prop_map(|(at, count)| Step::Remove(at, count)),
    ]
}

proptest! {
    #[test]
    fn a_listpack_is_a_list_of_strings(steps in vec(step(), 0..40)) {
        let mut list = EMPTY.to_vec();
        let mut model: Vec<Vec<u8>> = vec![];
        for step in steps {
            let at = |list: &[u8], index: usize| {
                let list = Listpack::new(list);
                list.seek(index).unwrap_or(list.end())
            };
            match step {
                Step::Insert(index, value) => {
                    let index = index % (model.len() + 1);
                    let at = at(&list, index);
                    insert(&mut list, at, &value);
                    model.insert(index, value);
                }
                Step::InsertMany(index, all) => {
                    let index = index % (model.len() + 1);
                    let at = at(&list, index);
                    insert_all(&mut list, at, &all.iter().map(|v| &v[..]).collect::<Vec<_>>());
                    model.splice(index..index, all);
                }
                Step::Replace(index, value) if !model.is_empty() => {
                    let index = index % model.len();
                    let at = at(&list, index);
                    replace(&mut list, at, &value);
                    model[index] = value;
                }
                Step::Remove(index, count) => {
                    let index = index % (model.len() + 1);
                    let end = (index + count).min(model.len());
                    let at = at(&list, index);
                    prop_assert_eq!(remove(&mut list, at, count), end - index);
                    model.drain(index..end);
                }
                Step::Replace(..) => {}
            }
            prop_assert_eq!(values(&list), &model[..]);
            let view = Listpack::new(&list);
            prop_assert_eq!(view.len(), model.len());
            prop_assert_eq!(view.is_empty(), model.is_empty());
            prop_assert!(view.iter().rev().map(Value::to_vec).eq(model.iter().rev().cloned()));
            for (index, value) in model.iter().enumerate() {
                for step in 1..4 {
                    let first = (0..model.len()).step_by(step).find(|&at| model[at] == *value);
                    prop_assert_eq!(view.find(value, step), first.and_then(|at| view.seek(at)));
                }
                let at = view.seek(index).expect("below its length");
                prop_assert!(view.entry(at).expect("an entry").0.is(value));
                prop_assert_eq!(view.entry(at).expect("an entry").0.text_len(), value.len());
            }
        }
    }

    #[test]
    fn bytes_from_outside_are_refused_or_read(bytes in vec(any::<u8>(), 0..60)) {
        if let Ok(list) = Listpack::parse(&bytes) {
            prop_assert_eq!(list.iter().count(), list.iter().rev().count());
        }
    }

    #[test]
    fn damage_is_refused_or_read(values in vec(value(), 0..6), at in any::<usize>(), flip in 1..=255u8) {
        let mut list = listpack(&values.iter().map(|v| &v[..]).collect::<Vec<_>>());
        let at = at % list.len();
        list[at] ^= flip;
        if let Ok(list) = Listpack::parse(&list) {
            let backwards: Vec<_> = list.iter().rev().map(Value::to_vec).collect();
            prop_assert!(list.iter().map(Value::to_vec).eq(backwards.into_iter().rev()));
        }
    }
}

#[test]
fn the_bytes_are_redis_ones() {
    // RPUSH l a 1 -1 300 on Redis 7.0.15, from DUMP.
    let list = listpack(&[b"a", b"1", b"-1", b"300"]);
    let expected = [
        &[20, 0, 0, 0, 4, 0][..],
        &[0x81, b'a', 2],
        &[1, 1],
        &[0xDF, 0xFF, 2],
        &[0xC1, 0x2C, 2],
        &[0xFF],
    ];
    let mut expected = expected.concat();
    expected[0] = expected.len() as u8;
    assert_eq!(list, expected);
}

#[test]
fn fields_are_found_among_pairs() {
    let list = listpack(&[b"a", b"b", b"b", b"a", b"7", b"8"]);
    let list = Listpack::new(&list);
    assert_eq!(list.find(b"b", 2), list.seek(2));
    assert_eq!(list.find(b"7", 2), list.seek(4));
    assert_eq!(list.find(b"8", 2), None);
    assert_eq!(list.find(b"07", 2), None);
}

#[test]
fn more_entries_than_the_count_can_say() {
    let mut list = EMPTY.to_vec();
    let many: Vec<&[u8]> = vec![b"1"; 70_000];
    insert_all(&mut list, HEADER, &many);
    assert_eq!(Listpack::parse(&list).expect("well formed").len(), 70_000);
    assert_eq!(remove(&mut list, HEADER, 69_000), 69_000);
    assert_eq!(list[4..6], 1000u16.to_le_bytes());
}
