//! Going through a file with several threads: one finds the entries, the others work on them.

use std::io::Read;
use std::thread;

use kv_store::LoadError;
use kv_store::rdb::{Head, Reader};

use super::input::Input;
use super::queue::Queue;
use super::scan::{Batch, Failed, Interrupted, Take, scan};
use super::summary::Summary;
use super::{Error, Progress};

/// What is done with entries. It is shared by all workers.
pub(super) trait Work: Sync {
    /// What an entry is made into.
    type Decoded;

    /// Decodes an entry of database `db`, whose value `reader` stands in front of, and reads that to its
    /// end; none if it is left out.
    fn decode(
        &self,
        db: u64,
        head: &Head<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Option<Self::Decoded>, LoadError>;

    /// Takes what was decoded, some entries later.
    fn add(&self, decoded: Self::Decoded) -> Result<(), LoadError>;

    /// So many keys will probably follow in this database.
    fn expect(&self, db: u64, keys: u64);
}

/// Goes through the snapshot that `input` begins with, with `threads` workers beside this thread.
///
/// # Errors
/// The first one in the file; entries that come later may have been worked on.
pub(super) fn run<R: Read, W: Work>(
    input: &mut Input<R>,
    work: &W,
    threads: usize,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, Error> {
    let queue = Queue::default();
    let total = input.total();
    let (scanned, ended) = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1)).map(|_| queue.worker()).collect();
        let threads: Vec<_> = workers
            .into_iter()
            .map(|worker| {
                scope.spawn(move || {
                    let mut ended = 0;
                    worker.run(|batch| {
                        ended += each(batch, work)?;
                        Ok(())
                    });
                    ended
                })
            })
            .collect();
        let closing = Closing(&queue);
        let mut take = Pass { queue: &queue, work, progress, total };
        let scanned = scan(input, &mut take);
        drop(closing);
        // A panic of a worker goes on here.
        let ended = threads.into_iter().map(|thread| match thread.join() {
            Ok(ended) => ended,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        (scanned, ended.sum())
    });
    // What a worker has found is in front of what the scan has found.
    match (queue.take_error(), scanned) {
        (Some(error), _) | (None, Err(Interrupted::Wrong(error))) => Err(error),
        (None, Ok(summary)) => Ok(Summary { ended, ..summary }),
        (None, Err(Interrupted::Failed)) => unreachable!("a worker that fails says why"),
    }
}

/// Closes a queue, even if who fills it panics: the workers would wait for ever.
struct Closing<'q>(&'q Queue);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Entries that are decoded before the first of them is added: what they need is fetched meanwhile.
const AHEAD: usize = 16;

/// Works on the entries of a batch; how many were left out.
fn each<W: Work>(batch: &Batch, work: &W) -> Result<u64, Error> {
    let mut ended = 0;
    let mut decoded = Vec::with_capacity(AHEAD);
    for run in &batch.runs {
        let base = batch.base + run.start as u64;
        let bytes = &batch.bytes[run.start..run.end];
        // A string may be as long as its writer let it be: it was read whole already.
        let mut reader = Reader::new(bytes).with_max_string(usize::MAX);
        while reader.remaining() > 0 {
            let at = reader.at();
            let entry = Head::read(&mut reader, batch.version)
                .map_err(LoadError::Value)
                .and_then(|head| work.decode(run.db, &head, &mut reader));
            match entry {
                Ok(Some(entry)) => decoded.push((base + at as u64, entry)),
                Ok(None) => ended += 1,
                Err(error) => {
                    // One of those before it may be there twice, which comes first.
                    add(&mut decoded, work)?;
                    return Err(Error::entry(base, at, error));
                }
            }
            if decoded.len() == AHEAD {
                add(&mut decoded, work)?;
            }
        }
    }
    add(&mut decoded, work)?;
    Ok(ended)
}

/// Adds what was decoded, each with its offset in the file.
fn add<W: Work>(decoded: &mut Vec<(u64, W::Decoded)>, work: &W) -> Result<(), Error> {
    decoded
        .drain(..)
        .try_for_each(|(at, entry)| work.add(entry).map_err(|error| Error::entry(at, 0, error)))
}

/// Passes batches on to the workers.
struct Pass<'p, W> {
    queue: &'p Queue,
    work: &'p W,
    progress: &'p mut dyn FnMut(Progress),
    total: Option<u64>,
}

impl<W: Work> Take for Pass<'_, W> {
    fn batch(&mut self, batch: Batch) -> Result<(), Failed> {
        self.queue.push(batch)
    }

    fn spare(&mut self) -> Vec<u8> {
        self.queue.spare()
    }

    fn expect(&mut self, db: u64, keys: u64) {
        self.work.expect(db, keys);
    }

    fn progress(&mut self, bytes: u64, keys: u64) {
        (self.progress)(Progress { bytes, total: self.total, keys });
    }
}
