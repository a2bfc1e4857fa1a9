//! The tree against a naive model, and its invariants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::leaf::{LEAF_MAX, hash};
use super::node::{ChildRef, FANOUT, Node};
use super::place::{Element, Place, order};
use super::tree::SortedTree;

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

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let member = || 0u16..3000;
    let step = prop_oneof![
        6 => (member(), score()).prop_map(|(member, score)| Step::Set(member, score)),
        3 => (member(), 0.0..3.0f64).prop_map(|(member, by)| Step::Raise(member, by)),
        4 => member().prop_map(Step::Remove),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(from, share)| Step::RemoveRange(from, share)),
        3 => (member(), 1u16..300, score()).prop_map(|(from, count, step)| Step::Fill(from, count, step)),
        1 => Just(Step::Share),
    ];
    vec(step, 0..60)
}

fn sorted(model: &Model) -> Vec<(&[u8], f64)> {
    let mut all: Vec<_> = model.iter().map(|(member, &score)| (&member[..], score)).collect();
    all.sort_by(|a, b| order(*a, *b));
    all
}

fn run(step: &Step, tree: &mut SortedTree, model: &mut Model) {
    match *step {
        Step::Set(number, score) => set(tree, model, number, score),
        Step::Raise(number, by) => {
            let member = member(number);
            tree.update(&member, |old| old.map(|old| old + by));
            model.entry(member).and_modify(|score| *score += by);
        }
        Step::Remove(number) => {
            let member = member(number);
            assert_eq!(tree.remove(&member), model.remove(&member));
        }
        Step::RemoveRange(from, share) => {
            let from = usize::from(from) * model.len() / 256;
            let ranks = from..from + usize::from(share) * (model.len() - from) / 255;
            let gone: Vec<_> =
                sorted(model)[ranks.clone()].iter().map(|(member, _)| member.to_vec()).collect();
            tree.remove_range(ranks);
            gone.iter().for_each(|member| {
                model.remove(member);
            });
        }
        Step::Fill(from, count, step) => {
            let numbers = (from..from + count).enumerate();
            numbers.for_each(|(at, number)| {
                // Infinity times zero is no number.
                let score = if step.is_finite() { step * at as f64 } else { step };
                set(tree, model, number, score);
            });
        }
        Step::Share => {}
    }
}

fn set(tree: &mut SortedTree, model: &mut Model, number: u16, score: f64) {
    let member = member(number);
    let old = model.get(&member).copied();
    assert_eq!(tree.set(&member, score), old);
    if old != Some(score) {
        model.insert(member, score);
    }
}

/// Everything that is read, by all ways there are.
fn agree(tree: &SortedTree, model: &Model) {
    let all = sorted(model);
    assert_eq!((tree.len(), tree.is_empty()), (all.len(), all.is_empty()));
    same(tree.iter(0..usize::MAX), &all);
    let back: Vec<_> = all.iter().rev().copied().collect();
    same(tree.iter(0..usize::MAX).rev(), &back);
    for (rank, (member, score)) in all.iter().enumerate().step_by(7) {
        assert_eq!(tree.rank(member), Some((rank, *score)));
        assert_eq!(tree.get(rank), Some((*member, *score)));
        let place = Place::Element(member, *score);
        assert_eq!(tree.count_before(place), rank);
        let scores = [Place::BeforeScore(*score), Place::AfterScore(*score)];
        for place in scores {
            let expected = all.iter().filter(|&&element| place.is_behind(element)).count();
            assert_eq!(tree.count_before(place), expected, "{place:?}");
        }
        let part = &all[rank..all.len().min(rank + 40)];
        same(tree.iter(rank..rank + 40), part);
    }
    assert_eq!((tree.get(all.len()), tree.rank(b"nobody")), (None, None));
    assert_eq!((tree.count_before(Place::Start), tree.count_before(Place::End)), (0, all.len()));
}

fn same<'a>(found: impl Iterator<Item = Element<'a>>, expected: &[Element<'_>]) {
    let found: Vec<_> = found.collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        // The sign of a zero is kept, too.
        assert_eq!((found.0, found.1.to_bits()), (expected.0, expected.1.to_bits()));
    }
}

/// The invariants of the tree, its leaves and its index.
fn check(tree: &SortedTree) {
    let mut walk = Walk { tree, leaves: BTreeSet::new(), nodes: 0, memory: 0 };
    let count = walk.node(&tree.root, (f64::NEG_INFINITY, f64::INFINITY));
    assert_eq!((count, tree.parts.index.len()), (tree.len(), tree.len()));
    let numbers: Vec<_> = walk.leaves.iter().copied().collect();
    assert_eq!(numbers, (0..tree.parts.leaves.len() as u32).collect::<Vec<_>>());
    assert_eq!(tree.parts.bytes, walk.memory);
    let parts = tree.parts.leaves.memory() + tree.parts.index.walked_memory() + walk.memory;
    assert_eq!(tree.memory(), parts);
    assert!(walk.leaves.len() <= tree.len() / 8 + walk.nodes + 1, "leaves are not filled");
}

struct Walk<'a> {
    tree: &'a SortedTree,
    leaves: BTreeSet<u32>,
    nodes: usize,
    memory: usize,
}

impl Walk<'_> {
    /// Checks what is below `node`, all of whose scores are within `bounds`; how many elements there are.
    fn node(&mut self, node: &Arc<Node>, bounds: (f64, f64)) -> usize {
        self.nodes += 1;
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
            let (member, score) = run.element(at);
            assert!(floor <= score && score <= ceiling);
            assert!(at == 0 || order(run.element(at - 1), (member, score)).is_lt());
            assert_eq!(
                self.tree.parts.index.find(hash(member)).filter(|&leaf| leaf == id).count(),
                1
            );
        }
        run.len()
    }
}

proptest! {
    #[test]
    fn a_tree_is_a_sorted_list_and_its_clones_stay_as_they_were(steps in steps()) {
        let (mut tree, mut model) = (SortedTree::default(), Model::new());
        let mut clones = vec![];
        for step in steps {
            run(&step, &mut tree, &mut model);
            if let Step::Share = step {
                agree(&tree, &model);
                clones.push((tree.clone(), model.clone()));
            }
            check(&tree);
        }
        agree(&tree, &model);
        for (clone, model) in clones {
            check(&clone);
            agree(&clone, &model);
        }
    }

    #[test]
    fn members_of_one_score_are_in_their_order(numbers in vec(any::<u16>(), 0..800)) {
        let mut tree = SortedTree::default();
        let mut model = Model::new();
        numbers.iter().for_each(|&number| set(&mut tree, &mut model, number, 0.0));
        check(&tree);
        agree(&tree, &model);
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
        check(&tree);
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
        check(&tree);
        let per_element = tree.memory() / tree.len();
        assert!(per_element <= if descending { 46 } else { 40 }, "{per_element}");
        let clone = tree.clone();
        tree.remove_range(0..9_990);
        check(&tree);
        assert!(tree.memory() < 4000, "{}", tree.memory());
        tree.remove_range(0..100);
        check(&tree);
        assert!(tree.is_empty());
        check(&clone);
        assert_eq!(clone.len(), 10_000);
    }
}
