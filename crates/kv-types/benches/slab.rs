//! The slab against mimalloc, which the server has as its global allocator.

mod suite;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

criterion::criterion_main!(suite::benches);
