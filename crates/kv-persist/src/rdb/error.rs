//! Why a file was refused.

use std::io;

use kv_store::{LoadError, rdb};

/// Why a snapshot was refused, and where.
#[derive(Debug, thiserror::Error)]
#[error("{reason} (at byte {at})")]
pub struct Error {
    /// Offset in the file, in bytes, of the part that is wrong: as a rule where an entry, or a part of one,
    /// begins.
    pub at: u64,
    /// What is wrong there.
    pub reason: Reason,
}

/// What is wrong with a snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It could not be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is none.
    #[error("it is no snapshot: it begins with neither REDIS nor VALKEY and a version")]
    Magic,
    /// It is of a version that is not known: the first bytes of the file.
    #[error("version {0} of the format is not known")]
    Version(String),
    /// It ends before it says so.
    #[error("the file ends too early")]
    Truncated,
    /// Its checksum is not that of its bytes: both are given.
    #[error("the checksum is {found:016x}, and {expected:016x} by what the file says")]
    Checksum {
        /// The checksum of the bytes.
        found: u64,
        /// What stands at the end of the file.
        expected: u64,
    },
    /// There is something behind its end.
    #[error("there are bytes behind the end")]
    Trailing,
    /// An entry is wrong, or of a kind that the store does not have.
    #[error(transparent)]
    Entry(rdb::Reason),
    /// The store has no database of this number.
    #[error("there is no database {0}: see the setting databases")]
    Database(u64),
    /// A key is there twice, or was in the store before.
    #[error("a key is there twice")]
    Duplicate,
}

impl Error {
    pub(crate) fn new(at: u64, reason: impl Into<Reason>) -> Error {
        Error { at, reason: reason.into() }
    }

    /// An error of what begins at offset `base` of the file.
    pub(super) fn wrong(base: u64, error: rdb::Error) -> Error {
        let reason = match error.reason {
            rdb::Reason::Truncated => Reason::Truncated,
            other => Reason::Entry(other),
        };
        Error { at: base + error.at as u64, reason }
    }

    /// An error of an entry at offset `at` of bytes that begin at offset `base` of the file.
    pub(super) fn entry(base: u64, at: usize, error: LoadError) -> Error {
        match error {
            // All of the entry is there, as its end was found: what is short is a part of it.
            LoadError::Value(error) => {
                Error { at: base + error.at as u64, reason: Reason::Entry(error.reason) }
            }
            LoadError::Database(db) => Error { at: base + at as u64, reason: Reason::Database(db) },
            LoadError::Duplicate => Error { at: base + at as u64, reason: Reason::Duplicate },
        }
    }
}
