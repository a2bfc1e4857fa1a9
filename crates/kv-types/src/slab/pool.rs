//! The pool: spans that belong to no class, by the chunks they are cut from.
//!
//! What threads cache keeps spans, and so chunks, from being free. When half of the spans came back
//! since there were most, the pool begins a new *generation*: a thread that notices gives its cache
//! back. So it does when there are twice as many: a store that has grown so far uses other sizes than
//! it did, or the same ones so much that filling a cache again is nothing beside it.

use std::ptr::NonNull;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use super::heap::lock;
use super::list::Buckets;
use super::pages;
use super::span::{ALL_FREE, CHUNK, Chunk, SPAN, SPANS, Span};

/// How many chunks without a span in use are kept: one, so that a class that needs a span, frees it
/// and needs one again does not go through the system every time.
const IDLE_MAX: usize = 1;

/// With no more spans than this at the peak no generation begins, nor with less than twice as many: caches
/// hold about as much.
const GENERATION_MIN: usize = 64;

/// So many chunks, 24 MiB, are not backed by huge pages. A huge page is resident as a whole, while in a small
/// store many spans hold little: a single object of a class takes one, and a record that grows goes through
/// one class after the other. With small pages only what was touched is resident: some 4 MB less for one
/// long list that has grown element by element. Huge pages are for stores that are much larger than this.
const SMALL_PAGED: usize = 12;

/// The pool behind its lock, and its generation, which is read without.
pub(super) struct Pool {
    chunks: Mutex<Chunks>,
    generation: AtomicU32,
}

impl Pool {
    pub(super) const fn new() -> Pool {
        Pool { chunks: Mutex::new(Chunks::new()), generation: AtomicU32::new(0) }
    }

    /// A span for `class`, without objects yet; `None` if memory has run out.
    pub(super) fn take(&self, class: usize) -> Option<NonNull<Span>> {
        loop {
            let mut chunks = lock(&self.chunks);
            if let Some(span) = chunks.take(class) {
                self.age(&mut chunks);
                return Some(span);
            }
            let is_large = chunks.count >= SMALL_PAGED;
            drop(chunks);
            // Nobody waits for the system, which may take milliseconds for a huge page. (So two threads may
            // come with a chunk each; the other one is the next.)
            let chunk = allocate(is_large)?;
            // SAFETY: the chunk was made just now.
            unsafe { lock(&self.chunks).add(chunk) };
        }
    }

    /// Takes a span back.
    ///
    /// # Safety
    /// The span came from [`take`](Pool::take), none of its objects is outside, and it is in no list.
    pub(super) unsafe fn give(&self, span: NonNull<Span>) {
        let mut chunks = lock(&self.chunks);
        // SAFETY: the caller's promise.
        let idle = unsafe { chunks.give(span) };
        self.age(&mut chunks);
        drop(chunks);
        if let Some(chunk) = idle {
            free(chunk);
        }
    }

    /// Begins a generation if there are twice as many spans as when the last one began, or half as many as at
    /// the peak since.
    fn age(&self, chunks: &mut Chunks) {
        chunks.peak = chunks.peak.max(chunks.spans);
        let has_grown = chunks.spans >= 2 * chunks.last;
        let has_shrunk = chunks.peak > GENERATION_MIN && chunks.spans < chunks.peak / 2;
        if has_grown || has_shrunk {
            chunks.last = chunks.spans.max(GENERATION_MIN);
            chunks.peak = chunks.last;
            self.begin_generation();
        }
    }

    /// Gives the chunks that have no span in use back to the system.
    pub(super) fn trim(&self) {
        let next = || lock(&self.chunks).take_idle();
        while let Some(chunk) = next() {
            free(chunk);
        }
    }

    /// Bytes of all chunks, and of those spans that belong to a class.
    pub(super) fn bytes(&self) -> (usize, usize) {
        let chunks = lock(&self.chunks);
        (chunks.count * CHUNK, chunks.spans * SPAN)
    }

    /// The number of the generation: a hint, so it orders nothing.
    pub(super) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Asks all threads to give their caches back.
    pub(super) fn begin_generation(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }
}

/// The chunks.
///
/// Invariant: `roomy` has the chunks with a free span, each live and made by
/// [`allocate`]; bucket 0 has those of which all are free, `idle` in number.
struct Chunks {
    roomy: Buckets<Chunk>,
    idle: usize,
    count: usize,
    spans: usize,
    /// How many spans there were when the last generation began, or [`GENERATION_MIN`].
    last: usize,
    /// Most spans at a time since.
    peak: usize,
}

// SAFETY: the chunks are owned, and used under the lock.
unsafe impl Send for Chunks {}

impl Chunks {
    const fn new() -> Chunks {
        let (last, peak) = (GENERATION_MIN, GENERATION_MIN);
        Chunks { roomy: Buckets::new(), idle: 0, count: 0, spans: 0, last, peak }
    }

    /// A span of these chunks, if one is free.
    fn take(&mut self, class: usize) -> Option<NonNull<Span>> {
        let chunk = self.roomy.fullest()?;
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

    /// Takes a span back. A chunk that is idle then, if there are enough of such.
    ///
    /// # Safety
    /// As for [`Pool::give`].
    unsafe fn give(&mut self, span: NonNull<Span>) -> Option<Idle> {
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
            (idle && self.idle > IDLE_MAX).then(|| self.remove(chunk))
        }
    }

    /// A chunk all of whose spans are free, if there is any.
    fn take_idle(&mut self) -> Option<Idle> {
        let chunk = self.roomy.emptiest()?;
        // SAFETY: chunks in bucket 0 are live and have all their spans free.
        Some(unsafe { self.remove(chunk) })
    }

    /// Adds a chunk.
    ///
    /// # Safety
    /// It was made by [`allocate`], and nobody else has it.
    unsafe fn add(&mut self, chunk: NonNull<Chunk>) {
        self.count += 1;
        self.idle += 1;
        // SAFETY: the chunk is live, one of these now, and all its spans are free.
        unsafe { self.place(chunk) };
    }

    /// Puts a chunk where it belongs by how many of its spans are in use.
    ///
    /// # Safety
    /// The chunk is live and one of these.
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
    /// The chunk is live, one of these, and all its spans are free.
    unsafe fn remove(&mut self, chunk: NonNull<Chunk>) -> Idle {
        self.idle -= 1;
        self.count -= 1;
        // SAFETY: the chunk is live, and one of these.
        unsafe { self.roomy.remove(chunk) };
        Idle(chunk)
    }
}

/// A chunk all of whose spans are free, and that is not the pool's any more.
struct Idle(NonNull<Chunk>);

/// Gives a chunk back to the system, which may take it long: under no lock of the pool's.
fn free(chunk: Idle) {
    // SAFETY: made by `allocate`. Nothing is left that points to it.
    unsafe { pages::free(chunk.0.cast()) };
}

/// A chunk all of whose spans are free, backed by a huge page if it is `huge`; `None` if memory has run out.
fn allocate(huge: bool) -> Option<NonNull<Chunk>> {
    let memory = pages::allocate(huge)?;
    // SAFETY: the memory is that of a chunk, and new.
    Some(unsafe { Chunk::init(memory) })
}
