//! Loading a snapshot into a store.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use kv_store::rdb::{Head, Reader};
use kv_store::{Decoded, Ended, LoadError, Loader, Store};

use super::input::Input;
use super::run::{Work, run};
use super::summary::Summary;
use super::{Error, Reason};

/// How a snapshot is to be loaded.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many threads decode and add entries; the one that reads the file comes on top, and is much quicker.
    pub threads: usize,
    /// What becomes of keys whose time is over: [`Ended::Keep`] if a log follows.
    pub ended: Ended,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that have been read.
    pub bytes: u64,
    /// How many there are, if that is known.
    pub total: Option<u64>,
    /// Keys that have been found.
    pub keys: u64,
}

/// Loads the snapshot that `source` gives, which is `total` bytes long, if that is known: room for its keys
/// is made ahead then. The order in which keys are added is not that of the file.
///
/// `progress` is called by this thread, about as often as 256 KiB have been read.
///
/// # Errors
/// What is wrong with the file, and where. Some of its keys are in the store then: it is of no use any more.
pub fn load<R: Read>(
    source: R,
    total: Option<u64>,
    store: &Store,
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, Error> {
    let mut input = Input::new(source, total);
    let summary = load_from(&mut input, store, options, progress)?;
    finish(&mut input)?;
    Ok(summary)
}

/// As [`load`], of a file.
///
/// # Errors
/// As there.
pub fn load_file(
    path: &Path,
    store: &Store,
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, Error> {
    let (file, len) = open(path)?;
    load(file, Some(len), store, options, progress)
}

/// Opens a file to be read; also how long it is.
pub(crate) fn open(path: &Path) -> Result<(File, u64), Error> {
    let opened = File::open(path).and_then(|file| {
        let len = file.metadata()?.len();
        Ok((file, len))
    });
    opened.map_err(|error| Error::new(0, error))
}

/// Checks that nothing follows.
pub(super) fn finish<R: Read>(input: &mut Input<R>) -> Result<(), Error> {
    match !input.unread().is_empty() || input.try_more()? {
        true => Err(Error::new(input.offset(), Reason::Trailing)),
        false => Ok(()),
    }
}

/// As [`load`], of the snapshot that `input` begins with; something else may follow.
pub(crate) fn load_from<R: Read>(
    input: &mut Input<R>,
    store: &Store,
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, Error> {
    let work = Load { store, loader: store.loader(options.ended) };
    run(input, &work, options.threads, progress)
}

struct Load<'s> {
    store: &'s Store,
    loader: Loader<'s>,
}

impl Work for Load<'_> {
    type Decoded = Decoded;

    fn decode(
        &self,
        db: u64,
        head: &Head<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Option<Decoded>, LoadError> {
        self.loader.decode(db, head, reader)
    }

    fn add(&self, decoded: Decoded) -> Result<(), LoadError> {
        self.loader.add(decoded)
    }

    fn expect(&self, db: u64, keys: u64) {
        // If there is no such database, the first key that is to be in it says so.
        let _ = self.store.expect_keys(db, keys);
    }
}
