//! Going through a file: what is between the entries is read, and where entries end is found out.
//!
//! The entries themselves are handed on as bytes, in [batches](Batch), to whoever decodes them.

use std::io::Read;

use kv_store::rdb::skip::Stop;
use kv_store::rdb::{Reader, skip};

use super::input::Input;
use super::part::Part;
use super::summary::{Database, Summary};
use super::{Error, Reason, version};

/// Entries that follow one another in the file, and databases they are of.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) bytes: Vec<u8>,
    /// Offset of the bytes in the file.
    pub(super) base: u64,
    pub(super) version: u16,
    pub(super) runs: Vec<Run>,
}

/// Some of a batch's bytes: whole entries of one database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) db: u64,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What takes batches.
pub(super) trait Take {
    /// Takes the next one.
    ///
    /// # Errors
    /// Ends the scan: nobody wants more of them, as an entry of an earlier one is wrong.
    fn batch(&mut self, batch: Batch) -> Result<(), Failed>;

    /// A buffer to go on with.
    fn spare(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// So many keys probably follow in a database.
    fn expect(&mut self, db: u64, keys: u64);

    /// So many bytes have been looked through, with so many keys.
    fn progress(&mut self, bytes: u64, keys: u64);
}

/// Somebody else knows what is wrong.
#[derive(Debug)]
pub(super) struct Failed;

/// Why a scan did not come to its end.
pub(super) enum Interrupted {
    /// This is wrong.
    Wrong(Error),
    /// See [`Take::batch`].
    Failed,
}

impl From<Error> for Interrupted {
    fn from(error: Error) -> Interrupted {
        Interrupted::Wrong(error)
    }
}

/// Room for keys is made ahead as if each took so many bytes of the file, and not for more: what a file
/// announces is not believed, and a place in a table takes about as much.
const BYTES_PER_KEY: u64 = 16;

/// Goes through the snapshot that `input` begins with; it stands behind that in the end.
pub(super) fn scan<R: Read>(
    input: &mut Input<R>,
    take: &mut impl Take,
) -> Result<Summary, Interrupted> {
    let start = input.offset();
    let version = header(input)?;
    let summary = Summary { version, ..Summary::default() };
    let mut scan = Scan { input, take, summary, runs: Vec::new(), db: 0, keys: 0, counts: None };
    loop {
        match scan.parse(Part::read)? {
            Part::Entry => scan.entries()?,
            Part::Aux(name, value) => {
                let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
                scan.summary.aux.push((text(name), text(value)));
            }
            Part::Select(db) => scan.select(db),
            Part::Resize(keys) => {
                let left =
                    scan.input.total().map(|total| total.saturating_sub(scan.input.offset()));
                // Who does not know how long the file is cannot tell what is too much.
                scan.take.expect(scan.db, keys.min(left.unwrap_or(0) / BYTES_PER_KEY));
            }
            Part::Function(code) => scan.summary.functions.push(code),
            Part::Module(name) => scan.summary.modules.push(name),
            Part::Other => {}
            Part::End => break,
        }
    }
    scan.select(0);
    scan.hand_on()?;
    let mut summary = scan.summary;
    summary.has_checksum = checksum(input)?;
    summary.bytes = input.offset() - start;
    Ok(summary)
}

fn header<R: Read>(input: &mut Input<R>) -> Result<u16, Error> {
    let at = input.offset();
    let bytes = loop {
        match input.unread().first_chunk() {
            Some(bytes) => break *bytes,
            None => input.more((version::LEN - input.unread().len()) as u64)?,
        }
    };
    input.advance(version::LEN);
    version::read(&bytes).map_err(|reason| Error::new(at, reason))
}

/// Reads the checksum at the end; whether there is one.
fn checksum<R: Read>(input: &mut Input<R>) -> Result<bool, Error> {
    let found = input.checksum();
    let at = input.offset();
    let expected = loop {
        match input.unread().first_chunk() {
            Some(bytes) => break u64::from_le_bytes(*bytes),
            None => input.more((size_of::<u64>() - input.unread().len()) as u64)?,
        }
    };
    input.advance(size_of::<u64>());
    match expected {
        // Some are told to leave it out.
        0 => Ok(found == 0),
        _ if found == expected => Ok(true),
        _ => Err(Error::new(at, Reason::Checksum { found, expected })),
    }
}

struct Scan<'i, R, T> {
    input: &'i mut Input<R>,
    take: &'i mut T,
    summary: Summary,
    /// Entries of the buffer that are to be handed on.
    runs: Vec<Run>,
    db: u64,
    /// Keys so far.
    keys: u64,
    /// What is counted of `db`, until another one comes.
    counts: Option<Database>,
}

impl<R: Read, T: Take> Scan<'_, R, T> {
    /// Reads what comes next, as a whole.
    fn parse<V>(
        &mut self,
        read: impl Fn(&mut Reader<'_>) -> Result<V, Stop>,
    ) -> Result<V, Interrupted> {
        loop {
            let mut reader = Reader::new(self.input.unread());
            match read(&mut reader) {
                Ok(value) => {
                    let len = reader.at();
                    self.input.advance(len);
                    return Ok(value);
                }
                Err(stop) => self.stopped(stop)?,
            }
        }
    }

    /// Reads more, or passes on what is wrong.
    fn stopped(&mut self, stop: Stop) -> Result<(), Interrupted> {
        match stop {
            Stop::Short(missing) => {
                self.hand_on()?;
                Ok(self.input.more(missing)?)
            }
            Stop::Wrong(error) => Err(Error::wrong(self.input.offset(), error).into()),
        }
    }

    /// Finds the ends of entries as far as the buffer goes, and of one at least.
    fn entries(&mut self) -> Result<(), Interrupted> {
        let mut counts = self.counts.take().unwrap_or_default();
        let version = self.summary.version;
        let mut reader = Reader::new(self.input.unread());
        let (mut end, mut count) = (0, 0);
        let stop = loop {
            if !reader.clone().byte().is_ok_and(Part::is_entry) {
                break None;
            }
            match skip(&mut reader, version) {
                Ok(skipped) => {
                    counts.count(skipped.code, skipped.has_deadline);
                    end = reader.at();
                    count += 1;
                }
                Err(stop) if count == 0 => break Some(stop),
                // It is looked at once more when those in front of it are done with.
                Err(_) => break None,
            }
        };
        self.counts = Some(counts);
        if let Some(stop) = stop {
            return self.stopped(stop);
        }
        let start = self.input.at();
        self.runs.push(Run { db: self.db, start, end: start + end });
        self.input.advance(end);
        self.keys += count;
        Ok(())
    }

    fn select(&mut self, db: u64) {
        if let Some(counts) = self.counts.take() {
            let all = self.summary.databases.entry(self.db).or_default();
            all.add(&counts);
        }
        self.db = db;
    }

    /// Hands on the entries that have been found, and goes on with a fresh buffer.
    fn hand_on(&mut self) -> Result<(), Interrupted> {
        if self.runs.is_empty() {
            self.input.forget();
            return Ok(());
        }
        let (base, version) = (self.input.base(), self.summary.version);
        let runs = std::mem::take(&mut self.runs);
        let bytes = self.input.cut(self.take.spare());
        self.take.progress(self.input.offset(), self.keys);
        let batch = Batch { bytes, base, version, runs };
        self.take.batch(batch).map_err(|Failed| Interrupted::Failed)
    }
}
