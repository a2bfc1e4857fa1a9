//! Replies as frames, for programs: nothing is encoded and parsed again.

use crate::frame::Frame;
use crate::header::Aggregate;

/// Frames written through [`ReplyWriter::tree`](crate::ReplyWriter::tree).
///
/// Kept flat, in the order of writing, as the wire is; the nesting is made once, at the end. That
/// is why a mark is a number here too.
#[derive(Default, Debug)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
}

#[derive(Debug)]
pub(super) enum Node {
    /// A frame that holds no others, or is complete with them.
    Leaf(Frame),
    /// An aggregate and its count; its members are the nodes that follow.
    Open(Aggregate, usize),
}

impl Tree {
    /// An empty tree.
    pub fn new() -> Tree {
        Tree::default()
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether every aggregate has got as many members as it announced.
    pub fn is_complete(&self) -> bool {
        let mut nodes = self.nodes.iter();
        while let Some(node) = nodes.next() {
            let mut left = node.frames();
            while left > 0 {
                let Some(node) = nodes.next() else { return false };
                left = (left - 1).saturating_add(node.frames());
            }
        }
        true
    }

    /// The replies written, each with all its members. An aggregate that got fewer members than
    /// it announced holds those it got.
    pub fn into_frames(self) -> Vec<Frame> {
        let mut nodes = self.nodes.into_iter();
        std::iter::from_fn(|| next_frame(&mut nodes)).collect()
    }

    /// The first reply written, if there's one.
    pub fn into_frame(self) -> Option<Frame> {
        next_frame(&mut self.nodes.into_iter())
    }

    #[inline]
    pub(super) fn leaf(&mut self, frame: Frame) {
        self.nodes.push(Node::Leaf(frame));
    }

    pub(super) fn open(&mut self, kind: Aggregate, count: usize) {
        self.nodes.push(Node::Open(kind, count));
    }

    pub(super) fn set_header(&mut self, at: usize, kind: Aggregate, count: usize) {
        if let Some(node) = self.nodes.get_mut(at) {
            *node = Node::Open(kind, count);
        }
    }
}

impl Node {
    /// Nodes that belong to this one.
    fn frames(&self) -> usize {
        match self {
            Node::Leaf(_) => 0,
            Node::Open(kind, count) => kind.frames(*count),
        }
    }
}

type Nodes = std::vec::IntoIter<Node>;

fn next_frame(nodes: &mut Nodes) -> Option<Frame> {
    let (kind, count) = match nodes.next()? {
        Node::Leaf(frame) => return Some(frame),
        Node::Open(kind, count) => (kind, count),
    };
    Some(match kind {
        Aggregate::Array => Frame::Array(next_frames(nodes, count)),
        Aggregate::Set => Frame::Set(next_frames(nodes, count)),
        Aggregate::Push => Frame::Push(next_frames(nodes, count)),
        Aggregate::Map => Frame::Map(next_pairs(nodes, count)),
        Aggregate::Attribute => Frame::Attribute {
            attributes: next_pairs(nodes, count),
            frame: Box::new(next_frame(nodes).unwrap_or(Frame::Null)),
        },
    })
}

fn next_frames(nodes: &mut Nodes, count: usize) -> Vec<Frame> {
    let mut frames = Vec::with_capacity(count.min(nodes.len()));
    frames.extend(std::iter::from_fn(|| next_frame(nodes)).take(count));
    frames
}

fn next_pairs(nodes: &mut Nodes, count: usize) -> Vec<(Frame, Frame)> {
    let mut pairs = Vec::with_capacity(count.min(nodes.len() / 2));
    pairs.extend(std::iter::from_fn(|| Some((next_frame(nodes)?, next_frame(nodes)?))).take(count));
    pairs
}
