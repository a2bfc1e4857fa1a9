//! Loading append-only files, or looking through them.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kv_store::protocol::Request;
use kv_store::{Ended, Importer, Store};

use super::requests::{Found, Run, run_all};
use super::{Error, Reason};
use crate::rdb::check::check_from;
use crate::rdb::input::Input;
use crate::rdb::load::{load_from, open};
use crate::rdb::{self, Progress, Summary};

/// How append-only files are to be loaded.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many threads load the snapshot that is the base: see [`rdb::Options`].
    pub threads: usize,
    /// Whether the last file may end within a command or a transaction, which is left out then: the setting
    /// `aof-load-truncated`.
    pub allow_torn: bool,
}

/// What append-only files had in them.
#[derive(Debug, Default)]
pub struct Imported {
    /// What was in the snapshot that was the base, if it was one.
    pub snapshot: Option<Summary>,
    /// How many commands were run.
    pub commands: u64,
    /// How many were not, as they change function libraries: there are none here.
    pub functions: u64,
    /// Where the last file broke off.
    pub torn: Option<Torn>,
}

impl fmt::Display for Imported {
    /// One thing a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(snapshot) = &self.snapshot {
            write!(f, "{snapshot}")?;
        }
        writeln!(f, "commands: {}", self.commands)?;
        if self.functions > 0 {
            let count = self.functions;
            writeln!(f, "warning: {count} commands are left out, as there are no functions here")?;
        }
        match &self.torn {
            Some(Torn { file, at, bytes }) => {
                writeln!(
                    f,
                    "warning: {}: {bytes} bytes at the end, from byte {at} on, are no whole command or transaction",
                    file.display()
                )
            }
            None => Ok(()),
        }
    }
}

/// The end of a file that is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The file.
    pub file: PathBuf,
    /// Up to where it is whole, in bytes. What follows was left out.
    pub at: u64,
    /// How many bytes follow.
    pub bytes: u64,
}

/// Runs these files into a store, in their order: a base first, if there is one, and then commands. A file may
/// be a snapshot with commands behind it, as Redis before version 7 wrote it.
///
/// `progress` is called now and then, with the bytes of all files.
///
/// # Errors
/// What is wrong with a file, and where. What came before it is in the store then: that is of no use any more.
pub fn load(
    files: &[PathBuf],
    store: &Arc<Store>,
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Imported, Error> {
    let importer = store.importer();
    run(
        files,
        options.allow_torn,
        &mut Load { store, options, importer, progress, done: Progress::default() },
    )
}

/// Looks through these files without a store: that the commands can be run is not checked.
///
/// # Errors
/// What is wrong with a file, and where.
pub fn check(files: &[PathBuf], options: Options) -> Result<Imported, Error> {
    run(files, options.allow_torn, &mut Check(options))
}

/// What is done with files.
trait Take: Run {
    /// Takes the snapshot that `input` begins with.
    fn snapshot(&mut self, input: &mut Input<File>) -> Result<Summary, rdb::Error>;

    /// Another file begins: so many bytes are in those before it, and so many in all.
    fn begin(&mut self, done: u64, total: u64);
}

fn run(files: &[PathBuf], allow_torn: bool, take: &mut impl Take) -> Result<Imported, Error> {
    let mut imported = Imported::default();
    let opened: Vec<_> = files
        .iter()
        .map(|file| {
            let opened = open(file);
            opened.map(|(source, len)| (file, source, len)).map_err(|error| wrong(file, error))
        })
        .collect::<Result<_, _>>()?;
    let total = opened.iter().map(|(.., len)| len).sum();
    let mut done = 0;
    for (index, (file, source, len)) in opened.into_iter().enumerate() {
        take.begin(done, total);
        done += len;
        let mut input = Input::new(source, Some(len));
        if begins_with_snapshot(&mut input).map_err(|error| wrong(file, error))? {
            // Keys of an earlier file would be there twice.
            let summary = take.snapshot(&mut input).map_err(|error| wrong(file, error))?;
            imported.snapshot = Some(summary);
        }
        let found = run_all(&mut input, take);
        let error = |(at, reason)| Error { file: file.clone(), at, reason };
        let Found { requests, functions, torn_at } = found.map_err(error)?;
        imported.commands += requests;
        imported.functions += functions;
        if let Some(at) = torn_at {
            if !allow_torn || index + 1 < files.len() {
                return Err(error((at, Reason::Truncated)));
            }
            imported.torn = Some(Torn { file: file.clone(), at, bytes: len - at });
        }
    }
    Ok(imported)
}

fn wrong(file: &Path, error: rdb::Error) -> Error {
    let reason = match error.reason {
        rdb::Reason::Io(error) => Reason::Io(error),
        other => Reason::Snapshot(other),
    };
    Error { file: file.to_owned(), at: error.at, reason }
}

fn begins_with_snapshot<R: Read>(input: &mut Input<R>) -> Result<bool, rdb::Error> {
    if input.unread().is_empty() {
        input.try_more()?;
    }
    Ok(input.unread().first().is_some_and(|byte| matches!(byte, b'R' | b'V')))
}

struct Load<'l> {
    store: &'l Arc<Store>,
    options: Options,
    importer: Importer,
    progress: &'l mut dyn FnMut(Progress),
    /// What is in the files before.
    done: Progress,
}

impl Run for Load<'_> {
    fn request(&mut self, request: Request<'_>) -> Result<(), Vec<u8>> {
        self.importer.run(request)
    }

    fn progress(&mut self, bytes: u64) {
        let Progress { bytes: before, .. } = self.done;
        (self.progress)(Progress { bytes: before + bytes, ..self.done });
    }
}

impl Take for Load<'_> {
    fn snapshot(&mut self, input: &mut Input<File>) -> Result<Summary, rdb::Error> {
        // What has ended since is looked for by the commands that follow.
        let options = rdb::Options { threads: self.options.threads, ended: Ended::Keep };
        let (before, progress) = (self.done, &mut self.progress);
        let summary = load_from(input, self.store, options, &mut |it| {
            progress(Progress { bytes: before.bytes + it.bytes, keys: it.keys, ..before });
        })?;
        self.done.keys += summary.keys();
        Ok(summary)
    }

    fn begin(&mut self, done: u64, total: u64) {
        // Each file begins in database 0.
        self.importer = self.store.importer();
        self.done = Progress { bytes: done, total: Some(total), ..self.done };
    }
}

struct Check(Options);

impl Run for Check {
    fn request(&mut self, _: Request<'_>) -> Result<(), Vec<u8>> {
        Ok(())
    }

    fn progress(&mut self, _: u64) {}
}

impl Take for Check {
    fn snapshot(&mut self, input: &mut Input<File>) -> Result<Summary, rdb::Error> {
        check_from(input, self.0.threads)
    }

    fn begin(&mut self, _: u64, _: u64) {}
}
