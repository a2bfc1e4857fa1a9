//! The memory of chunks, from the system.
//!
//! On Linux it is mapped, and is as many pages as a chunk has: a general allocator puts words of its own in
//! front of it, which take a page. Elsewhere, and under Miri, the process's allocator gives it.

pub(super) use system::{allocate, free};

#[cfg(all(target_os = "linux", not(miri)))]
mod system {
    use std::ffi::c_void;
    use std::ptr::{self, NonNull};

    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};

    use crate::slab::span::CHUNK;

    /// Memory for a chunk, of zeros; `None` if it has run out.
    ///
    /// If `huge`, the system is asked to back it, which is as large as a huge page of the usual processors and
    /// aligned as one, by just that: a lookup among millions of records then needs a page table's entry that
    /// the processor still has. (10 million records of 88 bytes: a tenth less time for a pipelined GET.)
    /// Otherwise it is asked not to, which it may do unasked.
    pub(in crate::slab) fn allocate(huge: bool) -> Option<NonNull<u8>> {
        // The system puts a mapping beside the last one if it can: once one is aligned the next ones are, too,
        // and are one mapping to it, of which a process may have some ten thousand.
        let chunk = match map(CHUNK)? {
            chunk if chunk.addr().is_multiple_of(CHUNK) => chunk,
            other => {
                // SAFETY: it was mapped just now.
                unsafe { unmap(other, CHUNK) };
                map_aligned()?
            }
        };
        let advice = if huge { Advice::LinuxHugepage } else { Advice::LinuxNoHugepage };
        // SAFETY: it was mapped just now. The advice changes nothing in it; a kernel without huge pages refuses.
        let _ = unsafe { madvise(chunk, CHUNK, advice) };
        NonNull::new(chunk.cast())
    }

    /// As many pages as a chunk has, aligned as one.
    fn map_aligned() -> Option<*mut c_void> {
        // Among twice as many bytes there are as many that begin at a multiple of their number.
        let mapped = map(2 * CHUNK)?;
        let before = mapped.cast::<u8>().align_offset(CHUNK);
        let chunk = mapped.wrapping_byte_add(before);
        // SAFETY: all of it was mapped just now, and nobody uses it.
        unsafe {
            unmap(mapped, before);
            unmap(chunk.wrapping_byte_add(CHUNK), CHUNK - before);
        }
        Some(chunk)
    }

    fn map(bytes: usize) -> Option<*mut c_void> {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the system chooses an address where nothing is mapped.
        unsafe { mmap_anonymous(ptr::null_mut(), bytes, protection, MapFlags::PRIVATE) }.ok()
    }

    /// # Safety
    /// These pages were mapped here, and nobody uses them.
    unsafe fn unmap(pages: *mut c_void, bytes: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            // What cannot be unmapped, as a process has only so many mappings and this would part one, takes
            // addresses, no memory.
            if munmap(pages, bytes).is_err() {
                let _ = madvise(pages, bytes, Advice::LinuxDontNeed);
            }
        }
    }

    /// Gives the memory of a chunk back.
    ///
    /// # Safety
    /// It came from [`allocate`], and nobody uses it.
    pub(in crate::slab) unsafe fn free(chunk: NonNull<u8>) {
        // SAFETY: the caller's promise.
        unsafe { unmap(chunk.as_ptr().cast(), CHUNK) };
    }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
mod system {
    use std::alloc::{Layout, alloc, dealloc};
    use std::ptr::NonNull;

    use crate::slab::span::CHUNK;

    fn layout() -> Layout {
        Layout::from_size_align(CHUNK, CHUNK).expect("a chunk's size is a power of two")
    }

    /// Memory for a chunk; `None` if it has run out.
    pub(in crate::slab) fn allocate(_huge: bool) -> Option<NonNull<u8>> {
        // SAFETY: the layout is not of size zero.
        NonNull::new(unsafe { alloc(layout()) })
    }

    /// Gives the memory of a chunk back.
    ///
    /// # Safety
    /// It came from [`allocate`], and nobody uses it.
    pub(in crate::slab) unsafe fn free(chunk: NonNull<u8>) {
        // SAFETY: allocated with this layout, the caller says.
        unsafe { dealloc(chunk.as_ptr(), layout()) }
    }
}
