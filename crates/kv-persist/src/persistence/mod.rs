//! A store kept on disk: what it is loaded from, and what is written while it is used.
//!
//! ```text
//! dir ┬ dump.rdb          the last snapshot: SAVE, BGSAVE, save rules
//!     ├ appendonlydir ┬ … the log (or a Redis server's, which is imported)
//!     └ kv.lock           held by the process that has the directory
//! ```
//!
//! - `load.rs`: which files are the data, and how they come into the store.
//! - `chores.rs`: the thread that writes snapshots, rewrites the log and heeds changed settings.
//! - `journal.rs`: the store's journal, which is the log while there is one.
//! - `info.rs`: what `INFO` says.
//! - `hand.rs`: all of it without threads, for tests.

mod chores;
mod hand;
mod info;
mod journal;
mod load;

use std::fs::{File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use kv_store::settings::{APPENDDIRNAME, APPENDONLY, DIR};
use kv_store::{Begun, Clock, Error, Keeper, Store};

use crate::disk::{Directory, Disk};
use crate::{LogError, RecoverError, aof, rdb};
use chores::Chores;
use hand::Hand;
use journal::Switch;
pub use load::Loaded;

/// The file whose lock says that a process has the directory.
const LOCK: &str = "kv.lock";

/// Keeps a store on disk.
pub struct Persistence {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    /// Held for as long as this lives.
    _lock: Option<File>,
}

/// What the threads have in common.
struct Shared {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    /// Of snapshots.
    dir: Arc<dyn Disk>,
    /// Of the log.
    log_dir: Arc<dyn Disk>,
    journal: Arc<Switch>,
    chores: Chores,
    /// What stands in for the threads, in tests.
    hand: Option<Hand>,
}

/// Why a store cannot be kept in a directory, or not be loaded from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory cannot be used.
    #[error("directory {}: {error}", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// The system's answer.
        #[source]
        error: io::Error,
    },
    /// Another process has it.
    #[error("directory {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The log is damaged.
    #[error(transparent)]
    Log(#[from] RecoverError),
    /// An entry of the log cannot be run again.
    #[error("the log, entry {number}: {error}")]
    Replay {
        /// How many entries were run before.
        number: u64,
        /// What is wrong with this one.
        #[source]
        error: kv_store::ReplayError,
    },
    /// A snapshot is damaged.
    #[error("{}: {error}", path.display())]
    Snapshot {
        /// Which.
        path: PathBuf,
        /// What is wrong with it, and where.
        #[source]
        error: rdb::Error,
    },
    /// The append-only files of a Redis server cannot be imported.
    #[error(transparent)]
    Import(#[from] aof::Error),
    /// The log cannot be written.
    #[error(transparent)]
    Start(#[from] LogError),
    /// The system gives no thread.
    #[error("no thread for persistence: {0}")]
    Thread(io::Error),
}

impl Persistence {
    /// Takes the directory that the store's settings name; `None` if they name none. The store, which must be
    /// empty, is loading from now on ([`Store::is_loading`]), until [`load`](Persistence::load) returns.
    ///
    /// # Errors
    /// If the directory cannot be used, or another process has it.
    pub fn open(
        store: &Arc<Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Persistence>, OpenError> {
        let path = PathBuf::from(store.settings().text(&DIR));
        if path.as_os_str().is_empty() {
            return Ok(None);
        }
        let failed = |path: &PathBuf| {
            let path = path.clone();
            move |error| OpenError::Directory { path, error }
        };
        let dir = Directory::open(&path).map_err(failed(&path))?;
        let lock = File::create(path.join(LOCK)).map_err(failed(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(path)),
            Err(TryLockError::Error(error)) => return Err(failed(&path)(error)),
        }
        let log_path = path.join(store.settings().text(&APPENDDIRNAME));
        let log_dir = Directory::open(&log_path).map_err(failed(&log_path))?;
        let shared = Shared::new(store, clock, Arc::new(dir), Arc::new(log_dir), None);
        Ok(Some(Persistence::with(shared, Some(lock))))
    }

    fn with(shared: Arc<Shared>, lock: Option<File>) -> Persistence {
        let store = &shared.store;
        store.set_loading(true);
        store.attach_journal(shared.journal.clone());
        store.attach_keeper(shared.clone());
        store.add_info(info::source(&shared));
        Persistence { shared, thread: None, _lock: lock }
    }

    /// Loads the data into the store, and from then on logs its changes, if the settings say so, and takes
    /// snapshots. What has been found is also said in the log of the process.
    ///
    /// # Errors
    /// If something is damaged or cannot be written. The store is of no use then.
    pub fn load(&mut self) -> Result<Loaded, OpenError> {
        let loaded = self.shared.load()?;
        if self.shared.hand.is_none() {
            let shared = self.shared.clone();
            let thread = std::thread::Builder::new().name("kv-persist".to_owned());
            let thread = thread.spawn(move || shared.run_chores()).map_err(OpenError::Thread)?;
            self.thread = Some(thread);
        }
        self.shared.store.set_loading(false);
        Ok(loaded)
    }

    /// Ends it, when no command runs any more: what was logged is on the disk then.
    ///
    /// # Errors
    /// If that could not be reached.
    pub fn close(mut self) -> Result<(), LogError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), LogError> {
        self.shared.chores.stop();
        // First: the thread may wait for the log to take a base, which a disk that fails never lets happen.
        let closed = self.shared.close_log();
        if let Some(thread) = self.thread.take() {
            // A panic has been reported by then.
            let _ = thread.join();
        }
        closed
    }
}

impl Drop for Persistence {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!("the end of the log is lost: {error}");
        }
    }
}

impl Shared {
    fn new(
        store: &Arc<Store>,
        clock: Arc<dyn Clock>,
        dir: Arc<dyn Disk>,
        log_dir: Arc<dyn Disk>,
        hand: Option<Hand>,
    ) -> Arc<Shared> {
        let began = clock.now_us() / 1_000_000;
        Arc::new(Shared {
            store: store.clone(),
            clock,
            dir,
            log_dir,
            journal: Arc::default(),
            chores: Chores::new(began),
            hand,
        })
    }

    fn now_s(&self) -> u64 {
        self.clock.now_us() / 1_000_000
    }

    /// Ends the log, if there is one, when all of it is on the disk.
    fn close_log(&self) -> Result<(), LogError> {
        match &self.hand {
            Some(hand) => hand.close(|| self.journal.close()),
            None => self.journal.close(),
        }
    }

    /// Whether changes are to be logged.
    fn wants_log(&self) -> bool {
        self.store.settings().number(&APPENDONLY) != 0
    }
}

impl Keeper for Shared {
    fn save(&self) -> Result<(), Error> {
        self.chores.save(self, true)
    }

    fn begin_save(&self, schedule: bool) -> Result<Begun, Error> {
        self.chores.begin_save(schedule)
    }

    fn cancel_save(&self) -> Result<Begun, Error> {
        self.chores.cancel_save()
    }

    fn begin_rewrite(&self) -> Result<Begun, Error> {
        if self.journal.log().is_none() {
            return Err(Error::new("changes are not logged: see the setting appendonly"));
        }
        self.chores.begin_rewrite()
    }

    fn last_save(&self) -> u64 {
        self.chores.last_save()
    }

    fn has_save_rules(&self) -> bool {
        !self.save_rules().is_empty()
    }

    fn reload(&self) -> Result<(), Error> {
        self.chores.alone(|| self.load_again())
    }
}
