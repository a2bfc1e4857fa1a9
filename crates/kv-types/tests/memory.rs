//! What records cost, and that it comes back, by the slab's own account.
//!
//! One test alone in its process: the slab is the process's, and so are its counts.

use kv_types::{Kind, Record, slab};

fn records(count: usize, value: &[u8]) -> Vec<Record> {
    let key = |at: usize| format!("key:{at:012}").into_bytes();
    (0..count).map(|at| Record::new(&key(at), Kind::String, value, None)).collect()
}

#[test]
fn records_cost_what_they_say_and_their_memory_returns() {
    const COUNT: usize = 200_000;
    for (value, size) in [(16, 40), (64, 88)] {
        let mut all = records(COUNT, &vec![b'v'; value]);
        assert_eq!(all.iter().map(Record::memory).sum::<usize>(), COUNT * size);
        let full = slab::stats();
        // Less than 1 % on top, and at most one chunk that is not full.
        assert!(full.spans < COUNT * size / 100 * 101 + (64 << 10), "{full:?}");
        assert!(full.reserved < full.spans + (2 << 20), "{full:?}");

        // Freed in the order of a hash table, which is none, and for the most part by others.
        fastrand::Rng::with_seed(1).shuffle(&mut all);
        let mut parts: Vec<Vec<Record>> = Vec::new();
        while !all.is_empty() {
            parts.push(all.split_off(all.len() - all.len().min(COUNT / 4)));
        }
        let mine = parts.pop();
        parts.into_iter().for_each(|part| {
            std::thread::spawn(move || drop(part)).join().expect("dropping does not panic");
        });
        drop(mine);
        slab::collect();
        assert_eq!(slab::stats(), slab::Stats { reserved: 0, spans: 0, live: 0 });
    }
}
