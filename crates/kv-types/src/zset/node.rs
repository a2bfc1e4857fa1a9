//! Inner nodes of the tree: where the leaves are, and how many elements lie below.

use std::ops::Range;
use std::sync::Arc;

use super::leaf::{self, partition};
use super::place::Place;
use crate::segments::COUNTS;

/// Most children of a node.
pub(super) const FANOUT: usize = 32;
/// Two neighbours become one when they have at most so many children together.
const MERGE_MAX: usize = 20;

/// The number of a leaf.
pub(super) type LeafId = u32;

/// A node: its children in order, all of them leaves or all of them nodes.
///
/// Invariants, for each child but those of an empty tree: its *floor* is at most its first element's score
/// and at least the score of the last element in front of it (that of an element which has gone since stays
/// good enough); its count is that of the elements below it, at least one. Behind the last child, floors are
/// NaN, which no score compares with, and counts 0.
#[derive(Clone, Debug)]
pub(super) struct Node {
    floors: [f64; FANOUT],
    counts: [usize; FANOUT],
    len: usize,
    below: Below,
}

/// The children.
#[derive(Clone, Debug)]
enum Below {
    Leaves([LeafId; FANOUT]),
    Nodes(Vec<Arc<Node>>),
}

/// One child.
#[derive(Clone, Debug)]
pub(super) enum Child {
    Leaf(LeafId),
    Node(Arc<Node>),
}

/// A child, to be followed.
pub(super) enum ChildRef<'a> {
    Leaf(LeafId),
    Node(&'a Node),
}

/// A child with what its parent knows of it.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) floor: f64,
    pub(super) count: usize,
    pub(super) child: Child,
}

impl Node {
    /// A node above `branches`, which are of one kind.
    pub(super) fn above(branches: impl IntoIterator<Item = Branch>) -> Node {
        let mut node = Node {
            floors: [f64::NAN; FANOUT],
            counts: [0; FANOUT],
            len: 0,
            below: Below::Leaves([0; FANOUT]),
        };
        for branch in branches {
            if let (0, Child::Node(_)) = (node.len, &branch.child) {
                node.below = Below::Nodes(Vec::with_capacity(FANOUT));
            }
            node.insert(node.len, branch);
        }
        node
    }

    /// How many children there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many elements lie below.
    pub(super) fn count(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Bytes that it takes, its children apart.
    pub(super) fn memory(&self) -> usize {
        let children = match &self.below {
            Below::Leaves(_) => 0,
            Below::Nodes(_) => FANOUT * size_of::<Arc<Node>>(),
        };
        COUNTS + size_of::<Node>() + children
    }

    #[inline]
    pub(super) fn child(&self, at: usize) -> ChildRef<'_> {
        match &self.below {
            Below::Leaves(leaves) => ChildRef::Leaf(leaves[at]),
            Below::Nodes(nodes) => ChildRef::Node(&nodes[at]),
        }
    }

    /// The leaf that child `at` is, if the children are leaves.
    #[inline]
    pub(super) fn leaf_mut(&mut self, at: usize) -> Option<&mut LeafId> {
        match &mut self.below {
            Below::Leaves(leaves) => Some(&mut leaves[at]),
            Below::Nodes(_) => None,
        }
    }

    /// The node that child `at` is, if the children are nodes.
    #[inline]
    pub(super) fn node_mut(&mut self, at: usize) -> Option<&mut Arc<Node>> {
        match &mut self.below {
            Below::Leaves(_) => None,
            Below::Nodes(nodes) => Some(&mut nodes[at]),
        }
    }

    /// The child that has element `rank`, and that element's rank in it.
    #[inline]
    pub(super) fn at_rank(&self, mut rank: usize) -> (usize, usize) {
        let mut at = 0;
        while at + 1 < self.len && rank >= self.counts[at] {
            rank -= self.counts[at];
            at += 1;
        }
        (at, rank)
    }

    /// Whether so few elements lie below child `first` and the next that they may be one leaf.
    #[inline]
    pub(super) fn are_few(&self, first: usize) -> bool {
        self.counts[first] + self.counts[first + 1] <= leaf::MERGE_MAX
    }

    /// Whether no element lies below child `at`.
    pub(super) fn is_empty_below(&self, at: usize) -> bool {
        self.counts[at] == 0
    }

    /// How many elements lie below the first `children`.
    #[inline]
    pub(super) fn count_before(&self, children: usize) -> usize {
        self.counts[..children].iter().sum()
    }

    /// The child that `place` is in: the last whose first element lies in front of it or at it, else the
    /// first. `first` tells member and score of a child's first element.
    #[inline]
    pub(super) fn at_place<'t>(
        &'t self,
        place: Place<'_>,
        first: impl Fn(ChildRef<'t>) -> (&'t [u8], f64),
    ) -> usize {
        let begins_with = |at: usize| first(self.child(at));
        let starts_in_front =
            |range: Range<usize>, bound: &[u8]| partition(range, |at| begins_with(at).0 <= bound);
        let in_front = match place {
            Place::Start => 0,
            Place::End => self.len,
            Place::BeforeScore(bound) => self.floors.iter().filter(|&&floor| floor < bound).count(),
            Place::AfterScore(bound) => self.floors.iter().filter(|&&floor| floor <= bound).count(),
            Place::BeforeMember(bound) | Place::AfterMember(bound) => {
                starts_in_front(0..self.len, bound)
            }
            Place::Element(bound, score) => {
                let below = self.floors.iter().filter(|&&floor| floor < score).count();
                let up_to = self.floors.iter().filter(|&&floor| floor <= score).count();
                // The floor may be that of an element that has gone: then the first score is higher.
                partition(below..up_to, |at| {
                    let (member, actual) = begins_with(at);
                    actual <= score && member <= bound
                })
            }
        };
        in_front.saturating_sub(1)
    }

    /// Child `at` has another element, of this score.
    #[inline]
    pub(super) fn note_added(&mut self, at: usize, score: f64) {
        self.counts[at] += 1;
        self.floors[at] = self.floors[at].min(score);
    }

    /// Child `at` has so many elements fewer.
    #[inline]
    pub(super) fn note_removed(&mut self, at: usize, count: usize) {
        self.counts[at] -= count;
    }

    /// Inserts a child in front of child `at`.
    ///
    /// # Panics
    /// If there are [`FANOUT`] already.
    pub(super) fn insert(&mut self, at: usize, branch: Branch) {
        self.floors.copy_within(at..FANOUT - 1, at + 1);
        self.counts.copy_within(at..FANOUT - 1, at + 1);
        (self.floors[at], self.counts[at]) = (branch.floor, branch.count);
        match (&mut self.below, branch.child) {
            (Below::Leaves(leaves), Child::Leaf(leaf)) => {
                leaves.copy_within(at..FANOUT - 1, at + 1);
                leaves[at] = leaf;
            }
            (Below::Nodes(nodes), Child::Node(node)) => nodes.insert(at, node),
            _ => unreachable!("the children of a node are of one kind"),
        }
        self.len += 1;
        assert!(self.len <= FANOUT);
    }

    /// Takes out child `at`.
    pub(super) fn remove(&mut self, at: usize) -> Branch {
        let (floor, count) = (self.floors[at], self.counts[at]);
        self.floors.copy_within(at + 1.., at);
        self.counts.copy_within(at + 1.., at);
        let child = match &mut self.below {
            Below::Leaves(leaves) => {
                let leaf = leaves[at];
                leaves.copy_within(at + 1.., at);
                Child::Leaf(leaf)
            }
            Below::Nodes(nodes) => Child::Node(nodes.remove(at)),
        };
        self.len -= 1;
        (self.floors[self.len], self.counts[self.len]) = (f64::NAN, 0);
        Branch { floor, count, child }
    }

    /// Adds the elements of child `at + 1`, which is merged into child `at`, to that one's.
    pub(super) fn absorb(&mut self, at: usize) -> Branch {
        let branch = self.remove(at + 1);
        self.counts[at] += branch.count;
        branch
    }

    /// Inserts a child in front of child `at`; splits the node in two if it is full, and returns the second.
    pub(super) fn insert_or_split(&mut self, at: usize, branch: Branch) -> Option<Branch> {
        if self.len < FANOUT {
            self.insert(at, branch);
            return None;
        }
        // Who adds at the end will go on there: the full node stays full.
        let from = if at == FANOUT { FANOUT } else { FANOUT / 2 };
        let mut moved: Vec<Branch> = (from..FANOUT).map(|_| self.remove(from)).collect();
        if at > from || from == FANOUT {
            moved.insert(at - from, branch);
        } else {
            self.insert(at, branch);
        }
        let (floor, node) = (moved[0].floor, Node::above(moved));
        Some(Branch { floor, count: node.count(), child: Child::Node(Arc::new(node)) })
    }

    /// Whether it and its neighbour should be one.
    pub(super) fn merges_with(&self, other: &Node) -> bool {
        self.len + other.len <= MERGE_MAX
    }

    /// Adds the children of `other` behind its own.
    pub(super) fn append(&mut self, mut other: Node) {
        for _ in 0..other.len {
            let branch = other.remove(0);
            self.insert(self.len, branch);
        }
    }

    /// What the parent of child `at` knows of it: floor and count.
    #[cfg(test)]
    pub(super) fn known(&self, at: usize) -> (f64, usize) {
        (self.floors[at], self.counts[at])
    }
}
