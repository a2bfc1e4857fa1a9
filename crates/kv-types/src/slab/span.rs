//! Chunks and spans.
//!
//! ```text
//! chunk, 2 MiB, aligned to 2 MiB
//! ┌ Chunk │ 32 × Span │ objects of span 0 ┬ objects of span 1 ┬ … ┬ objects of span 31 ┐
//! └───── 2112 bytes ───────────────────── 64 KiB ─────────── 128 KiB ─────────────── 2 MiB
//! ```
//!
//! A span has objects of one class. Its header is found from an object's address alone: the chunk
//! begins at the next lower multiple of 2 MiB, and the span's number is in the bits below that. The
//! headers stand together rather than each at the head of its span: addresses 64 KiB apart fall into
//! the same few lines of a processor's cache, and would evict each other.
//!
//! A span's memory is cut into objects as they are needed, so a fresh span takes no more pages than
//! are used.

use std::ptr::NonNull;

use super::list::{Links, Node};
use super::{class, poison};

/// Bytes of a chunk, and its alignment: those of a huge page. One object in use keeps a chunk, so it is
/// not larger.
pub(super) const CHUNK: usize = 2 << 20;
/// Bytes of a span.
pub(super) const SPAN: usize = 64 << 10;
/// How many spans a chunk has: one bit each in [`Chunk::free`].
pub(super) const SPANS: usize = CHUNK / SPAN;
/// [`Chunk::free`] when no span is in use.
pub(super) const ALL_FREE: u64 = u64::MAX >> (64 - SPANS);

/// A free object: its first word links it into a list.
pub(super) struct Free {
    pub(super) next: Option<NonNull<Free>>,
}

/// Free objects of one class, linked.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) head: Option<NonNull<Free>>,
    pub(super) len: u32,
}

impl Batch {
    /// Puts an object in front.
    ///
    /// # Safety
    /// `object` is at least 8 bytes of memory, aligned to 8, that nobody uses.
    #[inline]
    pub(super) unsafe fn push(&mut self, object: NonNull<Free>) {
        // SAFETY: the caller says that we may write there.
        unsafe { object.write(Free { next: self.head }) };
        self.head = Some(object);
        self.len += 1;
    }
}

/// What stands at the head of a chunk. Used under the pool's lock, but for `spans`.
#[repr(C, align(64))]
pub(super) struct Chunk {
    links: Links<Chunk>,
    /// Bit `n` is set while span `n` is in the pool.
    pub(super) free: u64,
    /// A header is written when its span is taken from the pool, and means nothing otherwise.
    spans: [Span; SPANS],
}

/// The header of a span. Used under its class's lock.
///
/// Invariant: of its `capacity` objects the first `carved` exist; `live` of those are outside, in
/// use or cached by a thread, and the others are linked at `free`.
#[repr(C, align(64))]
pub(super) struct Span {
    links: Links<Span>,
    free: Option<NonNull<Free>>,
    start: NonNull<u8>,
    pub(super) live: u32,
    carved: u32,
    capacity: u32,
    class: u16,
    /// `live >> shift` is below eight.
    shift: u16,
}

const _: () = assert!(std::mem::offset_of!(Chunk, spans) == size_of::<Span>());
const _: () = assert!(size_of::<Span>() == 64 && size_of::<Chunk>() == (1 + SPANS) * 64);

// SAFETY: the links are a field.
unsafe impl Node for Chunk {
    #[inline]
    unsafe fn links(node: NonNull<Chunk>) -> *mut Links<Chunk> {
        // SAFETY: the node is live.
        unsafe { &raw mut (*node.as_ptr()).links }
    }
}

// SAFETY: the links are a field.
unsafe impl Node for Span {
    #[inline]
    unsafe fn links(node: NonNull<Span>) -> *mut Links<Span> {
        // SAFETY: the node is live.
        unsafe { &raw mut (*node.as_ptr()).links }
    }
}

impl Chunk {
    /// Makes a chunk, all of whose spans are free, of as much memory, so aligned.
    ///
    /// # Safety
    /// The memory is so, and nobody else's.
    pub(super) unsafe fn init(memory: NonNull<u8>) -> NonNull<Chunk> {
        let chunk = memory.cast::<Chunk>();
        // SAFETY: the memory begins with room for a chunk's head. Its spans are not written.
        unsafe {
            (&raw mut (*chunk.as_ptr()).links).write(Links::new());
            (&raw mut (*chunk.as_ptr()).free).write(ALL_FREE);
        }
        chunk
    }

    /// The chunk that an address in it belongs to.
    pub(super) fn of<T>(inside: NonNull<T>) -> NonNull<Chunk> {
        let chunk = inside.as_ptr().map_addr(|address| address & !(CHUNK - 1)).cast();
        // SAFETY: the chunk is an allocation, so it is not at address zero.
        unsafe { NonNull::new_unchecked(chunk) }
    }

    /// The header of span `index`.
    ///
    /// # Safety
    /// The chunk is live, and `index` below [`SPANS`].
    #[inline]
    unsafe fn span(chunk: NonNull<Chunk>, index: usize) -> NonNull<Span> {
        debug_assert!(index < SPANS);
        // SAFETY: the header lies in the chunk's head, where `spans` begins one span's size in. Not
        // by a reference to that field: what is reached through a header is not only the header.
        unsafe { chunk.cast::<Span>().add(1 + index) }
    }

    /// Makes span `index` one of `class`.
    ///
    /// # Safety
    /// The chunk is live, and the span nobody else's.
    pub(super) unsafe fn open(chunk: NonNull<Chunk>, index: usize, class: usize) -> NonNull<Span> {
        let start = if index == 0 { size_of::<Chunk>() } else { index * SPAN };
        let capacity = ((index + 1) * SPAN - start) / class::size(class);
        // SAFETY: start and header lie in the chunk.
        unsafe {
            let span = Chunk::span(chunk, index);
            span.write(Span {
                links: Links::new(),
                free: None,
                start: chunk.cast::<u8>().add(start),
                live: 0,
                carved: 0,
                capacity: capacity as u32,
                class: class as u16,
                shift: (capacity.ilog2() + 1).saturating_sub(3) as u16,
            });
            span
        }
    }
}

impl Span {
    /// The span that an object in it belongs to.
    ///
    /// # Safety
    /// The object is one of a live chunk.
    #[inline]
    pub(super) unsafe fn of(object: NonNull<Free>) -> NonNull<Span> {
        let index = (object.addr().get() & (CHUNK - 1)) / SPAN;
        // SAFETY: the chunk is live, and the index below `SPANS` by its making.
        unsafe { Chunk::span(Chunk::of(object), index) }
    }

    /// The number of this span in its chunk.
    pub(super) fn index(span: NonNull<Span>) -> usize {
        (span.addr().get() & (CHUNK - 1)) / size_of::<Span>() - 1
    }

    /// Moves objects into `batch` until that has `want` or the span has none.
    ///
    /// # Safety
    /// The span is live and ours alone.
    pub(super) unsafe fn take(span: NonNull<Span>, batch: &mut Batch, want: u32) {
        let span = span.as_ptr();
        // SAFETY: the span is ours. Objects in its list are free, by its invariant, and those past
        // `carved` lie in the span and were never handed out.
        unsafe {
            let size = class::size((*span).class as usize);
            let before = batch.len;
            while batch.len < want
                && let Some(object) = (*span).free
            {
                (*span).free = object.read().next;
                batch.push(object);
            }
            let carve = ((*span).capacity - (*span).carved).min(want - batch.len);
            let end = (*span).carved + carve;
            // From the last one down: they are handed out in the order of their addresses.
            for index in ((*span).carved..end).rev() {
                let object = (*span).start.add(index as usize * size).cast();
                poison::carved(object, (*span).class as usize);
                batch.push(object);
            }
            (*span).carved = end;
            (*span).live += batch.len - before;
        }
    }

    /// Takes an object back.
    ///
    /// # Safety
    /// The span is live and ours alone; the object is one of it, free, and in no list.
    #[inline]
    pub(super) unsafe fn give(span: NonNull<Span>, object: NonNull<Free>, class: usize) {
        let span = span.as_ptr();
        // SAFETY: as promised.
        unsafe {
            debug_assert_eq!((*span).class as usize, class, "freed with another size");
            debug_assert_ne!((*span).live, 0, "more objects were freed than allocated");
            object.write(Free { next: (*span).free });
            (*span).free = Some(object);
            (*span).live -= 1;
        }
    }

    /// The bucket to keep this span in: by eighths of the number of its objects that are outside.
    ///
    /// `None` if all are, so that there is nothing to take from it.
    ///
    /// # Safety
    /// The span is live and ours alone.
    #[inline]
    pub(super) unsafe fn bucket(span: NonNull<Span>) -> Option<usize> {
        let span = span.as_ptr();
        // SAFETY: as promised.
        unsafe {
            ((*span).live < (*span).capacity).then_some(((*span).live >> (*span).shift) as usize)
        }
    }
}
