use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;

/// Integers of all widths, many of them at the edges of one, few enough to meet again.
fn integer() -> impl Strategy<Value = i64> {
    let edge = prop_oneof![
        Just(i64::MIN),
        Just(i64::from(i32::MIN)),
        Just(i64::from(i16::MIN)),
        Just(0),
        Just(i64::from(i16::MAX)),
        Just(i64::from(i32::MAX)),
        Just(i64::MAX),
    ];
    prop_oneof![
        4 => -20..20i64,
        2 => (edge, -2..=2i64).prop_map(|(edge, off)| edge.saturating_add(off)),
        1 => any::<i64>(),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Insert(i64),
    Remove(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![3 => integer().prop_map(Step::Insert), 2 => integer().prop_map(Step::Remove)]
}

proptest! {
    #[test]
    fn an_intset_is_a_set_of_integers(steps in vec(step(), 0..60)) {
        let mut set = EMPTY.to_vec();
        let mut model = BTreeSet::new();
        let mut widest = 2;
        for step in steps {
            match step {
                Step::Insert(integer) => {
                    prop_assert_eq!(insert(&mut set, integer), model.insert(integer));
                    widest = widest.max(width_for(integer));
                }
                Step::Remove(integer) => {
                    prop_assert_eq!(remove(&mut set, integer), model.remove(&integer));
                }
            }
            let view = Intset::parse(&set).expect("well formed");
            prop_assert_eq!(view.bytes(), Intset::new(&set).bytes());
            prop_assert_eq!((view.len(), view.is_empty()), (model.len(), model.is_empty()));
            prop_assert_eq!(set.len(), HEADER + widest * model.len());
            prop_assert!(view.iter().eq(model.iter().copied()));
            prop_assert!(view.iter().rev().eq(model.iter().rev().copied()));
            for (index, integer) in model.iter().enumerate() {
                prop_assert_eq!(view.get(index), Some(*integer));
                prop_assert_eq!(view.position(*integer), Ok(index));
            }
            prop_assert_eq!(view.get(model.len()), None);
        }
    }

    #[test]
    fn what_is_missing_has_a_place(set in btree_set(integer(), 0..30), wanted in integer()) {
        let bytes = of(&set.iter().copied().collect::<Vec<_>>());
        let view = Intset::parse(&bytes).expect("well formed");
        let before = set.range(..wanted).count();
        prop_assert_eq!(view.contains(wanted), set.contains(&wanted));
        prop_assert_eq!(view.position(wanted).unwrap_or_else(|place| place), before);
    }

    #[test]
    fn made_at_once_or_one_by_one(set in btree_set(integer(), 0..30)) {
        let mut one_by_one = EMPTY.to_vec();
        set.iter().for_each(|integer| assert!(insert(&mut one_by_one, *integer)));
        prop_assert_eq!(of(&set.into_iter().collect::<Vec<_>>()), one_by_one);
    }

    #[test]
    fn a_cursor_finds_what_both_have(
        small in btree_set(integer(), 0..30),
        large in btree_set(prop_oneof![integer(), -500..500i64], 0..400),
    ) {
        let bytes = of(&large.iter().copied().collect::<Vec<_>>());
        let mut cursor = Intset::new(&bytes).cursor();
        for integer in small {
            // The same one may be looked for again.
            prop_assert_eq!(cursor.seek(integer), large.contains(&integer));
            prop_assert_eq!(cursor.seek(integer), large.contains(&integer));
        }
    }

    #[test]
    fn bytes_from_outside_are_refused_or_read(
        width in prop_oneof![Just(2u32), Just(4), Just(8), any::<u32>()],
        count in prop_oneof![0..5u32, any::<u32>()],
        rest in vec(any::<u8>(), 0..40),
    ) {
        let bytes = [&width.to_le_bytes()[..], &count.to_le_bytes(), &rest].concat();
        if let Ok(set) = Intset::parse(&bytes) {
            prop_assert_eq!(set.len(), count as usize);
            let integers: BTreeSet<i64> = set.iter().collect();
            prop_assert!(set.iter().eq(integers));
        }
    }

    #[test]
    fn damage_is_refused_or_another_set(
        set in btree_set(integer(), 0..8),
        at in any::<usize>(),
        flip in 1..=255u8,
        cut in any::<usize>(),
    ) {
        let bytes = of(&set.into_iter().collect::<Vec<_>>());
        prop_assert!(Intset::parse(&bytes[..cut % bytes.len()]).is_err());
        let mut damaged = bytes.clone();
        let at = at % bytes.len();
        damaged[at] ^= flip;
        if let Ok(damaged) = Intset::parse(&damaged) {
            prop_assert!(damaged.is_empty() || !damaged.iter().eq(Intset::new(&bytes).iter()));
        }
    }
}

#[test]
fn the_bytes_are_redis_ones() {
    // SADD s 1 -2 70000 on Redis 7.0.15, from DUMP.
    let mut set = EMPTY.to_vec();
    for integer in [1, -2] {
        assert!(insert(&mut set, integer));
    }
    assert_eq!(set, [2, 0, 0, 0, 2, 0, 0, 0, 0xFE, 0xFF, 1, 0]);
    assert!(insert(&mut set, 70_000));
    let integers = [[0xFE, 0xFF, 0xFF, 0xFF], [1, 0, 0, 0], [0x70, 0x11, 1, 0]].concat();
    assert_eq!(set, [&[4, 0, 0, 0, 3, 0, 0, 0][..], &integers].concat());
    assert!(remove(&mut set, 70_000));
    assert_eq!(set, [&[4, 0, 0, 0, 2, 0, 0, 0][..], &integers[..8]].concat());
}
