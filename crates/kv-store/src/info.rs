//! What `INFO` shows: the engine's own sections, and the lines that a program adds to them.

use std::fmt::{Display, Write};

use crate::Store;
use crate::settings::{MAXMEMORY, MAXMEMORY_POLICY};
use crate::stats::Count;

/// The version of Redis whose commands this store answers like. Clients read it from `INFO` and
/// `HELLO` and decide by it what they may send.
pub const REDIS_VERSION: &str = "7.2.4";

/// The version of this store.
pub(crate) const KV_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Lines that a program adds to a section of `INFO`, new or existing.
pub struct InfoSource {
    /// The section, as in `server`; a new name makes a new section.
    pub section: &'static str,
    /// Gives the lines, a name and a value each, whenever the section is shown.
    pub fields: InfoFields,
}

/// Gives the lines of an [`InfoSource`].
pub type InfoFields = Box<dyn Fn() -> Vec<(&'static str, String)> + Send + Sync>;

/// Which sections are asked for.
pub(crate) struct Wanted {
    names: Vec<Vec<u8>>,
}

impl Wanted {
    /// The sections of these names, in any case; all of them where there is no name.
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a [u8]>) -> Wanted {
        Wanted { names: names.map(<[u8]>::to_ascii_lowercase).collect() }
    }

    /// Whether the section of this name is asked for. All sections are shown by default.
    fn has(&self, section: &str) -> bool {
        let asks = |name: &Vec<u8>| match &**name {
            b"default" | b"all" | b"everything" => true,
            name => name == section.as_bytes(),
        };
        self.names.is_empty() || self.names.iter().any(asks)
    }
}

/// Writes the lines that the engine knows of a section.
type Fields = fn(&Store, u64, &mut Lines);

/// The sections in the order they are shown: their names, their titles, what the engine knows.
const SECTIONS: [(&str, &str, Option<Fields>); 9] = [
    ("server", "Server", Some(server)),
    ("clients", "Clients", Some(clients)),
    ("memory", "Memory", Some(memory)),
    ("persistence", "Persistence", Some(persistence)),
    ("stats", "Stats", Some(stats)),
    ("replication", "Replication", Some(replication)),
    ("cpu", "CPU", None),
    ("cluster", "Cluster", Some(cluster)),
    ("keyspace", "Keyspace", Some(keyspace)),
];

/// The text of `INFO` at `now`, in Unix microseconds.
pub(crate) fn report(store: &Store, now: u64, wanted: &Wanted) -> String {
    let mut lines = Lines(String::new());
    let sources = store.info_sources.read();
    for (name, title, fields) in SECTIONS {
        let mut added = sources.iter().filter(|source| source.section == name).peekable();
        if wanted.has(name) && (fields.is_some() || added.peek().is_some()) {
            lines.title(title);
            fields.inspect(|fields| fields(store, now, &mut lines));
            added.for_each(|source| lines.source(source));
        }
    }
    let is_known = |section: &str| SECTIONS.iter().any(|(name, ..)| *name == section);
    let mut shown: Vec<&str> = Vec::new();
    for InfoSource { section, .. } in sources.iter() {
        if wanted.has(section) && !is_known(section) && !shown.contains(section) {
            shown.push(section);
            lines.title(section);
            let same = sources.iter().filter(|source| source.section == *section);
            same.for_each(|source| lines.source(source));
        }
    }
    lines.0
}

/// The text as it grows; every line ends in CR LF.
struct Lines(String);

impl Lines {
    fn title(&mut self, title: &str) {
        let gap = if self.0.is_empty() { "" } else { "\r\n" };
        // Writing to a String cannot fail, here and below.
        let _ = write!(self.0, "{gap}# {title}\r\n");
    }

    fn put(&mut self, name: impl Display, value: impl Display) {
        let _ = write!(self.0, "{name}:{value}\r\n");
    }

    /// A number of bytes, and the same for people.
    fn bytes(&mut self, name: &str, bytes: u64) {
        self.put(name, bytes);
        self.put(format_args!("{name}_human"), Human(bytes));
    }

    fn source(&mut self, source: &InfoSource) {
        (source.fields)().into_iter().for_each(|(name, value)| self.put(name, value));
    }
}

/// A number of bytes in the largest unit that leaves something before the point.
struct Human(u64);

impl Display for Human {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 < 1024 {
            return write!(f, "{}B", self.0);
        }
        let (mut size, mut units) = (self.0 as f64 / 1024.0, "KMGTPE".chars());
        let mut unit = units.next();
        while size >= 1024.0 {
            (size, unit) = (size / 1024.0, units.next());
        }
        write!(f, "{size:.2}{}", unit.unwrap_or_default())
    }
}

fn server(store: &Store, now: u64, lines: &mut Lines) {
    let uptime = now.saturating_sub(store.started_us) / 1_000_000;
    lines.put("redis_version", REDIS_VERSION);
    lines.put("kv_version", KV_VERSION);
    lines.put("redis_mode", "standalone");
    lines.put("arch_bits", usize::BITS);
    lines.put("run_id", &store.run_id);
    lines.put("server_time_usec", now);
    lines.put("uptime_in_seconds", uptime);
    lines.put("uptime_in_days", uptime / (24 * 3600));
}

fn clients(store: &Store, _now: u64, lines: &mut Lines) {
    lines.put("connected_clients", store.client_count());
    lines.put("blocked_clients", 0);
}

fn memory(store: &Store, _now: u64, lines: &mut Lines) {
    let used = store.used_memory();
    let settings = store.settings();
    lines.bytes("used_memory", used);
    lines.bytes("used_memory_peak", store.peak_memory());
    let slab = kv_types::slab::stats();
    lines.put("slab_reserved_bytes", slab.reserved);
    lines.put("slab_live_bytes", slab.live);
    lines.bytes("maxmemory", settings.number(&MAXMEMORY) as u64);
    lines.put("maxmemory_policy", settings.text(&MAXMEMORY_POLICY));
}

/// Who keeps the data on disk, if anybody does, adds more.
fn persistence(store: &Store, _now: u64, lines: &mut Lines) {
    lines.put("loading", u8::from(store.is_loading()));
    lines.put("async_loading", 0);
    if store.keeper().is_none() {
        lines.put("rdb_bgsave_in_progress", 0);
        lines.put("aof_enabled", 0);
    }
}

fn stats(store: &Store, _now: u64, lines: &mut Lines) {
    let stats = store.stats();
    lines.put("total_connections_received", stats.get(Count::Connections));
    lines.put("total_commands_processed", stats.get(Count::Commands));
    lines.put("total_net_input_bytes", stats.get(Count::NetInput));
    lines.put("total_net_output_bytes", stats.get(Count::NetOutput));
    lines.put("rejected_connections", stats.get(Count::Rejected));
    lines.put("expired_keys", stats.get(Count::Expired));
    lines.put("evicted_keys", 0);
    lines.put("keyspace_hits", stats.get(Count::Hits));
    lines.put("keyspace_misses", stats.get(Count::Misses));
    lines.put("pubsub_channels", 0);
    lines.put("pubsub_patterns", 0);
    lines.put("total_error_replies", stats.get(Count::Errors));
    lines.put("total_keyspace_changes", stats.get(Count::Changes));
    lines.put("client_output_buffer_limit_disconnections", stats.get(Count::OutputCut));
}

fn replication(_store: &Store, _now: u64, lines: &mut Lines) {
    lines.put("role", "master");
    lines.put("connected_slaves", 0);
    lines.put("master_repl_offset", 0);
}

fn cluster(_store: &Store, _now: u64, lines: &mut Lines) {
    lines.put("cluster_enabled", 0);
}

fn keyspace(store: &Store, _now: u64, lines: &mut Lines) {
    for db in 0..store.keyspace.len() {
        let totals = store.keyspace.totals(db);
        if totals.keys > 0 {
            let (keys, expires) = (totals.keys, totals.expiring);
            lines.put(
                format_args!("db{db}"),
                format_args!("keys={keys},expires={expires},avg_ttl=0"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(store: &Store, names: &[&str]) -> String {
        report(store, store.started_us, &Wanted::new(names.iter().map(|name| name.as_bytes())))
    }

    #[test]
    fn bytes_for_people() {
        let texts = [(0, "0B"), (1023, "1023B"), (1024, "1.00K"), (1118296, "1.07M")];
        for (bytes, text) in texts {
            assert_eq!(Human(bytes).to_string(), text);
        }
        assert_eq!(Human(u64::MAX).to_string(), "16.00E");
    }

    #[test]
    fn sections_are_chosen_by_name_and_come_in_their_own_order() {
        let store = Store::builder().build();
        let titles = |names: &[&str]| -> Vec<String> {
            let text = text(&store, names);
            text.split("\r\n").filter(|l| l.starts_with('#')).map(str::to_owned).collect()
        };
        assert_eq!(titles(&["KEYSPACE", "Cluster", "nope"]), ["# Cluster", "# Keyspace"]);
        assert_eq!(
            text(&store, &["cluster", "keyspace"]),
            "# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\n"
        );
        assert_eq!(text(&store, &["nope"]), "");
        assert_eq!(titles(&[]).len(), SECTIONS.len() - 1);
        assert_eq!(titles(&["cpu", "all"]), titles(&[]));
        assert_eq!(titles(&["cpu"]), [""; 0]);
    }

    #[test]
    fn sources_add_lines_and_sections() {
        let store = Store::builder().build();
        for (section, name) in [("cpu", "used_cpu_user"), ("wal", "first"), ("wal", "second")] {
            let fields = Box::new(move || vec![(name, "1".to_owned())]);
            store.add_info(InfoSource { section, fields });
        }
        assert_eq!(
            text(&store, &["wal", "cpu"]),
            "# CPU\r\nused_cpu_user:1\r\n\r\n# wal\r\nfirst:1\r\nsecond:1\r\n"
        );
    }
}
