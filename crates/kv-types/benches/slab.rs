//! The slab against mimalloc, the fastest general allocator at hand.

mod suite;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

criterion::criterion_main!(suite::benches);
