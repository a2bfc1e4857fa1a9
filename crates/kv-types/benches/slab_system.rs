//! The slab against the system's allocator.

mod suite;

criterion::criterion_main!(suite::benches);
