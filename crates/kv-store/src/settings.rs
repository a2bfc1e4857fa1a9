//! The settings table: what can be set, to what, and what it is set to now.
//!
//! A setting is declared once, as a [`Setting`]. From the declaration come `CONFIG GET` and
//! `CONFIG SET`, and, in the server, the command line flag, the environment variable and the line
//! of the config file.

mod persistence;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use kv_types::{Limits, Packed, glob, integer};
use parking_lot::{Mutex, RwLock};

pub use persistence::*;

/// A setting as it is declared.
#[derive(Debug)]
pub struct Setting {
    /// Its name, as in `proto-max-bulk-len`. Where Redis has the same, its name is ours.
    pub name: &'static str,
    /// What values it takes.
    pub kind: SettingKind,
    /// Its value when nobody sets it.
    pub default: &'static str,
    /// Whether `CONFIG SET` may change it while the store runs.
    pub mutable: bool,
    /// One sentence on what it does, units included.
    pub doc: &'static str,
}

/// What values a setting takes.
#[derive(Clone, Debug)]
pub enum SettingKind {
    /// `yes` or `no`.
    Bool,
    /// An integer in a range.
    Int(RangeInclusive<i64>),
    /// A number of bytes in a range, with an optional unit: `512mb`, `1gb`, `64k`.
    Bytes(RangeInclusive<i64>),
    /// One of these words, in any case.
    Choice(&'static [&'static str]),
    /// Any text.
    Text,
    /// What this function takes, and how it prints it.
    Checked(fn(&str) -> Result<String, &'static str>),
}

/// Why a setting was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// No setting has this name.
    #[error("Unknown option or number of arguments for CONFIG SET - '{0}'")]
    Unknown(String),
    /// It cannot be changed while the store runs.
    #[error("can't set immutable config")]
    Immutable,
    /// It is set twice in one change.
    #[error("duplicate parameter")]
    Duplicate,
    /// The value is not one the setting takes; the text says what is.
    #[error("{0}")]
    Invalid(String),
}

/// The longest string and argument, in bytes.
pub static PROTO_MAX_BULK_LEN: Setting = Setting {
    name: "proto-max-bulk-len",
    kind: SettingKind::Bytes(1 << 20..=i32::MAX as i64),
    default: "512mb",
    mutable: true,
    doc: "Longest string that an argument or a value may be, in bytes",
};
/// The number of databases.
pub static DATABASES: Setting = Setting {
    name: "databases",
    kind: SettingKind::Int(1..=1024),
    default: "16",
    mutable: false,
    doc: "Number of databases that SELECT chooses from",
};
/// Whether dumps are compressed.
pub static RDBCOMPRESSION: Setting = Setting {
    name: "rdbcompression",
    kind: SettingKind::Bool,
    default: "yes",
    mutable: true,
    doc: "Whether strings of more than 20 bytes are compressed in what DUMP returns and in snapshots",
};
/// Bytes that the data may take: there is no limit yet.
pub static MAXMEMORY: Setting = Setting {
    name: "maxmemory",
    kind: SettingKind::Bytes(0..=0),
    default: "0",
    mutable: true,
    doc: "Most bytes that the data may take; 0 is no limit, and nothing else is known yet",
};
/// What is removed when memory is short: nothing.
pub static MAXMEMORY_POLICY: Setting = Setting {
    name: "maxmemory-policy",
    kind: SettingKind::Choice(&["noeviction"]),
    default: "noeviction",
    mutable: true,
    doc: "Which keys are removed when maxmemory is reached: none",
};
/// When a HyperLogLog's registers become dense.
pub static HLL_SPARSE_MAX_BYTES: Setting = Setting {
    name: "hll-sparse-max-bytes",
    kind: SettingKind::Bytes(0..=i64::MAX),
    default: "3000",
    mutable: true,
    doc: "Longest HyperLogLog whose registers are sparse, in bytes; in longer ones they are dense",
};

/// A setting of the number of elements up to which a collection stays packed.
const fn packed(name: &'static str, default: &'static str, doc: &'static str) -> Setting {
    Setting { name, kind: SettingKind::Int(0..=i64::MAX), default, mutable: true, doc }
}

/// Pairs of a packed hash.
pub static HASH_MAX_LISTPACK_ENTRIES: Setting =
    packed("hash-max-listpack-entries", "512", "Most fields of a hash that is kept as a listpack");
/// Bytes of a field or value of a packed hash.
pub static HASH_MAX_LISTPACK_VALUE: Setting = packed(
    "hash-max-listpack-value",
    "64",
    "Longest field or value of a hash that is kept as a listpack, in bytes",
);
/// Members of a packed set of integers.
pub static SET_MAX_INTSET_ENTRIES: Setting =
    packed("set-max-intset-entries", "512", "Most members of a set that is kept as integers");
/// Members of a packed set.
pub static SET_MAX_LISTPACK_ENTRIES: Setting =
    packed("set-max-listpack-entries", "128", "Most members of a set that is kept as a listpack");
/// Bytes of a member of a packed set.
pub static SET_MAX_LISTPACK_VALUE: Setting = packed(
    "set-max-listpack-value",
    "64",
    "Longest member of a set that is kept as a listpack, in bytes",
);
/// Members of a packed sorted set.
pub static ZSET_MAX_LISTPACK_ENTRIES: Setting = packed(
    "zset-max-listpack-entries",
    "128",
    "Most members of a sorted set that is kept as a listpack",
);
/// Bytes of a member of a packed sorted set.
pub static ZSET_MAX_LISTPACK_VALUE: Setting = packed(
    "zset-max-listpack-value",
    "64",
    "Longest member of a sorted set that is kept as a listpack, in bytes",
);
/// Size of a packed list.
pub static LIST_MAX_LISTPACK_SIZE: Setting = Setting {
    name: "list-max-listpack-size",
    kind: SettingKind::Int(i32::MIN as i64..=i32::MAX as i64),
    default: "-2",
    mutable: true,
    doc: "Most elements of a list that is kept as one listpack; -1 to -5 are 4, 8, 16, 32 and 64 KiB",
};

/// Who may run `DEBUG`.
pub static ENABLE_DEBUG_COMMAND: Setting = Setting {
    name: "enable-debug-command",
    kind: SettingKind::Bool,
    default: "no",
    mutable: false,
    doc: "Whether clients may run DEBUG, which tests reach into the server with",
};

/// The settings of the engine itself.
pub static ENGINE_SETTINGS: &[&Setting] = &[
    &PROTO_MAX_BULK_LEN,
    &DATABASES,
    &DIR,
    &APPENDONLY,
    &APPENDFSYNC,
    &APPENDDIRNAME,
    &AOF_LOAD_TRUNCATED,
    &AUTO_AOF_REWRITE_PERCENTAGE,
    &AUTO_AOF_REWRITE_MIN_SIZE,
    &DBFILENAME,
    &SAVE,
    &STOP_WRITES_ON_BGSAVE_ERROR,
    &RDBCOMPRESSION,
    &MAXMEMORY,
    &MAXMEMORY_POLICY,
    &HLL_SPARSE_MAX_BYTES,
    &ENABLE_DEBUG_COMMAND,
    &HASH_MAX_LISTPACK_ENTRIES,
    &HASH_MAX_LISTPACK_VALUE,
    &LIST_MAX_LISTPACK_SIZE,
    &SET_MAX_INTSET_ENTRIES,
    &SET_MAX_LISTPACK_ENTRIES,
    &SET_MAX_LISTPACK_VALUE,
    &ZSET_MAX_LISTPACK_ENTRIES,
    &ZSET_MAX_LISTPACK_VALUE,
];

/// The limits of packed collections, as a session knows them.
#[derive(Debug)]
pub(crate) struct CachedLimits {
    /// The settings' generation that they were read at.
    generation: Option<u64>,
    limits: Limits,
}

impl Default for CachedLimits {
    fn default() -> CachedLimits {
        CachedLimits { generation: None, limits: Limits::DEFAULT }
    }
}

impl CachedLimits {
    /// The limits, read anew if a setting has changed.
    #[inline]
    pub(crate) fn get(&mut self, settings: &Settings) -> &Limits {
        let generation = Some(settings.generation());
        if self.generation != generation {
            *self = CachedLimits { generation, limits: settings.limits() };
        }
        &self.limits
    }
}

/// All settings of a store, with their values.
#[derive(Debug)]
pub struct Settings {
    rows: BTreeMap<&'static str, Row>,
    generation: AtomicU64,
    changing: Mutex<()>,
}

#[derive(Debug)]
struct Row {
    setting: &'static Setting,
    /// The value as `CONFIG GET` prints it.
    text: RwLock<String>,
    /// The value of a number or of a yes (1) or no (0); 0 for others.
    number: AtomicI64,
}

impl Settings {
    /// The engine's settings and `more`, all at their defaults.
    pub fn new(more: &[&'static Setting]) -> Settings {
        let rows = ENGINE_SETTINGS.iter().chain(more).map(|&setting| {
            let (text, number) = setting.kind.parse(setting.default).expect("a default is valid");
            (setting.name, Row { setting, text: RwLock::new(text), number: AtomicI64::new(number) })
        });
        Settings { rows: rows.collect(), generation: AtomicU64::new(0), changing: Mutex::new(()) }
    }

    /// Every setting with its value as text, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Setting, String)> + '_ {
        self.rows.values().map(|row| (row.setting, row.text.read().clone()))
    }

    /// The value of a number, of bytes, or of a yes (1) or no (0).
    ///
    /// # Panics
    /// If the setting was not registered with this store.
    pub fn number(&self, setting: &Setting) -> i64 {
        self.row(setting).number.load(Ordering::Relaxed)
    }

    /// The value as `CONFIG GET` prints it.
    ///
    /// # Panics
    /// If the setting was not registered with this store.
    pub fn text(&self, setting: &Setting) -> String {
        self.row(setting).text.read().clone()
    }

    /// The settings that any of `patterns` names, each once, with their values: those of globs under
    /// their own name, those named in full under the name as it was written.
    pub fn matching<'p>(&self, patterns: &[&'p str]) -> Vec<(Cow<'p, str>, String)> {
        let mut found = BTreeMap::new();
        for &pattern in patterns {
            let folded = pattern.to_ascii_lowercase();
            if pattern.contains(['*', '?', '[']) {
                for row in self.rows.values() {
                    let name = row.setting.name;
                    if glob::matches(folded.as_bytes(), name.as_bytes()) {
                        found.entry(name).or_insert((Cow::Borrowed(name), row));
                    }
                }
            } else if let Some(row) = self.rows.get(folded.as_str()) {
                found.entry(row.setting.name).or_insert((Cow::Borrowed(pattern), row));
            }
        }
        found.into_values().map(|(name, row)| (name, row.text.read().clone())).collect()
    }

    /// The limits of packed collections.
    #[cold]
    pub(crate) fn limits(&self) -> Limits {
        // No negative number is let in.
        let count = |setting| self.number(setting) as usize;
        let packed = |entries, bytes| Packed { entries: count(entries), bytes: count(bytes) };
        Limits {
            hash: packed(&HASH_MAX_LISTPACK_ENTRIES, &HASH_MAX_LISTPACK_VALUE),
            set: packed(&SET_MAX_LISTPACK_ENTRIES, &SET_MAX_LISTPACK_VALUE),
            set_ints: count(&SET_MAX_INTSET_ENTRIES),
            zset: packed(&ZSET_MAX_LISTPACK_ENTRIES, &ZSET_MAX_LISTPACK_VALUE),
            list: self.number(&LIST_MAX_LISTPACK_SIZE),
        }
    }

    fn row(&self, setting: &Setting) -> &Row {
        self.rows.get(setting.name).expect("a setting is registered before it is used")
    }

    /// Counts the changes made so far: a cached value is fresh while this number stays.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Sets a value before or at the start of a run; immutable settings may be set too.
    ///
    /// # Errors
    /// An unknown name, or a value that the setting does not take.
    pub fn init(&self, name: &str, value: &str) -> Result<(), SettingError> {
        let row = self.find(name)?;
        let (text, number) = row.setting.kind.parse(value)?;
        row.store(text, number);
        self.generation.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Changes several values while the store runs: all of them, or none and the name of the one
    /// that was refused (as it was given; if it is for its value, as it is declared).
    ///
    /// # Errors
    /// An unknown name, an immutable setting, one that is named twice, or a value that the setting
    /// does not take. All names are looked at before the first value is.
    pub fn change(&self, pairs: &[(&str, &str)]) -> Result<(), (String, SettingError)> {
        let refuse = |name: &str| {
            let name = name.to_owned();
            move |error| (name, error)
        };
        let mut rows: Vec<&Row> = Vec::with_capacity(pairs.len());
        for (name, _) in pairs {
            let row = self.find_mutable(name).map_err(refuse(name))?;
            if rows.iter().any(|before| std::ptr::eq(*before, row)) {
                return Err(refuse(name)(SettingError::Duplicate));
            }
            rows.push(row);
        }
        let mut parsed = Vec::with_capacity(pairs.len());
        for (row, (_, value)) in rows.iter().zip(pairs) {
            parsed.push(row.setting.kind.parse(value).map_err(refuse(row.setting.name))?);
        }
        let _one_at_a_time = self.changing.lock();
        for (row, (text, number)) in rows.into_iter().zip(parsed) {
            row.store(text, number);
        }
        self.generation.fetch_add(1, Ordering::Release);
        Ok(())
    }

    fn find_mutable(&self, name: &str) -> Result<&Row, SettingError> {
        let row = self.find(name)?;
        if row.setting.mutable { Ok(row) } else { Err(SettingError::Immutable) }
    }

    fn find(&self, name: &str) -> Result<&Row, SettingError> {
        let folded = name.to_ascii_lowercase();
        self.rows.get(folded.as_str()).ok_or_else(|| SettingError::Unknown(name.to_owned()))
    }
}

impl Row {
    fn store(&self, text: String, number: i64) {
        // Both under the one lock: of two changes, the last one sets both.
        let mut current = self.text.write();
        *current = text;
        self.number.store(number, Ordering::Relaxed);
    }
}

impl SettingKind {
    /// The value's text as it is printed, and its number.
    fn parse(&self, value: &str) -> Result<(String, i64), SettingError> {
        let invalid = |text: String| Err(SettingError::Invalid(text));
        let within = |number: Option<i64>, range: &RangeInclusive<i64>, what: &str| match number {
            Some(n) if range.contains(&n) => Ok((n.to_string(), n)),
            Some(_) => Err(SettingError::Invalid(format!(
                "argument must be between {} and {} inclusive",
                range.start(),
                range.end()
            ))),
            None => Err(SettingError::Invalid(what.to_owned())),
        };
        match self {
            SettingKind::Bool => match value.to_ascii_lowercase().as_str() {
                "yes" => Ok(("yes".to_owned(), 1)),
                "no" => Ok(("no".to_owned(), 0)),
                _ => invalid("argument must be 'yes' or 'no'".to_owned()),
            },
            SettingKind::Int(range) => within(
                integer::parse(value.as_bytes()),
                range,
                "argument couldn't be parsed into an integer",
            ),
            SettingKind::Bytes(range) => {
                within(parse_bytes(value), range, "argument must be a memory value")
            }
            SettingKind::Choice(words) => {
                match words.iter().find(|word| word.eq_ignore_ascii_case(value)) {
                    Some(word) => Ok(((*word).to_owned(), 0)),
                    None => invalid(format!(
                        "argument(s) must be one of the following: {}",
                        words.join(", ")
                    )),
                }
            }
            SettingKind::Text => Ok((value.to_owned(), 0)),
            SettingKind::Checked(check) => match check(value) {
                Ok(text) => Ok((text, 0)),
                Err(reason) => invalid(reason.to_owned()),
            },
        }
    }
}

/// A number of bytes with an optional unit: `k m g` count in thousands, `kb mb gb` in 1024s. No
/// digits at all are 0, as Redis has it.
fn parse_bytes(text: &str) -> Option<i64> {
    let folded = text.to_ascii_lowercase();
    let digits = folded.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &folded[digits.len()..] {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    let number = match digits {
        "" => 0,
        signed if signed.starts_with(['+', '-']) => return None,
        digits => digits.parse::<i64>().ok()?,
    };
    number.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked_and_printed_in_one_form() {
        let settings = Settings::new(&[]);
        assert_eq!(settings.number(&PROTO_MAX_BULK_LEN), 512 << 20);
        assert_eq!(settings.text(&PROTO_MAX_BULK_LEN), "536870912");
        settings.change(&[("PROTO-max-bulk-len", "2mb")]).expect("in range");
        assert_eq!(settings.number(&PROTO_MAX_BULK_LEN), 2 << 20);
        assert_eq!(settings.generation(), 1);
    }

    #[test]
    fn a_refused_pair_leaves_the_others_unset() {
        let settings = Settings::new(&[]);
        let pairs = [("proto-max-bulk-len", "1mb"), ("databases", "3")];
        assert_eq!(settings.change(&pairs), Err(("databases".to_owned(), SettingError::Immutable)));
        assert_eq!(settings.number(&PROTO_MAX_BULK_LEN), 512 << 20);
        let unknown = settings.change(&[("nope", "1")]).expect_err("unknown");
        assert_eq!(unknown.1, SettingError::Unknown("nope".to_owned()));
        assert!(settings.change(&[("proto-max-bulk-len", "1")]).is_err());
    }

    #[test]
    fn limits_follow_their_settings() {
        let settings = Settings::new(&[]);
        let mut limits = CachedLimits::default();
        assert_eq!(*limits.get(&settings), Limits::DEFAULT);
        settings.change(&[("zset-max-listpack-value", "7")]).expect("in range");
        assert_eq!(limits.get(&settings).zset, Packed { entries: 128, bytes: 7 });
    }

    #[test]
    fn units_of_bytes() {
        let texts = [("1", 1), ("2k", 2000), ("2KB", 2048), ("3mb", 3 << 20), ("1gb", 1 << 30)];
        for (text, bytes) in texts {
            assert_eq!(parse_bytes(text), Some(bytes), "{text}");
        }
        for text in ["", "kb"] {
            assert_eq!(parse_bytes(text), Some(0), "{text}");
        }
        for text in ["1x", "9223372036854775807gb", "-", "-1", "+1", "1.5mb", "10%", " 1"] {
            assert_eq!(parse_bytes(text), None, "{text}");
        }
    }

    #[test]
    fn names_are_checked_before_values() {
        let settings = Settings::new(&[]);
        let refused = |pairs: &[(&str, &str)]| settings.change(pairs).expect_err("refused");
        let bad = ("proto-max-bulk-len", "x");
        assert_eq!(refused(&[bad, ("NOPE", "1")]).1, SettingError::Unknown("NOPE".to_owned()));
        assert_eq!(refused(&[bad, ("databases", "1")]).1, SettingError::Immutable);
        let twice = refused(&[bad, ("Proto-Max-Bulk-Len", "x")]);
        assert_eq!(twice, ("Proto-Max-Bulk-Len".to_owned(), SettingError::Duplicate));
        let bad = ("PROTO-max-bulk-len", "x");
        assert_eq!(refused(&[("save", ""), bad]).0, "proto-max-bulk-len");
    }

    #[test]
    fn patterns_find_each_setting_once() {
        let settings = Settings::new(&[]);
        let names = |patterns: &[&str]| -> Vec<String> {
            settings.matching(patterns).into_iter().map(|(name, _)| name.into_owned()).collect()
        };
        assert_eq!(names(&["data*", "databases", "SAVE"]), ["databases", "SAVE"]);
        assert_eq!(names(&["DATA*"]), ["databases"]);
        assert_eq!(names(&["nope", ""]), [""; 0]);
        assert_eq!(names(&["*"]).len(), ENGINE_SETTINGS.len());
    }
}
