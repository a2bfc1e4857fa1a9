//! Keyed hashes of keys, the one in use first: what its choice rests on (docs/ARCHITECTURE.md).
//! `cargo bench -p kv-store --bench hash`.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Keys hashed in one iteration.
const KEYS: usize = 1024;

fn one(build: &impl BuildHasher, key: &[u8]) -> u64 {
    let mut hasher = build.build_hasher();
    hasher.write(key);
    hasher.finish()
}

fn hashes(c: &mut Criterion) {
    let ahash = ahash::RandomState::with_seeds(1, 2, 3, 4);
    let foldhash = foldhash::quality::RandomState::default();
    let siphash = RandomState::new();
    for length in [8, 16, 40, 200] {
        let keys: Vec<Vec<u8>> = (0..KEYS).map(|n| format!("{n:0>length$}").into_bytes()).collect();
        let mut group = c.benchmark_group(format!("hash-{length}"));
        group.throughput(Throughput::Elements(KEYS as u64));
        let mut run = |name: &str, hash: &dyn Fn(&[Vec<u8>]) -> u64| {
            group.bench_function(name, |b| b.iter(|| hash(black_box(&keys))));
        };
        run("ahash", &|keys| keys.iter().fold(0, |sum, key| sum ^ one(&ahash, key)));
        run("foldhash", &|keys| keys.iter().fold(0, |sum, key| sum ^ one(&foldhash, key)));
        run("siphash-1-3", &|keys| keys.iter().fold(0, |sum, key| sum ^ one(&siphash, key)));
        group.finish();
    }
}

criterion_group!(benches, hashes);
criterion_main!(benches);
