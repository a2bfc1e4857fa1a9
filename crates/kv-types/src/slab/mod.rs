//! The slab: memory for records, in size classes at every 8 bytes.
//!
//! General allocators round a small object up by as much as a fifth; with millions of keys that is
//! memory nobody uses. Here a record of 88 bytes takes 88, and what the slab needs for itself is
//! below half a percent.
//!
//! ```text
//! thread   Cache    per class: two lists of free objects, no lock
//!            │ batches
//! process  Central  per class, under its own lock: some batches; spans that have room, fullest first
//!            │ spans of 64 KiB, any class
//!          Pool     under one lock: chunks of 2 MiB that have a free span, fullest first
//!            │ chunks
//!          the system
//! ```
//!
//! - `class.rs`: which sizes there are.
//! - `cache.rs`: what a thread keeps at hand.
//! - `heap.rs`: what all threads share: a `central.rs` for each class, and the `pool.rs`.
//! - `span.rs`: memory of one class, and the chunk it is cut from.
//! - `pages.rs`: a chunk's memory, from the system.
//! - `list.rs`: lists in which the fullest stands first.
//! - `poison.rs`: checks of debug builds: use after free, double free.
//!
//! Chunks are backed by huge pages, for lookups among millions of records, but for the first few: a huge page
//! is resident as a whole, however little of it a small store uses.
//!
//! An object is freed with its size, so freeing reads nothing but the thread's own list. Objects
//! larger than [`MAX_SIZE`] go to the process's allocator.

#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

mod cache;
mod central;
mod class;
mod heap;
mod list;
mod pages;
mod poison;
mod pool;
mod span;
#[cfg(test)]
mod tests;

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use cache::Cache;
pub use class::{MAX_SIZE, size_of_class_for};
use heap::Heap;
pub use heap::Stats;
use span::{Batch, Free};

/// What all threads share.
static HEAP: Heap = Heap::new();

thread_local! {
    /// It has no destructor, so that the hot path asks for no state, and so that it can be used
    /// while the thread's other variables are being destroyed.
    static CACHE: Cache = const { Cache::new() };
    /// Gives the cache back when the thread ends. A thread whose guard is gone caches nothing.
    static GUARD: Guard = const { Guard };
}

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        CACHE.with(|cache| cache.drain(&HEAP));
    }
}

/// Whether this thread may cache objects: its guard will give them back, and has not run yet.
fn may_cache() -> bool {
    GUARD.try_with(|_| ()).is_ok()
}

/// Whether every object is an allocation of its own: so that a sanitizer sees each, and what is beside it.
/// (`cargo xtask sanitize` sets it.)
const PLAIN: bool = cfg!(kv_plain_slab);

/// Memory for `bytes` bytes, aligned to 8, its content undefined. Give it back with [`free`].
///
/// When memory runs out, this does what `Box` and `Vec` do: [`handle_alloc_error`].
#[inline]
pub fn allocate(bytes: usize) -> NonNull<u8> {
    if bytes > MAX_SIZE || PLAIN {
        return allocate_plain(bytes);
    }
    let class = class::of(bytes);
    let object = match CACHE.with(|cache| cache.pop(class)) {
        Some(object) => object,
        None => allocate_slow(class),
    };
    poison::taken(object, class);
    object.cast()
}

/// Gives memory back.
///
/// # Safety
/// `object` came from [`allocate`], was not freed since, and is not used again; `bytes` has the same
/// [`size_of_class_for`] as what was asked for.
#[inline]
pub unsafe fn free(object: NonNull<u8>, bytes: usize) {
    if bytes > MAX_SIZE || PLAIN {
        // SAFETY: the caller's promise.
        return unsafe { free_plain(object, bytes) };
    }
    let class = class::of(bytes);
    let object = object.cast::<Free>();
    poison::freed(object, class);
    // SAFETY: the object is of this class and nobody else's: the caller's promise.
    if !CACHE.with(|cache| unsafe { cache.push(class, object) }) {
        // SAFETY: as above; the cache has not taken it.
        unsafe { free_slow(class, object) };
    }
}

/// Gives back what this thread and the shared heap keep for the next demand, idle chunks to the
/// system: for after much was freed.
///
/// Other threads are asked to do the same with their caches, and do when they next run short of
/// objects or of room. A thread that rests for long should call this before.
pub fn collect() {
    HEAP.begin_generation();
    CACHE.with(|cache| cache.drain(&HEAP));
    HEAP.trim();
}

/// Gives back what this thread keeps if somebody has asked for it since it last looked: for a thread
/// that may have nothing else to do with records for a while. It costs two loads otherwise.
pub fn heed() {
    CACHE.with(|cache| cache.follow(&HEAP));
}

/// How much memory the slab holds, of this process.
///
/// It takes each lock once, so it is for reports, not for hot paths; while other threads are at work
/// the figures are not of one instant.
pub fn stats() -> Stats {
    HEAP.stats()
}

#[cold]
#[inline(never)]
fn allocate_slow(class: usize) -> NonNull<Free> {
    let object = match may_cache() {
        true => CACHE.with(|cache| cache.refill(&HEAP, class)),
        false => HEAP.take(class, 1).head,
    };
    object.unwrap_or_else(|| handle_alloc_error(layout(class::size(class))))
}

/// # Safety
/// As for [`free`]: `object` is of `class`, and is handed over.
#[cold]
#[inline(never)]
unsafe fn free_slow(class: usize, object: NonNull<Free>) {
    // SAFETY: the object is handed over, so it can be linked into a cache or a batch.
    unsafe {
        if may_cache() {
            CACHE.with(|cache| cache.push_full(&HEAP, class, object));
        } else {
            let mut batch = Batch::default();
            batch.push(object);
            HEAP.give(class, batch);
        }
    }
}

fn layout(size: usize) -> Layout {
    // A size class is a multiple of 8 and far below isize::MAX: keys end at 512 MiB.
    Layout::from_size_align(size, 8).expect("record sizes fit a layout")
}

#[cold]
#[inline(never)]
fn allocate_plain(bytes: usize) -> NonNull<u8> {
    let layout = layout(size_of_class_for(bytes));
    // SAFETY: no size class is of zero bytes.
    let memory = unsafe { alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(layout))
}

/// # Safety
/// As for [`free`], for an object that [`allocate_plain`] has made.
#[cold]
#[inline(never)]
unsafe fn free_plain(object: NonNull<u8>, bytes: usize) {
    // SAFETY: allocated by `allocate_plain` with this layout, the caller says.
    unsafe { dealloc(object.as_ptr(), layout(size_of_class_for(bytes))) }
}
