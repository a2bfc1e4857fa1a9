//! Measures how long a snapshot takes to load, or writes one to measure with:
//!
//! ```text
//! load FILE [threads]           loads a snapshot, or the append-only file of a Redis, into a fresh store
//! load --write FILE keys        writes one of keys of 16 bytes with strings of 64 bytes
//! ```

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::time::Instant;

use kv_persist::aof;
use kv_persist::rdb::{Options, Writer, load_file};
use kv_store::{Ended, Store, rdb};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--write", file, keys] => write(Path::new(file), keys.parse()?),
        [file] => load(Path::new(file), 2),
        [file, threads] => load(Path::new(file), threads.parse()?),
        _ => Err("load FILE [threads] or load --write FILE keys".into()),
    }
}

fn load(file: &Path, threads: usize) -> Result<(), Box<dyn Error>> {
    let store = Store::builder().build();
    let options = Options { threads, ended: Ended::Drop };
    let began = Instant::now();
    let (found, keys) = match file.extension().is_some_and(|extension| extension == "aof") {
        true => {
            let options = aof::Options { threads, allow_torn: true };
            let found = aof::load(&[file.to_owned()], &store, options, &mut |_| ())?;
            (found.to_string(), found.commands)
        }
        false => {
            let found = load_file(file, &store, options, &mut |_| ())?;
            (found.to_string(), found.keys())
        }
    };
    let took = began.elapsed().as_secs_f64();
    print!("{found}");
    println!("{took:.3} s with {threads} threads");
    println!("{:.1} million keys or commands/s", keys as f64 / took / 1e6);
    println!("{} MB used", store.used_memory() >> 20);
    Ok(())
}

fn write(file: &Path, keys: u64) -> Result<(), Box<dyn Error>> {
    let mut writer = Writer::begin(File::create(file)?, rdb::Code::String.version(), &[])?;
    writer.database(0, keys, 0)?;
    let mut entries = rdb::Writer::new(Vec::new(), false);
    for n in 0..keys {
        // Text that no compression makes shorter by much.
        let value: String = (0..4)
            .map(|part| format!("{:016x}", (n * 4 + part).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .collect();
        let key = format!("key:{n:012}");
        rdb::Entry::keyed(&mut entries, key.as_bytes()).string(value.as_bytes());
        if n % 1024 == 0 {
            writer.entries(entries.get_mut())?;
            entries.get_mut().clear();
        }
    }
    writer.entries(entries.get_mut())?;
    let (_, len) = writer.finish()?;
    println!("{len} bytes");
    Ok(())
}
