//! What a thread keeps at hand: free objects of each class.
//!
//! A class has two lists: objects are pushed to and popped from `loaded`; `spare` is a full list or
//! none. With two, a thread that frees and allocates in turn around a full or an empty list moves
//! only between them, and a batch goes to or comes from the heap as a whole, without being counted
//! off.

use std::cell::Cell;
use std::ptr::NonNull;

use super::class::{self, CLASSES};
use super::heap::Heap;
use super::span::{Batch, Free};

/// Room for every class, as a power of two: a masked index needs no check.
const SLOTS: usize = CLASSES.next_power_of_two();

/// A thread's free objects.
pub(super) struct Cache {
    slots: [Slot; SLOTS],
    /// The heap's generation when this cache was last given back.
    generation: Cell<u32>,
}

/// Invariant: `loaded` has `room` objects fewer than a batch, or is empty with no room, as it is at
/// first; `spare`, if there, has exactly a batch. All are of the slot's class and this thread's.
struct Slot {
    loaded: Cell<Option<NonNull<Free>>>,
    spare: Cell<Option<NonNull<Free>>>,
    room: Cell<u32>,
}

impl Slot {
    const fn new() -> Slot {
        Slot { loaded: Cell::new(None), spare: Cell::new(None), room: Cell::new(0) }
    }
}

impl Cache {
    pub(super) const fn new() -> Cache {
        Cache { slots: [const { Slot::new() }; SLOTS], generation: Cell::new(0) }
    }

    #[inline]
    fn slot(&self, class: usize) -> &Slot {
        &self.slots[class & (SLOTS - 1)]
    }

    /// An object of `class`, if one is at hand; else see [`Cache::refill`].
    #[inline]
    pub(super) fn pop(&self, class: usize) -> Option<NonNull<Free>> {
        let slot = self.slot(class);
        let object = slot.loaded.get()?;
        // SAFETY: an object in the list is free, and has the next one in its first word.
        slot.loaded.set(unsafe { object.read() }.next);
        slot.room.set(slot.room.get() + 1);
        Some(object)
    }

    /// Takes an object in, if there is room; else see [`Cache::push_full`].
    ///
    /// # Safety
    /// The object is of `class`, of this cache's heap, and if taken it is handed over.
    #[inline]
    pub(super) unsafe fn push(&self, class: usize, object: NonNull<Free>) -> bool {
        let slot = self.slot(class);
        let room = slot.room.get();
        if room == 0 {
            return false;
        }
        // SAFETY: the object is ours, and free.
        unsafe { object.write(Free { next: slot.loaded.get() }) };
        slot.loaded.set(Some(object));
        slot.room.set(room - 1);
        true
    }

    /// An object of `class` when none is loaded; `None` if memory has run out.
    pub(super) fn refill(&self, heap: &Heap, class: usize) -> Option<NonNull<Free>> {
        self.follow(heap);
        let slot = self.slot(class);
        debug_assert!(slot.loaded.get().is_none());
        let want = class::batch(class);
        let batch = match slot.spare.take() {
            Some(spare) => Batch { head: Some(spare), len: want },
            None => heap.take(class, want),
        };
        slot.loaded.set(batch.head);
        slot.room.set(want - batch.len);
        self.pop(class)
    }

    /// Takes an object in when there is no room: a batch goes to the heap if there are two.
    ///
    /// # Safety
    /// The object is of `class` and of `heap`, this cache's, and is handed over.
    pub(super) unsafe fn push_full(&self, heap: &Heap, class: usize, object: NonNull<Free>) {
        self.follow(heap);
        let slot = self.slot(class);
        debug_assert_eq!(slot.room.get(), 0);
        let len = class::batch(class);
        // The spare goes, not what was freed just now and is still in the processor's cache.
        if let Some(loaded) = slot.loaded.take()
            && let Some(spare) = slot.spare.replace(Some(loaded))
        {
            // SAFETY: the spare's objects, a batch of them, are handed over.
            unsafe { heap.give(class, Batch { head: Some(spare), len }) };
        }
        slot.room.set(len);
        // SAFETY: the caller hands the object over. There is room, so it is taken.
        let pushed = unsafe { self.push(class, object) };
        debug_assert!(pushed);
    }

    /// Gives everything back if the heap asks for it.
    #[inline]
    pub(super) fn follow(&self, heap: &Heap) {
        let generation = heap.generation();
        if self.generation.replace(generation) != generation {
            self.drain(heap);
        }
    }

    /// Gives everything back to `heap`, which must be this cache's.
    pub(super) fn drain(&self, heap: &Heap) {
        for class in 0..CLASSES {
            let slot = self.slot(class);
            let batch = class::batch(class);
            let loaded = Batch { head: slot.loaded.take(), len: batch - slot.room.take() };
            let spare = Batch { head: slot.spare.take(), len: batch };
            for batch in [loaded, spare] {
                if batch.head.is_some() {
                    // SAFETY: the objects are of this class, and handed over.
                    unsafe { heap.give(class, batch) };
                }
            }
        }
    }
}
