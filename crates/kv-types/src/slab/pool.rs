//! The pool: spans that belong to no class, by the chunks they are cut from.

use std::alloc::{alloc, dealloc};
use std::ptr::NonNull;

use super::list::Buckets;
use super::span::{ALL_FREE, CHUNK, Chunk, SPAN, SPANS, Span};

/// How many chunks without a span in use are kept: one, so that a class that needs a span, frees it
/// and needs one again does not go through the process's allocator every time.
const IDLE_MAX: usize = 1;

/// The chunks.
///
/// Invariant: `roomy` has the chunks with a free span, each live and allocated as
/// [`Chunk::LAYOUT`]; bucket 0 has those of which all are free, `idle` in number.
pub(super) struct Pool {
    roomy: Buckets<Chunk>,
    idle: usize,
    chunks: usize,
    spans: usize,
}

// SAFETY: the pool owns what it points to.
unsafe impl Send for Pool {}

impl Pool {
    pub(super) const fn new() -> Pool {
        Pool { roomy: Buckets::new(), idle: 0, chunks: 0, spans: 0 }
    }

    /// A span for `class`, without objects yet; `None` if memory has run out.
    pub(super) fn take(&mut self, class: usize) -> Option<NonNull<Span>> {
        let chunk = match self.roomy.fullest() {
            Some(chunk) => chunk,
            None => self.grow()?,
        };
        // SAFETY: by the invariant the chunk is live, and has a free span, which is ours to open.
        unsafe {
            let free = (*chunk.as_ptr()).free;
            debug_assert_ne!(free, 0);
            self.idle -= usize::from(free == ALL_FREE);
            (*chunk.as_ptr()).free = free & (free - 1);
            self.place(chunk);
            self.spans += 1;
            Some(Chunk::open(chunk, free.trailing_zeros() as usize, class))
        }
    }

    /// Takes a span back.
    ///
    /// # Safety
    /// The span came from this pool's [`take`](Pool::take), none of its objects is in use, and it is
    /// in no list.
    pub(super) unsafe fn give(&mut self, span: NonNull<Span>) {
        let chunk = Chunk::of(span);
        let bit = 1 << Span::index(span);
        self.spans -= 1;
        // SAFETY: a chunk with a span outside is live.
        unsafe {
            debug_assert_eq!((*chunk.as_ptr()).free & bit, 0, "a span was given back twice");
            (*chunk.as_ptr()).free |= bit;
            let idle = (*chunk.as_ptr()).free == ALL_FREE;
            self.idle += usize::from(idle);
            self.place(chunk);
            if idle && self.idle > IDLE_MAX {
                self.drop(chunk);
            }
        }
    }

    /// Gives the chunks that have no span in use back to the process's allocator.
    pub(super) fn trim(&mut self) {
        while let Some(chunk) = self.roomy.emptiest() {
            // SAFETY: chunks in bucket 0 are live and have all their spans free.
            unsafe { self.drop(chunk) };
        }
        debug_assert_eq!(self.idle, 0);
    }

    /// Bytes of all chunks, and of those spans that belong to a class.
    pub(super) fn bytes(&self) -> (usize, usize) {
        (self.chunks * CHUNK, self.spans * SPAN)
    }

    fn grow(&mut self) -> Option<NonNull<Chunk>> {
        // SAFETY: the layout is not of size zero.
        let memory = NonNull::new(unsafe { alloc(Chunk::LAYOUT) })?;
        self.chunks += 1;
        self.idle += 1;
        // SAFETY: the memory was allocated so just now.
        Some(unsafe { Chunk::init(memory) })
    }

    /// Puts a chunk where it belongs by how many of its spans are in use.
    ///
    /// # Safety
    /// The chunk is live and one of this pool's.
    unsafe fn place(&mut self, chunk: NonNull<Chunk>) {
        // SAFETY: as promised.
        unsafe {
            match SPANS - (*chunk.as_ptr()).free.count_ones() as usize {
                SPANS => self.roomy.remove(chunk),
                used => self.roomy.place(chunk, (8 * used).div_ceil(SPANS)),
            }
        }
    }

    /// # Safety
    /// The chunk is live, one of this pool's, and all its spans are free.
    unsafe fn drop(&mut self, chunk: NonNull<Chunk>) {
        self.idle -= 1;
        self.chunks -= 1;
        // SAFETY: allocated with this layout by `grow`. Nothing is left that points to it.
        unsafe {
            self.roomy.remove(chunk);
            dealloc(chunk.as_ptr().cast(), Chunk::LAYOUT);
        }
    }
}
