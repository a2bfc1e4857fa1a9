//! The processor's cache: what will be read is asked for ahead.

#![expect(unsafe_code, reason = "the processor is asked by an intrinsic")]

/// Bytes of a cache line.
pub const LINE: usize = 64;

/// Asks for the cache line at `address`, which need not be valid.
#[inline(always)]
pub fn prefetch<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: prefetching reads nothing and faults at no address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch(address.cast(), _MM_HINT_T0);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
