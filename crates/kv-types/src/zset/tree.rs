//! Members in the order of their scores: a counted B+ tree, and an index of its members.

use std::mem;
use std::ops::Range;
use std::sync::Arc;

use super::index::Index;
use super::leaf::{Fresh, Leaf, Run, hash, tag};
use super::node::{Branch, Child, ChildRef, LeafId, Node};
use super::place::{Element, Place};
use crate::listpack::Digits;
use crate::segments::Segments;

/// Members in the order of their scores, in memory of its own.
///
/// - The *tree*: nodes that know how many elements lie below each child, above leaves of a few dozen
///   packed elements. It answers where a place is and what is at a rank in logarithmic time.
/// - The *leaves* by number, so that others can refer to them, in shared segments.
/// - The *index*, from a member's hash to its leaf's number. It is told of each element that
///   goes to another leaf, which is one for every element that is added, on average.
///
/// All three are made of parts that clones share and that are copied before they are changed. An element of
/// a 16-byte member takes 38 bytes, of which 24 are its own.
///
/// Invariants: every leaf is below exactly one node and has elements; the index has exactly one entry
/// for each element.
#[derive(Clone, Debug)]
pub struct SortedTree {
    pub(super) root: Arc<Node>,
    pub(super) parts: Parts,
    len: usize,
}

/// What a change of the tree works on beside the node it is at.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    pub(super) leaves: Segments<Leaf, 32>,
    pub(super) index: Index,
    /// Bytes that leaves and nodes take, the segments of the leaves apart.
    pub(super) bytes: usize,
}

/// Which element is meant.
#[derive(Clone, Copy)]
enum Target<'a> {
    /// The one with so many in front of it.
    Rank(usize),
    /// This one, and its position in its leaf.
    Element(&'a [u8], f64, usize),
}

impl Default for SortedTree {
    fn default() -> SortedTree {
        let root = Node::above([]);
        let parts = Parts { bytes: root.memory(), ..Parts::default() };
        SortedTree { root: Arc::new(root), parts, len: 0 }
    }
}

impl SortedTree {
    /// How many elements there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no elements.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Frees a part at each step.
    pub fn dismantle(self) -> impl Iterator<Item = ()> {
        self.parts.leaves.dismantle().chain(self.parts.index.dismantle())
    }

    /// Bytes of memory that it takes, those included that it shares.
    pub fn memory(&self) -> usize {
        self.parts.bytes + self.parts.leaves.memory() + self.parts.index.memory()
    }

    /// The score of `member`.
    #[inline]
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        let (leaf, at) = self.parts.find(hash(member), member)?;
        Some(self.parts.run(leaf).score(at))
    }

    /// Asks for what leads to the member with this hash, one `step` after the other; whether there is
    /// another one.
    #[inline]
    pub(crate) fn prefetch(&self, hash: u64, step: usize) -> bool {
        let hash = hash as u32;
        match step {
            0 | 1 => self.parts.index.prefetch(hash, step),
            2 => self
                .parts
                .index
                .find(hash)
                .for_each(|leaf| self.parts.leaves.prefetch(leaf as usize)),
            _ => {
                let leaves =
                    self.parts.index.find(hash).map(|leaf| self.parts.leaves.get(leaf as usize));
                leaves.for_each(Leaf::prefetch);
            }
        }
        step < 3
    }

    /// How many elements are in front of that with `member`, and its score.
    pub fn rank(&self, member: &[u8]) -> Option<(usize, f64)> {
        let score = self.score(member)?;
        Some((self.count_before(Place::Element(member, score)), score))
    }

    /// How many elements lie in front of `place`.
    pub fn count_before(&self, place: Place<'_>) -> usize {
        let (mut node, mut before) = (&*self.root, 0);
        if self.len == 0 {
            return 0;
        }
        loop {
            let at = node.at_place(place, |child| self.parts.first(child));
            before += node.count_before(at);
            match node.child(at) {
                ChildRef::Node(child) => node = child,
                ChildRef::Leaf(leaf) => return before + self.parts.run(leaf).before(place),
            }
        }
    }

    /// The element with `rank` others in front of it.
    pub fn get(&self, rank: usize) -> Option<Element<'_>> {
        if rank >= self.len {
            return None;
        }
        let (run, at) = self.run_at(rank);
        Some(run.element(at))
    }

    /// The elements of a leaf, and which of them is the one of `rank`, which must be there.
    pub(super) fn run_at(&self, mut rank: usize) -> (Run<'_>, usize) {
        let mut node = &*self.root;
        loop {
            let (at, rest) = node.at_rank(rank);
            match node.child(at) {
                ChildRef::Node(child) => (node, rank) = (child, rest),
                ChildRef::Leaf(leaf) => return (self.parts.run(leaf), rest),
            }
        }
    }

    /// Shows the elements of a bucket of the index, of a few dozen; returns where to go on, 0 at the end.
    ///
    /// Whoever goes on from 0 until the next 0 is shown, at least once, every element that was there
    /// all the while, whatever else is added and removed in between.
    pub fn scan<'t>(&'t self, cursor: u64, mut show: impl FnMut(Element<'t>)) -> u64 {
        self.parts.index.scan(cursor, |wanted, leaf| {
            let run = self.parts.run(leaf);
            let found = run.tagged(tag(wanted)).map(|at| run.element(at));
            let of_hash =
                |(member, _): &Element<'_>| hash(member.text(&mut Digits::new())) == wanted;
            found.filter(of_hash).for_each(&mut show);
        })
    }

    /// Gives `member` the score that `choose` makes of the one it has, if it has one. Where `choose` makes
    /// none, nothing changes.
    ///
    /// The score must be a number.
    pub fn update(&mut self, member: &[u8], choose: impl FnOnce(Option<f64>) -> Option<f64>) {
        let hash = hash(member);
        let found = self.parts.find(hash, member);
        let old = found.map(|(leaf, at)| self.parts.run(leaf).score(at));
        let Some(score) = choose(old).filter(|&score| old != Some(score)) else { return };
        debug_assert!(!score.is_nan());
        let Some(((leaf, at), old)) = found.zip(old) else {
            self.insert(&Fresh::new(member, score, hash), None);
            return;
        };
        if self.parts.run(leaf).keeps_place(at, score) {
            self.parts.leaves.get_mut(leaf as usize).set_score(at, score);
            return;
        }
        self.remove_some(Target::Element(member, old, at), 1, false);
        self.insert(&Fresh::new(member, score, hash), Some(leaf));
    }

    /// Sets the score of `member`; returns the one it had.
    pub fn set(&mut self, member: &[u8], score: f64) -> Option<f64> {
        let mut old = None;
        self.update(member, |found| {
            old = found;
            Some(score)
        });
        old
    }

    /// Removes `member`; its score, if it was there.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let (leaf, at) = self.parts.find(hash(member), member)?;
        let score = self.parts.run(leaf).score(at);
        self.remove_some(Target::Element(member, score, at), 1, true);
        Some(score)
    }

    /// Removes the elements whose ranks are in `ranks`, as far as there are so many.
    pub fn remove_range(&mut self, ranks: Range<usize>) {
        let mut count = ranks.end.min(self.len).saturating_sub(ranks.start);
        while count > 0 {
            count -= self.remove_some(Target::Rank(ranks.start), count, true);
        }
    }

    /// Inserts an element whose member is not there. The index has an entry for it already if it is
    /// `moved` from a leaf.
    fn insert(&mut self, new: &Fresh<'_>, moved: Option<LeafId>) {
        self.len += 1;
        if self.len == 1 {
            let leaf = self.parts.add_leaf(Leaf::of([new.run(), Run::EMPTY, Run::EMPTY]));
            let branch = Branch { floor: new.score(), count: 1, child: Child::Leaf(leaf) };
            Arc::make_mut(&mut self.root).insert(0, branch);
            self.parts.index.put(new.hash(), moved, leaf);
            return;
        }
        if let Some(second) = self.parts.insert(&mut self.root, new, moved) {
            // The root has become two: they get a new one above.
            let old = mem::replace(&mut self.root, Arc::new(Node::above([])));
            let first =
                Branch { floor: f64::NEG_INFINITY, count: old.count(), child: Child::Node(old) };
            self.root = Arc::new(Node::above([first, second]));
            self.parts.bytes += self.root.memory();
        }
    }

    /// Removes `most` elements from the target on, or those of them that are in the same leaf. How many.
    /// Unless they are `forgotten`, the index keeps entries for them.
    fn remove_some(&mut self, target: Target<'_>, most: usize, forgotten: bool) -> usize {
        let (removed, freed) = self.parts.remove(&mut self.root, target, most, forgotten);
        self.len -= removed;
        while self.root.len() == 1
            && let Some(only) = Arc::make_mut(&mut self.root).node_mut(0).map(|only| only.clone())
        {
            self.parts.bytes -= self.root.memory();
            self.root = only;
        }
        if let Some(leaf) = freed {
            self.close_gap(leaf);
        }
        removed
    }

    /// Gives the last leaf the number of one that is gone.
    fn close_gap(&mut self, free: LeafId) {
        let last = self.parts.leaves.len() as LeafId - 1;
        if free != last {
            let leaf = self.parts.leaves.get(last as usize).clone();
            self.parts.index.replace_all(leaf.run().members(), last, free);
            let (member, score) = leaf.run().pair(0);
            self.parts.renumber(&mut self.root, Place::Element(member, score), free);
            *self.parts.leaves.get_mut(free as usize) = leaf;
        }
        self.parts.leaves.pop();
    }
}

impl<'e> FromIterator<Element<'e>> for SortedTree {
    fn from_iter<I: IntoIterator<Item = Element<'e>>>(elements: I) -> SortedTree {
        let mut tree = SortedTree::default();
        for (member, score) in elements {
            tree.set(member.text(&mut Digits::new()), score);
        }
        tree
    }
}

impl Parts {
    #[inline]
    fn leaf(&self, leaf: LeafId) -> &Leaf {
        self.leaves.get(leaf as usize)
    }

    #[inline]
    fn run(&self, leaf: LeafId) -> Run<'_> {
        self.leaf(leaf).run()
    }

    /// Leaf and position of `member`, whose hash is `hash`.
    #[inline]
    fn find(&self, hash: u32, member: &[u8]) -> Option<(LeafId, usize)> {
        let tag = tag(hash);
        self.index.find(hash).find_map(|leaf| Some((leaf, self.run(leaf).find(tag, member)?)))
    }

    /// The first element below `child`.
    fn first(&self, mut child: ChildRef<'_>) -> (&[u8], f64) {
        loop {
            match child {
                ChildRef::Leaf(leaf) => return self.run(leaf).pair(0),
                ChildRef::Node(node) => child = node.child(0),
            }
        }
    }

    fn add_leaf(&mut self, leaf: Leaf) -> LeafId {
        self.bytes += leaf.memory();
        self.leaves.push(leaf);
        LeafId::try_from(self.leaves.len() - 1).expect("a sorted set has at most 2^32 leaves")
    }

    /// Replaces a leaf; the old one.
    fn set_leaf(&mut self, at: LeafId, leaf: Leaf) -> Leaf {
        self.bytes += leaf.memory();
        let old = mem::replace(self.leaves.get_mut(at as usize), leaf);
        self.bytes -= old.memory();
        old
    }

    /// Inserts an element below `node`; the second half of the node, if it had to be split.
    fn insert(
        &mut self,
        node: &mut Arc<Node>,
        new: &Fresh<'_>,
        moved: Option<LeafId>,
    ) -> Option<Branch> {
        let node = Arc::make_mut(node);
        let at = node.at_place(new.place(), |child| self.first(child));
        node.note_added(at, new.score());
        let second = match node.leaf_mut(at) {
            Some(&mut leaf) => self.insert_in_leaf(leaf, new, moved),
            None => self.insert(node.node_mut(at)?, new, moved),
        }?;
        node.note_removed(at, second.count);
        let second = node.insert_or_split(at + 1, second)?;
        if let Child::Node(node) = &second.child {
            self.bytes += node.memory();
        }
        Some(second)
    }

    /// Inserts an element in a leaf; the second half of the leaf, if it had to be split.
    fn insert_in_leaf(
        &mut self,
        id: LeafId,
        new: &Fresh<'_>,
        moved: Option<LeafId>,
    ) -> Option<Branch> {
        self.index.put(new.hash(), moved, id);
        let leaf = self.leaves.get(id as usize);
        let (run, is_full) = (leaf.run(), leaf.is_full());
        let (at, len) = (run.before(new.place()), run.len());
        let (before, after) = run.split(at);
        if !is_full {
            let more = Leaf::of([before, new.run(), after]);
            self.set_leaf(id, more);
            return None;
        }
        // Who adds at the end will go on there: the full leaf stays full.
        let middle = if at == len { len } else { len.div_ceil(2) };
        let (first, second) = if at < middle {
            let (between, rest) = after.split(middle - at);
            ([before, new.run(), between], [rest, Run::EMPTY, Run::EMPTY])
        } else {
            let (rest, between) = before.split(middle);
            ([rest, Run::EMPTY, Run::EMPTY], [between, new.run(), after])
        };
        let (first, second) = (Leaf::of(first), Leaf::of(second));
        self.set_leaf(id, first);
        let fresh = self.add_leaf(second);
        let run = self.leaves.get(fresh as usize).run();
        self.index.replace_all(run.members(), id, fresh);
        Some(Branch { floor: run.score(0), count: run.len(), child: Child::Leaf(fresh) })
    }

    /// Removes `most` elements below `node` from the target on, or those of them that are in the same leaf.
    /// How many, and the leaf that is gone, if one is.
    fn remove(
        &mut self,
        node: &mut Arc<Node>,
        target: Target<'_>,
        most: usize,
        forgotten: bool,
    ) -> (usize, Option<LeafId>) {
        let node = Arc::make_mut(node);
        let (at, target) = match target {
            Target::Rank(rank) => {
                let (at, rest) = node.at_rank(rank);
                (at, Target::Rank(rest))
            }
            Target::Element(member, score, _) => {
                let place = Place::Element(member, score);
                (node.at_place(place, |child| self.first(child)), target)
            }
        };
        let (removed, freed) = match (node.leaf_mut(at), target) {
            (Some(&mut leaf), Target::Rank(slot) | Target::Element(.., slot)) => {
                (self.remove_from_leaf(leaf, slot, most, forgotten), None)
            }
            (None, _) => match node.node_mut(at) {
                Some(child) => self.remove(child, target, most, forgotten),
                None => (0, None),
            },
        };
        node.note_removed(at, removed);
        let gone = self.mend(node, at);
        (removed, freed.or(gone))
    }

    fn remove_from_leaf(&mut self, id: LeafId, at: usize, most: usize, forgotten: bool) -> usize {
        let (before, rest) = self.leaves.get(id as usize).run().split(at);
        let (gone, after) = rest.split(most.min(rest.len()));
        let removed = gone.len();
        if forgotten {
            gone.members().for_each(|member| self.index.remove(hash(member), id));
        }
        let rest = Leaf::of([before, after, Run::EMPTY]);
        self.set_leaf(id, rest);
        removed
    }

    /// Takes child `at` away if it has become empty, or merges it with a neighbour if both are small. The leaf
    /// that is gone, if one is.
    fn mend(&mut self, node: &mut Node, at: usize) -> Option<LeafId> {
        if node.is_empty_below(at) {
            return self.forget(node.remove(at).child);
        }
        let first = if self.merge_well(node, at) {
            at
        } else {
            at.checked_sub(1).filter(|&before| self.merge_well(node, before))?
        };
        let second = node.absorb(first).child;
        match (&second, node.leaf_mut(first)) {
            (&Child::Leaf(from), Some(&mut to)) => {
                let (left, right) = (self.run(to), self.run(from));
                let both = Leaf::of([left, right, Run::EMPTY]);
                self.index.replace_all(self.leaves.get(from as usize).run().members(), from, to);
                self.set_leaf(to, both);
            }
            (Child::Node(right), _) => {
                let left = node.node_mut(first)?;
                Arc::make_mut(left).append(Node::clone(right));
            }
            (Child::Leaf(_), None) => unreachable!("the children of a node are of one kind"),
        }
        self.forget(second)
    }

    /// Whether child `first` and the next should be one.
    fn merge_well(&self, node: &Node, first: usize) -> bool {
        if first + 1 >= node.len() {
            return false;
        }
        match (node.child(first), node.child(first + 1)) {
            (ChildRef::Leaf(left), ChildRef::Leaf(right)) => {
                // Looked at only if they have few elements: mostly they are not in the cache.
                node.are_few(first) && self.leaf(left).merges_with(self.leaf(right))
            }
            (ChildRef::Node(left), ChildRef::Node(right)) => left.merges_with(right),
            _ => false,
        }
    }

    /// Gives the leaf that has `place` below `node` the number `id`.
    fn renumber(&self, node: &mut Arc<Node>, place: Place<'_>, id: LeafId) {
        let node = Arc::make_mut(node);
        let at = node.at_place(place, |child| self.first(child));
        if let Some(leaf) = node.leaf_mut(at) {
            *leaf = id;
        } else if let Some(child) = node.node_mut(at) {
            self.renumber(child, place, id);
        }
    }

    /// Notes that `child` is gone; its number, if it is a leaf, which is then to be given to another.
    fn forget(&mut self, child: Child) -> Option<LeafId> {
        match child {
            Child::Leaf(leaf) => {
                self.set_leaf(leaf, Leaf::default());
                Some(leaf)
            }
            Child::Node(node) => {
                self.bytes -= node.memory();
                None
            }
        }
    }
}
