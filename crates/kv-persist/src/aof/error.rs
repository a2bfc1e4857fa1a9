//! Why append-only files were refused.

use std::io;
use std::path::PathBuf;

use kv_store::protocol::ProtocolError;

use crate::rdb;

/// Why append-only files were refused, and where.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason} (at byte {at})", file.display())]
pub struct Error {
    /// The file.
    pub file: PathBuf,
    /// Offset in it, in bytes, where the part begins that is wrong.
    pub at: u64,
    /// What is wrong there.
    pub reason: Reason,
}

/// What is wrong with append-only files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// A file could not be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A line of a manifest is none.
    #[error("a line of the manifest is wrong: {0}")]
    Manifest(&'static str),
    /// The snapshot that the file is, or begins with, is wrong.
    #[error(transparent)]
    Snapshot(rdb::Reason),
    /// It ends within a command or a transaction, and that is not allowed here: only the last file may, and
    /// only if the setting `aof-load-truncated` lets it.
    #[error("it ends within a command or a transaction")]
    Truncated,
    /// There is something that is no request.
    #[error("there is no command")]
    NoRequest,
    /// What begins as a request is none.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A command was answered with an error.
    #[error("the command {command} was answered: {error}")]
    Refused {
        /// Its name.
        command: String,
        /// The text of the error.
        error: String,
    },
    /// `EXEC` without `MULTI`, or `MULTI` within one.
    #[error("MULTI and EXEC do not fit together")]
    Transaction,
}
