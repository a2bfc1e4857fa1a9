//! Settings of what keeps the data on disk. A store that nobody keeps on disk is in memory only, and lets
//! none of them be changed.

use super::{Setting, SettingKind};

macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $kind:expr, $default:literal, $mutable:literal, $about:literal;)*) => {
        $($(#[$doc])* pub static $name: Setting = Setting {
            name: $text, kind: $kind, default: $default, mutable: $mutable, doc: $about,
        };)*
        /// All of them.
        pub static PERSISTENCE_SETTINGS: &[&Setting] = &[$(&$name),*];
    };
}

settings! {
    /// Where the files are.
    DIR = "dir", SettingKind::Text, "", false,
        "Directory of the log and the snapshots, or of a Redis server's; without one, data is in memory only";
    /// Whether changes are logged.
    APPENDONLY = "appendonly", SettingKind::Bool, "no", true,
        "Whether changes are logged, so that they outlive the process; yes by default where there is a dir";
    /// When the log is synced.
    APPENDFSYNC = "appendfsync", SettingKind::Choice(&["always", "everysec", "no"]), "everysec", true,
        "When the log is on the disk: before a change is acknowledged, within a second, when the system likes";
    /// Where in the directory the log is.
    APPENDDIRNAME = "appenddirname", SettingKind::Checked(file_name), "appendonlydir", false,
        "Folder of the log, in the dir";
    /// Whether a log may end within an entry.
    AOF_LOAD_TRUNCATED = "aof-load-truncated", SettingKind::Bool, "yes", true,
        "Whether a log whose end a crash has torn is loaded, without what is not whole";
    /// When the log is rewritten.
    AUTO_AOF_REWRITE_PERCENTAGE = "auto-aof-rewrite-percentage", SettingKind::Int(0..=1_000_000), "100", true,
        "Growth of the log since it was last rewritten, in percent, at which it is rewritten; 0 is never";
    /// When the log is rewritten.
    AUTO_AOF_REWRITE_MIN_SIZE = "auto-aof-rewrite-min-size", SettingKind::Bytes(0..=i64::MAX), "64mb", true,
        "Bytes that a log has at least before it is rewritten by itself";
    /// The snapshot's name.
    DBFILENAME = "dbfilename", SettingKind::Checked(file_name), "dump.rdb", false,
        "Name of the snapshot in the dir";
    /// When snapshots are taken.
    SAVE = "save", SettingKind::Checked(rules), "", true,
        "When snapshots are taken: pairs of seconds and changes, as in `3600 1 300 100`; none if it is empty";
    /// Whether a failed snapshot stops writes.
    STOP_WRITES_ON_BGSAVE_ERROR = "stop-writes-on-bgsave-error", SettingKind::Bool, "yes", true,
        "Whether writes are refused while snapshots are taken by rules and the last one has failed";
}

/// Pairs of seconds and changes, as `save` has them.
pub fn save_rules(text: &str) -> Option<Vec<(u64, u64)>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (pairs, []) = words.as_chunks::<2>() else { return None };
    let rule = |[seconds, changes]: &[&str; 2]| {
        let seconds = seconds.parse().ok().filter(|seconds| *seconds >= 1)?;
        Some((seconds, changes.parse().ok()?))
    };
    pairs.iter().map(rule).collect()
}

/// Not a path: a client that may change settings must not choose what is overwritten.
fn file_name(text: &str) -> Result<String, &'static str> {
    match text {
        "" | "." | ".." => Err("a file's name is needed"),
        _ if text.contains(['/', '\\', '\0']) => Err("it can't be a path, just a filename"),
        _ => Ok(text.to_owned()),
    }
}

fn rules(text: &str) -> Result<String, &'static str> {
    let rules = save_rules(text).ok_or("Invalid save parameters")?;
    let rules: Vec<String> =
        rules.iter().map(|(seconds, changes)| format!("{seconds} {changes}")).collect();
    Ok(rules.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_saves() {
        assert_eq!(save_rules(""), Some(vec![]));
        assert_eq!(save_rules(" 3600 1  300 100 "), Some(vec![(3600, 1), (300, 100)]));
        for wrong in ["1", "x 1", "0 1", "1 -1", "1 2 3"] {
            assert_eq!(save_rules(wrong), None, "{wrong}");
        }
        assert_eq!(rules(" 60  5"), Ok("60 5".to_owned()));
    }

    #[test]
    fn names_are_no_paths() {
        assert!(file_name("dump.rdb").is_ok());
        for wrong in ["", "..", "/etc/cron.d/x", "a/b"] {
            assert!(file_name(wrong).is_err(), "{wrong}");
        }
    }
}
