//! Sorted sets against a naive model, and the invariants of the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::leaf::{LEAF_MAX, hash};
use super::node::{ChildRef, FANOUT, Node};
use super::*;
use crate::limits::{Limits, Packed as Bounds};
use crate::listpack::{Listpack, Value};
use crate::record::Kind;

/// Scores by member.
type Model = BTreeMap<Vec<u8>, f64>;

#[derive(Clone, Debug)]
enum Step {
    Set(u16, f64),
    Raise(u16, f64),
    Remove(u16),
    /// Removes a share of the elements, from one rank on.
    RemoveRange(u8, u8),
    Fill(u16, u16, f64),
    Share,
}

/// Few members and few scores, so that steps meet; some members are long.
fn member(number: u16) -> Vec<u8> {
    match number % 23 {
        0 => [&number.to_be_bytes()[..], &vec![b'x'; 100 + usize::from(number % 300)]].concat(),
        1 => vec![number as u8],
        _ => format!("member:{number:05}").into_bytes(),
    }
}

fn score() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (-4i8..4).prop_map(f64::from),
        2 => -1000.0..1000.0f64,
        1 => prop_oneof![Just(0.0), Just(-0.0), Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
    ]
}

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let member = || 0u16..3000;
    let step = prop_oneof![
        6 => (member(), score()).prop_map(|(member, score)| Step::Set(member, score)),
        3 => (member(), 0.0..3.0f64).prop_map(|(member, by)| Step::Raise(member, by)),
        4 => member().prop_map(Step::Remove),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(from, share)| Step::RemoveRange(from, share)),
        3 => (member(), 1u16..300, score()).prop_map(|(from, count, step)| Step::Fill(from, count, step)),
        1 => Just(Step::Share),
    ];
    vec(step, 0..most)
}

fn sorted(model: &Model) -> Vec<Element<'_>> {
    let mut all: Vec<_> =
        model.iter().map(|(member, &score)| (Value::Bytes(member), score)).collect();
    all.sort_by(|a, b| order(*a, *b));
    all
}

/// What both ways of holding a sorted set are changed by.
trait Change {
    fn update(&mut self, member: &[u8], choose: impl FnOnce(Option<f64>) -> Option<f64>);
    fn remove(&mut self, member: &[u8]) -> Option<f64>;
    fn remove_range(&mut self, ranks: Range<usize>);
}

impl Change for SortedTree {
    fn update(&mut self, member: &[u8], choose: impl FnOnce(Option<f64>) -> Option<f64>) {
        SortedTree::update(self, member, choose);
    }

    fn remove(&mut self, member: &[u8]) -> Option<f64> {
        SortedTree::remove(self, member)
    }

    fn remove_range(&mut self, ranks: Range<usize>) {
        SortedTree::remove_range(self, ranks);
    }
}

impl Change for (Record, Limits) {
    fn update(&mut self, member: &[u8], choose: impl FnOnce(Option<f64>) -> Option<f64>) {
        update(&mut self.0, member, &self.1, choose);
    }

    fn remove(&mut self, member: &[u8]) -> Option<f64> {
        remove(&mut self.0, member)
    }

    fn remove_range(&mut self, ranks: Range<usize>) {
        remove_range(&mut self.0, ranks);
    }
}

fn run(step: &Step, zset: &mut impl Change, model: &mut Model) {
    match *step {
        Step::Set(number, score) => set(zset, model, number, score),
        Step::Raise(number, by) => {
            let member = member(number);
            zset.update(&member, |old| old.map(|old| old + by));
            model.entry(member).and_modify(|score| *score += by);
        }
        Step::Remove(number) => {
            let member = member(number);
            assert_eq!(zset.remove(&member), model.remove(&member));
        }
        Step::RemoveRange(from, share) => {
            let from = usize::from(from) * model.len() / 256;
            let ranks = from..from + usize::from(share) * (model.len() - from) / 255;
            let gone: Vec<_> =
                sorted(model)[ranks.clone()].iter().map(|(member, _)| member.to_vec()).collect();
            zset.remove_range(ranks);
            gone.iter().for_each(|member| assert!(model.remove(member).is_some()));
        }
        Step::Fill(from, count, step) => {
            let numbers = (from..from + count).enumerate();
            numbers.for_each(|(at, number)| {
                // Infinity times zero is no number.
                let score = if step.is_finite() { step * at as f64 } else { step };
                set(zset, model, number, score);
            });
        }
        Step::Share => {}
    }
}

fn set(zset: &mut impl Change, model: &mut Model, number: u16, score: f64) {
    let member = member(number);
    let old = model.get(&member).copied();
    zset.update(&member, |found| {
        assert_eq!(found, old);
        Some(score)
    });
    if old != Some(score) {
        model.insert(member, score);
    }
}

/// Everything that is read, by all ways there are.
fn agree(zset: ZsetRef<'_>, model: &Model) {
    let all = sorted(model);
    assert_eq!((zset.len(), zset.is_empty()), (all.len(), all.is_empty()));
    same(zset.iter(), &all);
    let back: Vec<_> = all.iter().rev().copied().collect();
    same(zset.range(0..usize::MAX).rev(), &back);
    for (rank, (member, score)) in all.iter().enumerate().step_by(7) {
        let member = member.to_vec();
        assert_eq!((zset.rank(&member), zset.score(&member)), (Some((rank, *score)), Some(*score)));
        assert_eq!(zset.count_before(Place::Element(&member, *score)), rank);
        for place in [Place::BeforeScore(*score), Place::AfterScore(*score)] {
            let expected = all.iter().filter(|&&element| place.is_behind(element)).count();
            assert_eq!(zset.count_before(place), expected, "{place:?}");
        }
        let (min, max) = (Place::AfterScore(score - 2.0), Place::AfterScore(*score));
        let within = |element| max.is_behind(element) && !min.is_behind(element);
        let between = all.iter().filter(|&&element| within(element)).count();
        for from_end in [false, true] {
            assert_eq!(zset.between(min, max, from_end).len(), between);
            assert_eq!(zset.between(max, min, from_end).len(), 0);
        }
        same(zset.range(rank..rank + 40), &all[rank..all.len().min(rank + 40)]);
    }
    assert_eq!((zset.score(b"nobody"), zset.rank(b"nobody")), (None, None));
    assert_eq!((zset.count_before(Place::Start), zset.count_before(Place::End)), (0, all.len()));
}

fn same<'a>(found: impl ExactSizeIterator<Item = Element<'a>>, expected: &[Element<'_>]) {
    assert_eq!(found.len(), expected.len());
    let found: Vec<_> = found.collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!((found.0.to_vec(), found.1), (expected.0.to_vec(), expected.1));
    }
}

/// The invariants of the tree, its leaves and its index.
fn tree_is_well_formed(tree: &SortedTree) {
    let mut walk = Walk { tree, leaves: BTreeSet::new(), memory: 0 };
    let count = walk.node(&tree.root, (f64::NEG_INFINITY, f64::INFINITY));
    assert_eq!((count, tree.parts.index.len()), (tree.len(), tree.len()));
    let numbers: Vec<_> = walk.leaves.iter().copied().collect();
    assert_eq!(numbers, (0..tree.parts.leaves.len() as u32).collect::<Vec<_>>());
    assert_eq!(tree.parts.bytes, walk.memory);
    let parts = tree.parts.leaves.memory() + tree.parts.index.walked_memory() + walk.memory;
    assert_eq!(tree.memory(), parts);
}

struct Walk<'a> {
    tree: &'a SortedTree,
    leaves: BTreeSet<u32>,
    memory: usize,
}

impl Walk<'_> {
    /// Checks what is below `node`, all of whose scores are within `bounds`; how many elements there are.
    fn node(&mut self, node: &Arc<Node>, bounds: (f64, f64)) -> usize {
        self.memory += node.memory();
        let mut count = 0;
        for at in 0..node.len() {
            let (floor, known) = node.known(at);
            let ceiling = if at + 1 < node.len() { node.known(at + 1).0 } else { bounds.1 };
            assert!(floor >= bounds.0 && floor <= ceiling);
            let actual = match node.child(at) {
                ChildRef::Node(_) => {
                    let mut copy = Node::clone(node);
                    self.node(copy.node_mut(at).unwrap(), (floor, ceiling))
                }
                ChildRef::Leaf(leaf) => self.leaf(leaf, (floor, ceiling)),
            };
            assert!(actual == known && actual > 0);
            count += actual;
        }
        assert!((node.len()..FANOUT).all(|at| node.known(at).0.is_nan() && node.known(at).1 == 0));
        count
    }

    fn leaf(&mut self, id: u32, (floor, ceiling): (f64, f64)) -> usize {
        assert!(self.leaves.insert(id), "one leaf, one place");
        let leaf = self.tree.parts.leaves.get(id as usize);
        self.memory += leaf.memory();
        let run = leaf.run();
        assert!(run.len() == leaf.len() && run.len() <= LEAF_MAX);
        for at in 0..run.len() {
            let (member, score) = run.pair(at);
            assert!(floor <= score && score <= ceiling);
            assert!(at == 0 || order(run.element(at - 1), run.element(at)).is_lt());
            assert_eq!(
                self.tree.parts.index.find(hash(member)).filter(|&leaf| leaf == id).count(),
                1
            );
        }
        run.len()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_tree_is_a_sorted_list_and_its_clones_stay_as_they_were(steps in steps(50)) {
        let (mut tree, mut model) = (SortedTree::default(), Model::new());
        let mut clones = vec![];
        for step in steps {
            run(&step, &mut tree, &mut model);
            if let Step::Share = step {
                agree(ZsetRef::Tree(&tree), &model);
                clones.push((tree.clone(), model.clone()));
            }
            tree_is_well_formed(&tree);
        }
        agree(ZsetRef::Tree(&tree), &model);
        for (clone, model) in clones {
            tree_is_well_formed(&clone);
            agree(ZsetRef::Tree(&clone), &model);
        }
    }

    #[test]
    fn a_record_is_a_sorted_list_packed_or_not(steps in steps(12), entries in 0usize..300, bytes in 10usize..200) {
        let limits = Limits { zset: Bounds { entries, bytes }, ..Limits::DEFAULT };
        let mut zset = (Record::collection(b"key", Kind::Zset, None), limits);
        let (mut model, mut stays_packed) = (Model::new(), true);
        for step in steps {
            let before = model.clone();
            run(&step, &mut zset, &mut model);
            let has_too_many = match step {
                // Counted as if all were there at once.
                Step::Fill(from, count, _) => {
                    let mut all = before;
                    all.extend((from..from + count).map(|number| (member(number), 0.0)));
                    all.len() > entries
                }
                _ => model.len() > entries,
            };
            stays_packed &= !has_too_many && model.keys().all(|member| member.len() <= bytes);
            let (record, _) = &zset;
            let found = ZsetRef::new(record).unwrap();
            prop_assert_eq!(matches!(found, ZsetRef::Packed(_)), stays_packed);
            agree(found, &model);
            let elements = sorted(&model);
            let made = made_of(b"key", elements.iter().copied(), &limits);
            let suits = model.len() <= entries && model.keys().all(|member| member.len() <= bytes);
            prop_assert_eq!(made.large_ref().is_none(), suits);
            agree(ZsetRef::new(&made).unwrap(), &model);
            if let Some(ZsetRef::Packed(packed)) = ZsetRef::new(&made) {
                prop_assert!(is_sorted(packed.listpack()));
            }
        }
    }

    #[test]
    fn members_of_one_score_are_in_their_order(numbers in vec(any::<u16>(), 0..800)) {
        let mut tree = SortedTree::default();
        let mut model = Model::new();
        numbers.iter().for_each(|&number| set(&mut tree, &mut model, number, 0.0));
        tree_is_well_formed(&tree);
        agree(ZsetRef::Tree(&tree), &model);
        for number in numbers.iter().map(|number| number ^ 1) {
            let member = member(number);
            for place in [Place::BeforeMember(&member), Place::AfterMember(&member)] {
                let expected = sorted(&model).iter().filter(|&&element| place.is_behind(element)).count();
                prop_assert_eq!(tree.count_before(place), expected);
            }
        }
    }

    /// Cursors hold while the tree grows and shrinks under them.
    #[test]
    fn a_walk_shows_all_that_is_there_all_the_while(steps in vec((0u16..3000, 0u16..400, any::<bool>()), 0..200)) {
        let mut tree = SortedTree::default();
        let stays = (5000..5300u16).map(member);
        stays.clone().enumerate().for_each(|(at, member)| { tree.set(&member, at as f64); });
        let (mut seen, mut cursor, mut steps) = (BTreeSet::new(), 0, steps.into_iter());
        loop {
            cursor = tree.scan(cursor, |(member, _)| { seen.insert(member.to_vec()); });
            if cursor == 0 {
                break;
            }
            if let Some((from, count, add)) = steps.next() {
                for number in from..from + count {
                    match add {
                        true => tree.set(&member(number), f64::from(number)),
                        false => tree.remove(&member(number)),
                    };
                }
            }
        }
        prop_assert!(stays.clone().all(|member| seen.contains(&member)));
        tree_is_well_formed(&tree);
    }
}

#[test]
fn ten_thousand_in_order_fill_their_leaves_and_go_again() {
    for descending in [false, true] {
        let mut tree = SortedTree::default();
        for number in 0..10_000u32 {
            let score = f64::from(number) * if descending { -1.0 } else { 1.0 };
            tree.set(format!("member:{number:09}").as_bytes(), score);
        }
        tree_is_well_formed(&tree);
        let per_element = tree.memory() / tree.len();
        assert!(per_element <= if descending { 46 } else { 40 }, "{per_element}");
        let clone = tree.clone();
        tree.remove_range(0..9_990);
        tree_is_well_formed(&tree);
        assert!(tree.memory() < 4000, "{}", tree.memory());
        tree.remove_range(0..100);
        tree_is_well_formed(&tree);
        assert!(tree.is_empty());
        tree_is_well_formed(&clone);
        assert_eq!(clone.len(), 10_000);
    }
}

#[test]
fn packed_scores_are_what_redis_writes() {
    let mut zset = (Record::collection(b"key", Kind::Zset, None), Limits::DEFAULT);
    let scores =
        [("a", -0.0), ("b", 1e100), ("c", 127.0), ("d", 641.858632), ("7", f64::NEG_INFINITY)];
    scores.iter().for_each(|(member, score)| zset.update(member.as_bytes(), |_| Some(*score)));
    let Some(ZsetRef::Packed(packed)) = ZsetRef::new(&zset.0) else { panic!("it is small") };
    let entries: Vec<_> = packed.listpack().iter().map(Value::to_vec).collect();
    let entries: Vec<_> = entries.iter().map(|entry| String::from_utf8_lossy(entry)).collect();
    let expected = "7 -inf a 0 c 127 d 641.8586319999999 b 1e+100";
    assert_eq!(entries.join(" "), expected);
    let mut listpack = packed.listpack().bytes().to_vec();
    assert!(is_sorted(Listpack::new(&listpack)));
    crate::listpack::push(&mut listpack, b"odd");
    assert!(!is_sorted(Listpack::new(&listpack)));
    crate::listpack::push(&mut listpack, b"nan");
    assert!(!is_sorted(Listpack::new(&listpack)));
}

#[test]
fn preparing_makes_large_what_will_be() {
    for (count, longest, large) in [(128, 64, false), (129, 1, true), (1, 65, true)] {
        let mut record = Record::collection(b"key", Kind::Zset, None);
        prepare(&mut record, count, longest, &Limits::DEFAULT);
        assert_eq!(record.large_ref().is_some(), large);
    }
}

#[test]
fn one_element_too_many_makes_large_and_another_score_does_not() {
    let limits = Limits { zset: Bounds { entries: 128, bytes: 1000 }, ..Limits::DEFAULT };
    let mut zset = (Record::collection(b"key", Kind::Zset, None), limits);
    let mut model = Model::new();
    (1..129).for_each(|number| set(&mut zset, &mut model, number, 0.0));
    set(&mut zset, &mut model, 7, 1.5);
    assert!(zset.0.large_ref().is_none());
    set(&mut zset, &mut model, 200, 0.0);
    assert!(zset.0.large_ref().is_some());
    zset.remove_range(10..129);
    assert!(zset.0.large_ref().is_some(), "a set does not go back");
}

/// Leaves and nodes that have lost most of what they had become one with their neighbours.
#[test]
fn what_is_left_of_many_takes_little() {
    let mut rng = fastrand::Rng::with_seed(4);
    let mut members: Vec<String> =
        (0..20_000).map(|number| format!("member:{number:09}")).collect();
    let mut tree = SortedTree::default();
    members.iter().for_each(|member| assert!(tree.set(member.as_bytes(), rng.f64()).is_none()));
    let full = tree.memory() / tree.len();
    rng.shuffle(&mut members);
    members[1000..].iter().for_each(|member| assert!(tree.remove(member.as_bytes()).is_some()));
    tree_is_well_formed(&tree);
    let left = tree.memory() / tree.len();
    assert!(full <= 40 && left <= 48, "{full} and {left} bytes for each element");
}
