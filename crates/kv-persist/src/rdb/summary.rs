//! What is in a snapshot.

use std::collections::BTreeMap;
use std::fmt;

use kv_store::rdb::Code;

/// What is in a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The version of the format.
    pub version: u16,
    /// What the writer said of itself, in its order: names and values.
    pub aux: Vec<(String, String)>,
    /// What is in the databases, by their numbers.
    pub databases: BTreeMap<u64, Database>,
    /// The code of the function libraries. There are no functions in this store: they are not loaded.
    pub functions: Vec<Vec<u8>>,
    /// The names of modules that had something of their own in the file, which is not loaded.
    pub modules: Vec<String>,
    /// Keys that were not loaded as their time was over.
    pub ended: u64,
    /// Whether there is a checksum, which fits.
    pub has_checksum: bool,
    /// How long the snapshot is, in bytes.
    pub bytes: u64,
}

/// What is in a database of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Database {
    /// How many keys there are of each of [`TYPES`].
    counts: [u64; TYPES.len()],
    /// How many of all keys have a time to live.
    pub expiring: u64,
}

/// Types of values, as `TYPE` answers them.
const TYPES: [&str; 6] = ["string", "list", "set", "zset", "hash", "frame"];

impl Summary {
    /// How many keys there are.
    pub fn keys(&self) -> u64 {
        self.databases.values().map(Database::len).sum()
    }

    /// What was left out, and why, in a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let functions = self.functions.iter().map(|code| {
            let first = code.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let first = String::from_utf8_lossy(&first[..first.len().min(80)]).into_owned();
            format!("a function library is left out, as there are no functions here: {first}")
        });
        let modules = self.modules.iter().map(|name| {
            format!("data of the module {name} is left out, as there are no modules here")
        });
        functions.chain(modules).collect()
    }
}

impl Database {
    /// How many keys there are.
    pub fn len(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The types that there are keys of, as `TYPE` answers them, and of how many.
    pub fn types(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        TYPES.into_iter().zip(self.counts).filter(|(_, count)| *count > 0)
    }

    pub(super) fn count(&mut self, code: Code, has_deadline: bool) {
        self.counts[type_of(code)] += 1;
        self.expiring += u64::from(has_deadline);
    }

    pub(super) fn add(&mut self, other: &Database) {
        self.expiring += other.expiring;
        self.counts.iter_mut().zip(other.counts).for_each(|(all, count)| *all += count);
    }
}

/// Which of [`TYPES`] the value is of.
fn type_of(code: Code) -> usize {
    match code {
        Code::String => 0,
        Code::List | Code::ListZiplist | Code::ListZiplists | Code::ListNodes => 1,
        Code::Set | Code::SetIntset | Code::SetListpack | Code::SetTtl => 2,
        Code::Zset | Code::ZsetDecimal | Code::ZsetZiplist | Code::ZsetListpack => 3,
        Code::Hash
        | Code::HashZipmap
        | Code::HashZiplist
        | Code::HashListpack
        | Code::HashTtl
        | Code::HashTtlPreview
        | Code::HashTtlRelative
        | Code::HashListpackTtl
        | Code::HashListpackTtlPreview => 4,
        Code::Frame => 5,
    }
}

impl fmt::Display for Summary {
    /// One thing a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "snapshot: version {}, {} bytes", self.version, self.bytes)?;
        writeln!(f, "checksum: {}", if self.has_checksum { "fits" } else { "none" })?;
        for (name, value) in &self.aux {
            writeln!(f, "{name}: {value}")?;
        }
        for (db, database) in &self.databases {
            write!(
                f,
                "database {db}: {} keys, {} with a time to live",
                database.len(),
                database.expiring
            )?;
            for (name, count) in database.types() {
                write!(f, ", {name} {count}")?;
            }
            writeln!(f)?;
        }
        self.warnings().iter().try_for_each(|warning| writeln!(f, "warning: {warning}"))
    }
}
