//! Prints what two million records take in resident memory, and what is left when they are gone.
//!
//! The first round includes what the process's allocator sets up once.
//!
//! `cargo run --release -p kv-types --example resident`, on Linux.

use kv_types::{Kind, Record, slab};

const COUNT: usize = 2_000_000;

/// Resident memory of this process, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux has it");
    let kib = line.split_ascii_whitespace().nth(1).and_then(|number| number.parse::<usize>().ok());
    kib.expect("the line has a number") << 10
}

fn main() {
    // What the first record, line and measurement take, once, is not counted.
    let first = Record::new(b"key", Kind::String, b"value", None);
    println!("a record of {} bytes first; resident: {} KiB", first.memory(), resident() >> 10);
    for value in [64, 16, 64] {
        // The table is touched before, so that only records are counted.
        let mut records: Vec<Option<Record>> = Vec::new();
        records.resize_with(COUNT, || None);
        let before = resident();
        let bytes = vec![b'v'; value];
        for (at, slot) in records.iter_mut().enumerate() {
            let key = format!("key:{at:012}");
            *slot = Some(Record::new(key.as_bytes(), Kind::String, &bytes, None));
        }
        let taken = resident() - before;
        let said: usize = records.iter().flatten().map(Record::memory).sum();
        println!("records of {} bytes:", said / COUNT);
        println!("  resident per record      {:.2}", taken as f64 / COUNT as f64);
        println!("  above what they say      {:.2} %", 100.0 * (taken as f64 / said as f64 - 1.0));
        println!("  slab, full               {:?}", slab::stats());
        fastrand::Rng::with_seed(1).shuffle(&mut records);
        records.iter_mut().for_each(|slot| *slot = None);
        println!("  slab, all freed          {:?}", slab::stats());
        println!(
            "  resident, all freed      {} KiB more",
            (resident() - before.min(resident())) >> 10
        );
        slab::collect();
        println!("  slab, collected          {:?}", slab::stats());
        println!(
            "  resident, collected      {} KiB more",
            (resident() - before.min(resident())) >> 10
        );
    }
}
