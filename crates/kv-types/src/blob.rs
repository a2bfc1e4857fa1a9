//! Shared bytes of exact size: what the large collections are made of.

#![expect(unsafe_code, reason = "the blob manages its own allocation")]

use std::mem::size_of;
use std::ops::{Deref, Range};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU32, Ordering, fence};

use crate::buffer::Buffer;
use crate::{cache, slab};

/// Most blobs that share one allocation. Far below where the count would wrap; beyond it a clone copies.
const MOST_SHARED: u32 = u32::MAX / 2;

#[repr(C)]
struct Header {
    /// How many blobs share the allocation.
    shared: AtomicU32,
    len: u32,
}

/// Bytes in the slab, shared by clones and copied before they are changed.
///
/// A clone costs one increment. A change of bytes that nobody else holds happens in place if the size
/// class allows (classes are 8 bytes apart), else by one copy. No bytes take no memory. At most 4 GiB.
///
/// Invariant: the pointer dangles, which stands for no bytes, or is to an object of the slab that was
/// allocated for `HEADER + len` bytes or for another number in the same size class, with `shared` blobs
/// pointing to it.
pub struct Blob(NonNull<Header>);

const HEADER: usize = size_of::<Header>();

// SAFETY: the bytes change only through `&mut` of a blob that holds them alone; the count is atomic.
unsafe impl Send for Blob {}
// SAFETY: as above; `&Blob` reads bytes and counts clones atomically.
unsafe impl Sync for Blob {}

impl Blob {
    /// Bytes that a blob takes beside those that are in it.
    pub const HEADER: usize = HEADER;

    /// No bytes.
    #[inline]
    pub const fn new() -> Blob {
        Blob(NonNull::dangling())
    }

    /// A copy of `parts`, one after the other.
    pub fn copied(parts: &[&[u8]]) -> Blob {
        let len = parts.iter().map(|part| part.len()).sum();
        let blob = Blob::allocate(len);
        if len > 0 {
            // SAFETY: `len` bytes lie behind the header, and the blob is new.
            unsafe { write_parts(blob.start(), parts) };
        }
        blob
    }

    /// Room for `len` bytes, which the caller writes before anyone reads them.
    fn allocate(len: usize) -> Blob {
        if len == 0 {
            return Blob::new();
        }
        let short = u32::try_from(len).expect("a blob has at most 4 GiB");
        let memory = slab::allocate(HEADER + len).cast::<Header>();
        // SAFETY: the object is new, aligned to 8, and has room for a header.
        unsafe { memory.write(Header { shared: AtomicU32::new(1), len: short }) };
        Blob(memory)
    }

    #[inline]
    fn is_dangling(&self) -> bool {
        self.0 == NonNull::dangling()
    }

    /// The header, if there are bytes.
    #[inline]
    fn header(&self) -> Option<&Header> {
        if self.is_dangling() {
            return None;
        }
        // SAFETY: the type's invariant.
        Some(unsafe { self.0.as_ref() })
    }

    /// Where the bytes begin, if there are any.
    #[inline]
    fn start(&self) -> *mut u8 {
        // SAFETY: the header lies in front of the bytes, in the same object.
        unsafe { self.0.as_ptr().add(1).cast() }
    }

    /// The bytes.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        match self.header() {
            None => &[],
            // SAFETY: so many bytes were written behind the header.
            Some(header) => unsafe {
                std::slice::from_raw_parts(self.start(), header.len as usize)
            },
        }
    }

    /// Asks for so many cache lines at the beginning, so that they are on their way while the first is
    /// waited for.
    #[inline]
    pub(crate) fn prefetch(&self, lines: usize) {
        for line in 0..lines {
            cache::prefetch(self.0.as_ptr().wrapping_byte_add(line * cache::LINE));
        }
    }

    /// Whether another blob shares the bytes.
    #[inline]
    pub fn is_shared(&self) -> bool {
        // Acquire: who has let go of the bytes has read them before they are changed here.
        self.header().is_some_and(|header| header.shared.load(Ordering::Acquire) > 1)
    }

    /// The bytes, to be changed without changing their number; copied first if they are shared.
    #[inline]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        if self.is_shared() {
            self.separate();
        }
        match self.header() {
            None => &mut [],
            // SAFETY: so many bytes lie there, and nobody else holds them.
            Some(header) => unsafe {
                std::slice::from_raw_parts_mut(self.start(), header.len as usize)
            },
        }
    }

    #[cold]
    fn separate(&mut self) {
        *self = Blob::copied(&[self.bytes()]);
    }

    /// Replaces the bytes in `range` by those of `parts`, one after the other.
    ///
    /// # Panics
    /// If `range` does not lie in the bytes, or there would be more than 4 GiB.
    pub fn splice(&mut self, range: Range<usize>, parts: &[&[u8]]) {
        let len = self.bytes().len();
        assert!(range.start <= range.end && range.end <= len, "{range:?} of {len} bytes");
        let added: usize = parts.iter().map(|part| part.len()).sum();
        let fresh = len - range.len() + added;
        let same_class =
            slab::size_of_class_for(HEADER + fresh) == slab::size_of_class_for(HEADER + len);
        if len == 0 || fresh == 0 || !same_class || self.is_shared() {
            let moved = Blob::allocate(fresh);
            if fresh > 0 {
                let (head, tail) = (&self.bytes()[..range.start], &self.bytes()[range.end..]);
                // SAFETY: the new blob has room for all of it, and is other memory.
                unsafe {
                    ptr::copy_nonoverlapping(head.as_ptr(), moved.start(), head.len());
                    write_parts(moved.start().add(head.len()), parts);
                    let end = moved.start().add(head.len() + added);
                    ptr::copy_nonoverlapping(tail.as_ptr(), end, tail.len());
                }
            }
            *self = moved;
            return;
        }
        let tail = len - range.end;
        // SAFETY: the object's size class has room for the header and `fresh` bytes; the bytes are
        // nobody else's; `parts` are borrowed while `self` is exclusive, so they are other memory.
        unsafe {
            let hole = self.start().add(range.start);
            ptr::copy(self.start().add(range.end), hole.add(added), tail);
            write_parts(hole, parts);
            (*self.0.as_ptr()).len = fresh as u32;
        }
    }

    /// Bytes that the blob takes from the slab, those included that it shares.
    #[inline]
    pub fn memory(&self) -> usize {
        Blob::memory_of(self.bytes().len())
    }

    /// Bytes that a blob of `len` bytes takes from the slab.
    #[inline]
    pub const fn memory_of(len: usize) -> usize {
        if len == 0 { 0 } else { slab::size_of_class_for(HEADER + len) }
    }
}

/// Writes `parts` one after the other.
///
/// # Safety
/// All their bytes can be written from `at` on, and are other memory than the parts.
#[inline]
unsafe fn write_parts(mut at: *mut u8, parts: &[&[u8]]) {
    for part in parts {
        // SAFETY: the caller's promise.
        unsafe {
            ptr::copy_nonoverlapping(part.as_ptr(), at, part.len());
            at = at.add(part.len());
        }
    }
}

impl Clone for Blob {
    #[inline]
    fn clone(&self) -> Blob {
        let Some(header) = self.header() else { return Blob::new() };
        // Whoever clones holds the bytes already, so nothing has to be seen of what others did.
        if header.shared.load(Ordering::Relaxed) >= MOST_SHARED {
            return Blob::copied(&[self.bytes()]);
        }
        header.shared.fetch_add(1, Ordering::Relaxed);
        Blob(self.0)
    }
}

impl Drop for Blob {
    #[inline]
    fn drop(&mut self) {
        let Some(header) = self.header() else { return };
        let size = HEADER + header.len as usize;
        // Alone (the usual case) nobody else can begin to share: no write is needed.
        if header.shared.load(Ordering::Acquire) > 1 {
            if header.shared.fetch_sub(1, Ordering::Release) > 1 {
                return;
            }
            // Freed after all that others did with the bytes.
            fence(Ordering::Acquire);
        }
        // SAFETY: this was the last blob that pointed to the object, of this size class.
        unsafe { slab::free(self.0.cast(), size) };
    }
}

impl Buffer for Blob {
    fn bytes(&self) -> &[u8] {
        Blob::bytes(self)
    }

    fn splice(&mut self, range: Range<usize>, parts: &[&[u8]]) {
        Blob::splice(self, range, parts);
    }

    fn overwrite(&mut self, at: usize, bytes: &[u8]) {
        self.bytes_mut()[at..at + bytes.len()].copy_from_slice(bytes);
    }
}

impl Deref for Blob {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.bytes()
    }
}

impl Default for Blob {
    fn default() -> Blob {
        Blob::new()
    }
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "b\"{}\"", self.bytes().escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Splice { start: usize, end: usize, first: Vec<u8>, second: Vec<u8> },
        Flip(usize),
        Share,
        Forget(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let bytes = || vec(any::<u8>(), 0..40);
        let splice = (any::<usize>(), any::<usize>(), bytes(), bytes())
            .prop_map(|(start, end, first, second)| Step::Splice { start, end, first, second });
        let step = prop_oneof![
            6 => splice,
            2 => any::<usize>().prop_map(Step::Flip),
            1 => Just(Step::Share),
            1 => any::<usize>().prop_map(Step::Forget),
        ];
        vec(step, 0..60)
    }

    proptest! {
        #[test]
        fn a_blob_is_a_vector_and_its_clones_stay_as_they_were(steps in steps()) {
            let mut blob = Blob::new();
            let mut model: Vec<u8> = vec![];
            let mut clones: Vec<(Blob, Vec<u8>)> = vec![];
            for step in steps {
                match step {
                    Step::Splice { start, end, first, second } => {
                        let start = start % (model.len() + 1);
                        let end = start + end % (model.len() - start + 1);
                        blob.splice(start..end, &[&first, &second]);
                        model.splice(start..end, [first, second].concat());
                    }
                    Step::Flip(at) if !model.is_empty() => {
                        let at = at % model.len();
                        blob.bytes_mut()[at] ^= 1;
                        model[at] ^= 1;
                    }
                    Step::Share => clones.push((blob.clone(), model.clone())),
                    Step::Forget(at) if !clones.is_empty() => {
                        clones.swap_remove(at % clones.len());
                    }
                    Step::Flip(_) | Step::Forget(_) => {}
                }
                prop_assert_eq!(blob.bytes(), &model[..]);
                prop_assert!(model.is_empty() || blob.memory() >= HEADER + model.len());
            }
            for (clone, model) in clones {
                prop_assert_eq!(clone.bytes(), &model[..]);
            }
        }
    }

    #[test]
    fn clones_share_until_one_changes() {
        let mut blob = Blob::copied(&[b"ab", b"c"]);
        let clone = blob.clone();
        assert!(blob.is_shared() && clone.is_shared());
        assert_eq!(blob.bytes().as_ptr(), clone.bytes().as_ptr());
        blob.bytes_mut()[0] = b'x';
        assert!(!blob.is_shared() && !clone.is_shared());
        assert_eq!((&*blob, &*clone), (&b"xbc"[..], &b"abc"[..]));
    }

    #[test]
    fn threads_may_share_and_let_go() {
        let blob = Blob::copied(&[&[7; 100]]);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let mut mine = blob.clone();
                scope.spawn(move || {
                    for round in 0..1000u32 {
                        let other = mine.clone();
                        mine.bytes_mut()[0] = round as u8;
                        assert_eq!(other.len(), mine.len());
                    }
                });
            }
        });
        assert!(!blob.is_shared());
        assert_eq!(blob[0], 7);
    }
}
