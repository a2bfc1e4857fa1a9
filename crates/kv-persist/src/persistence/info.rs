//! What `INFO` says about what is on disk, under the names that Redis has for it.

use std::sync::{Arc, Weak};

use kv_store::InfoSource;

use super::Shared;
use super::chores::{Record, Work};
use crate::log::Health;

type Lines = Vec<(&'static str, String)>;

/// The lines of the section `persistence`.
pub(super) fn source(shared: &Arc<Shared>) -> InfoSource {
    // The store has this source, and is itself what `shared` has.
    let shared = Arc::downgrade(shared);
    let fields = move || Weak::upgrade(&shared).map(|shared| lines(&shared)).unwrap_or_default();
    InfoSource { section: "persistence", fields: Box::new(fields) }
}

fn lines(shared: &Shared) -> Lines {
    let (state, now) = (shared.chores.state(), shared.now_s());
    let since = |work| match state.running {
        Some((running, began)) if running == work => now.saturating_sub(began).to_string(),
        _ => "-1".to_owned(),
    };
    let mut lines = vec![
        ("rdb_changes_since_last_save", shared.changes_since(&state).to_string()),
        ("rdb_bgsave_in_progress", flag(state.is_busy_with(Work::Save))),
        ("rdb_last_save_time", state.last_save.to_string()),
        ("rdb_last_bgsave_status", status(state.save.is_ok)),
        ("rdb_last_bgsave_time_sec", took(&state.save)),
        ("rdb_current_bgsave_time_sec", since(Work::Save)),
        ("rdb_saves", state.save.count.to_string()),
    ];
    let log = shared.journal.log().map(|log| log.status());
    let is_running = |work| state.running.is_some_and(|(running, _)| running == work);
    lines.extend([
        ("aof_enabled", flag(log.is_some())),
        ("aof_rewrite_in_progress", flag(is_running(Work::Rewrite))),
        ("aof_rewrite_scheduled", flag(state.rewrite.is_wanted)),
        ("aof_last_rewrite_time_sec", took(&state.rewrite)),
        ("aof_current_rewrite_time_sec", since(Work::Rewrite)),
        ("aof_last_bgrewrite_status", status(state.rewrite.is_ok)),
        ("aof_rewrites", state.rewrite.count.to_string()),
    ]);
    if let Some(log) = log {
        let is_ok = matches!(log.health, Health::Good | Health::Starting);
        lines.extend([
            ("aof_last_write_status", status(is_ok)),
            ("aof_current_size", (log.base_bytes + log.log_bytes).to_string()),
            ("aof_base_size", log.base_bytes.to_string()),
            ("aof_buffer_length", log.pending().to_string()),
            ("aof_appended_bytes", log.appended.to_string()),
            ("aof_kept_bytes", log.kept.to_string()),
            ("aof_fsyncs", log.syncs.to_string()),
        ]);
    }
    if shared.store.is_loading() {
        let (loading, total) = (state.loading, state.loading.total.unwrap_or(0));
        let percent = 100.0 * loading.bytes as f64 / total.max(1) as f64;
        lines.extend([
            ("loading_start_time", state.loading_since.to_string()),
            ("loading_total_bytes", total.to_string()),
            ("loading_loaded_bytes", loading.bytes.to_string()),
            ("loading_loaded_perc", format!("{percent:.2}")),
            ("loading_loaded_keys", loading.keys.to_string()),
        ]);
    }
    lines
}

fn flag(is: bool) -> String {
    u8::from(is).to_string()
}

fn status(is_ok: bool) -> String {
    if is_ok { "ok" } else { "err" }.to_owned()
}

fn took(record: &Record) -> String {
    record.took_s.map_or_else(|| "-1".to_owned(), |seconds| seconds.to_string())
}
