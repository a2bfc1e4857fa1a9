//! What threads that end give back to the slab, by its own account.
//!
//! One test alone in its process: the slab is the process's, and so are its counts.

#![expect(unsafe_code, reason = "objects of the slab are freed by hand")]

use std::ptr::NonNull;

use kv_types::slab::{self, allocate, free};

const BYTES: usize = 3700;

/// An object that is freed when its thread's variables are destroyed; another is then allocated and freed.
struct Late(NonNull<u8>);

impl Drop for Late {
    fn drop(&mut self) {
        // SAFETY: allocated below, freed here alone.
        unsafe {
            free(self.0, BYTES);
            free(allocate(BYTES), BYTES);
        }
    }
}

fn in_a_thread(work: impl FnOnce() + Send + 'static) {
    std::thread::spawn(work).join().expect("it does not panic");
    assert_eq!(slab::stats().live, 0);
}

#[test]
fn a_thread_that_ends_returns_its_cache() {
    in_a_thread(|| {
        let objects: Vec<_> = (0..20).map(|_| allocate(BYTES)).collect();
        // SAFETY: each is freed once.
        objects.into_iter().for_each(|object| unsafe { free(object, BYTES) });
        assert_ne!(slab::stats().live, 0);
    });
    // Whichever variable the slab's own is destroyed before or after: both orders come to pass.
    thread_local!(static LATE: Late = Late(allocate(BYTES)));
    thread_local!(static EARLY: Late = Late(allocate(BYTES)));
    in_a_thread(|| {
        EARLY.with(|_| ());
        LATE.with(|_| ());
    });
    in_a_thread(|| {
        // SAFETY: freed once.
        unsafe { free(allocate(BYTES), BYTES) };
        LATE.with(|_| ());
    });
}
