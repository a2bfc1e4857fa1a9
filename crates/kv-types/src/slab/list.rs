//! Lists in which the fullest stands first.
//!
//! Nodes are linked through themselves and sorted into buckets by how full they are. Taking from the
//! fullest lets the others empty, so that their memory goes back. Within a bucket the one that
//! stands there longest comes first: it has had the most time to gather free room.

use std::ptr::NonNull;

/// How many buckets there are.
const BUCKETS: usize = 9;

/// The links of a node: where it stands, if anywhere.
pub(super) struct Links<T> {
    prev: Option<NonNull<T>>,
    next: Option<NonNull<T>>,
    bucket: u8,
}

/// The `bucket` of a node that stands nowhere.
const NONE: u8 = u8::MAX;

impl<T> Links<T> {
    /// Of a node that stands nowhere.
    pub(super) const fn new() -> Links<T> {
        Links { prev: None, next: None, bucket: NONE }
    }
}

/// What can stand in [`Buckets`].
///
/// # Safety
/// `links` answers with the same place, inside of the node, every time.
pub(super) unsafe trait Node: Sized {
    /// # Safety
    /// `node` points to a live node.
    unsafe fn links(node: NonNull<Self>) -> *mut Links<Self>;
}

struct Ends<T> {
    first: Option<NonNull<T>>,
    last: Option<NonNull<T>>,
}

/// Nodes by how full they are.
///
/// Invariant: every node in a list is live, its links name its neighbours and its bucket.
pub(super) struct Buckets<T>([Ends<T>; BUCKETS]);

impl<T: Node> Buckets<T> {
    pub(super) const fn new() -> Buckets<T> {
        Buckets([const { Ends { first: None, last: None } }; BUCKETS])
    }

    /// One of the fullest nodes.
    pub(super) fn fullest(&self) -> Option<NonNull<T>> {
        self.0.iter().rev().find_map(|ends| ends.first)
    }

    /// The first node of the emptiest bucket, with which a walk over that bucket begins.
    pub(super) fn emptiest(&self) -> Option<NonNull<T>> {
        self.0[0].first
    }

    /// Puts a node into `bucket`, wherever it stands now.
    ///
    /// # Safety
    /// `node` is live and stays so until it is removed, and stands nowhere or in one of these lists;
    /// nobody else uses its links meanwhile.
    #[inline]
    pub(super) unsafe fn place(&mut self, node: NonNull<T>, bucket: usize) {
        // SAFETY: the node is live; its links are ours alone.
        unsafe {
            let links = T::links(node);
            if (*links).bucket != bucket as u8 {
                self.remove(node);
                self.append(node, bucket);
            }
        }
    }

    /// # Safety
    /// As for [`Buckets::place`]; the node stands nowhere.
    unsafe fn append(&mut self, node: NonNull<T>, bucket: usize) {
        // SAFETY: as in `remove`.
        unsafe {
            let links = T::links(node);
            let ends = &mut self.0[bucket];
            (*links).prev = ends.last.replace(node);
            (*links).bucket = bucket as u8;
            match (*links).prev {
                Some(prev) => (*T::links(prev)).next = Some(node),
                None => ends.first = Some(node),
            }
        }
    }

    /// Takes a node out, if it stands anywhere.
    ///
    /// # Safety
    /// As for [`Buckets::place`].
    pub(super) unsafe fn remove(&mut self, node: NonNull<T>) {
        // SAFETY: the node and, by the invariant, its neighbours are live; their links are ours.
        unsafe {
            let links = T::links(node);
            let bucket = std::mem::replace(&mut (*links).bucket, NONE);
            if bucket == NONE {
                return;
            }
            let ends = &mut self.0[usize::from(bucket)];
            let (prev, next) = ((*links).prev.take(), (*links).next.take());
            match prev {
                Some(prev) => (*T::links(prev)).next = next,
                None => ends.first = next,
            }
            match next {
                Some(next) => (*T::links(next)).prev = prev,
                None => ends.last = prev,
            }
        }
    }
}
