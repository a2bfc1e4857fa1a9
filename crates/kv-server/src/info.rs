//! What the transport and the process add to `INFO`.

use kv_protocol::Protocol;
use kv_store::InfoSource;

use crate::Address;

/// The lines of section `server` that only the transport knows.
pub(crate) fn server(addresses: Vec<Address>, workers: usize) -> InfoSource {
    let fields = move || {
        let mut fields = vec![
            ("process_id", std::process::id().to_string()),
            ("os", std::env::consts::OS.to_owned()),
            ("io_threads", workers.to_string()),
            ("multiplexing_api", "tokio".to_owned()),
        ];
        // Who reads this is a Redis client: its port is that of the Redis dialect, if there is one.
        let redis = addresses.iter().find(|address| address.home == Protocol::Resp2);
        if let Some(address) = redis.or(addresses.first()) {
            fields.push(("tcp_port", address.socket.port().to_string()));
        }
        let listeners: Vec<String> = addresses.iter().map(Address::to_string).collect();
        fields.push(("listeners", listeners.join(", ")));
        fields
    };
    InfoSource { section: "server", fields: Box::new(fields) }
}

/// The lines of section `memory` that the process knows: its allocator, bytes of resident memory.
pub(crate) fn memory() -> InfoSource {
    let fields = || {
        // Records lie in the engine's slab; all else comes from the allocator of the program, which
        // for ours is the system's.
        let mut fields = vec![("mem_allocator", "libc".to_owned())];
        if let Some(bytes) = resident_bytes() {
            fields.push(("used_memory_rss", bytes.to_string()));
        }
        fields
    };
    InfoSource { section: "memory", fields: Box::new(fields) }
}

/// Section `cpu`: seconds this process has run, where `/proc` tells it.
pub(crate) fn cpu() -> InfoSource {
    let fields = || match cpu_ticks() {
        Some((user, system)) => {
            let second = rustix::param::clock_ticks_per_second() as f64;
            let seconds = |ticks: u64| format!("{:.6}", ticks as f64 / second);
            vec![("used_cpu_sys", seconds(system)), ("used_cpu_user", seconds(user))]
        }
        None => vec![],
    };
    InfoSource { section: "cpu", fields: Box::new(fields) }
}

/// Clock ticks this process has run in user and in system mode.
fn cpu_ticks() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the name in brackets, and may hold spaces; user time is the 14th field.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Resident memory of this process, where `/proc` tells it.
fn resident_bytes() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size())
}
