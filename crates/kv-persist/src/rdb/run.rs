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
    /// Takes an entry of database `db`, whose value `reader` stands in front of, and reads that to its end.
    /// Whether it was not left out.
    fn entry(&self, db: u64, head: &Head<'_>, reader: &mut Reader<'_>) -> Result<bool, LoadError>;

    /// So many keys will probably follow in this database.
    fn expect(&self, db: u64, keys: u64);

    /// Longest string that is taken, in bytes.
    fn max_string(&self) -> usize;
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

/// Works on the entries of a batch; how many were left out.
fn each(batch: &Batch, work: &impl Work) -> Result<u64, Error> {
    let mut ended = 0;
    for run in &batch.runs {
        let base = batch.base + run.start as u64;
        let bytes = &batch.bytes[run.start..run.end];
        let mut reader = Reader::new(bytes).with_max_string(work.max_string());
        while reader.remaining() > 0 {
            let at = reader.at();
            let added = Head::read(&mut reader, batch.version)
                .map_err(LoadError::Value)
                .and_then(|head| work.entry(run.db, &head, &mut reader));
            ended += u64::from(!added.map_err(|error| Error::entry(base, at, error))?);
        }
    }
    Ok(ended)
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
