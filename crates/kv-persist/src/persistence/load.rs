//! Which files are the data, and how they come into the store.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use kv_store::settings::{AOF_LOAD_TRUNCATED, APPENDDIRNAME, APPENDFSYNC, DBFILENAME, DIR};
use kv_store::{Busy, Ended, Error, Snapshot};

use super::{OpenError, Shared};
use crate::disk::Disk;
use crate::log::Status;
use crate::rdb::{self, Progress};
use crate::{
    AHEAD_BYTES, Log, LogError, LogOptions, Policy, Recovered, Recovery, Rotation, TornTail, aof,
};

/// What was found in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// Nothing.
    Nothing,
    /// A snapshot, of so many keys.
    Snapshot(u64),
    /// A log: the keys of its base, and how many entries came after.
    Log {
        /// Keys of the base.
        keys: u64,
        /// Entries.
        entries: u64,
    },
    /// The append-only files of a Redis server: how many commands, and the keys of their base.
    Import {
        /// Keys of the base.
        keys: u64,
        /// Commands.
        commands: u64,
    },
}

impl Shared {
    /// Loads what there is, and begins to log.
    pub(super) fn load(self: &Arc<Shared>) -> Result<Loaded, OpenError> {
        self.chores.begin_loading(self.now_s());
        let loaded = self.find()?;
        self.chores.loaded_all(self);
        match &loaded {
            Loaded::Nothing => tracing::info!("nothing to load: the store is new"),
            Loaded::Snapshot(keys) => tracing::info!("loaded a snapshot of {keys} keys"),
            Loaded::Log { keys, entries } => {
                tracing::info!("loaded the log: {keys} keys, then {entries} entries");
            }
            Loaded::Import { keys, commands } => {
                tracing::info!("imported append-only files: {keys} keys, then {commands} commands");
            }
        }
        Ok(loaded)
    }

    fn find(self: &Arc<Shared>) -> Result<Loaded, OpenError> {
        if !self.wants_log() {
            return Ok(self.load_snapshot()?.map_or(Loaded::Nothing, Loaded::Snapshot));
        }
        let truncated = self.store.settings().number(&AOF_LOAD_TRUNCATED) != 0;
        let tail = if truncated { TornTail::Cut } else { TornTail::Refuse };
        let recovery = Recovery::open(self.log_dir.clone(), tail)?;
        if !recovery.is_new() {
            self.warn_of_newer_snapshot();
            return self.recover(recovery);
        }
        let loaded = match self.import(truncated)? {
            Some(loaded) => loaded,
            None => self.load_snapshot()?.map_or(Loaded::Nothing, Loaded::Snapshot),
        };
        match loaded {
            Loaded::Nothing => {
                self.journal.begin(self.start_log(recovery.finish()?)?);
                self.switch_journal(true);
            }
            _ => self.log_over_data()?,
        }
        Ok(loaded)
    }

    /// Says so if the snapshot was written after the log: by a process that did not log. The log is what is loaded.
    fn warn_of_newer_snapshot(&self) {
        let modified = |path: PathBuf| std::fs::metadata(path).and_then(|it| it.modified()).ok();
        let snapshot = self.dir.path(&self.store.settings().text(&DBFILENAME));
        let files = self.log_dir.list().unwrap_or_default();
        let log = files.iter().filter_map(|name| modified(self.log_dir.path(name))).max();
        if let (Some(written), Some(log)) = (modified(snapshot.clone()), log)
            && written > log
        {
            let file = snapshot.display();
            tracing::warn!(
                "{file} is newer than the log, which is loaded: to load it, use appendonly no"
            );
        }
    }

    /// Loads the log, and goes on with it.
    fn recover(self: &Arc<Shared>, mut recovery: Recovery) -> Result<Loaded, OpenError> {
        let (mut keys, mut entries) = (0, 0);
        if let Some(base) = recovery.base_name() {
            // What had ended when the base was written was live for entries that came after.
            keys = self.load_file(&*self.log_dir, &base, Ended::Keep)?;
        }
        let (done, mut read) = (self.chores.loaded(), 0);
        let total = done.total.unwrap_or(done.bytes) + recovery.bytes_ahead()?;
        let mut replayer = self.store.replayer();
        while let Some(frame) = recovery.next_frame()? {
            read += frame.len() as u64;
            let ran = replayer.replay(frame);
            entries += ran.map_err(|error| OpenError::Replay { number: entries, error })?;
            self.chores.loading(Progress { bytes: done.bytes + read, total: Some(total), keys });
        }
        drop(replayer);
        let recovered = recovery.finish()?;
        if let Some(torn) = &recovered.torn {
            tracing::warn!(
                "{}: a crash has torn its end; it is cut at byte {}, {} bytes are lost: {}",
                torn.file.display(),
                torn.offset,
                torn.bytes,
                torn.reason
            );
        }
        self.journal.begin(self.start_log(recovered)?);
        self.switch_journal(true);
        Ok(Loaded::Log { keys, entries })
    }

    fn start_log(self: &Arc<Shared>, recovered: Recovered) -> Result<Log, LogError> {
        let (disk, options) = (self.log_dir.clone(), self.options());
        match &self.hand {
            Some(hand) => Log::by_hand(disk, recovered, options).map(|it| hand.begin(it)),
            None => Log::start(disk, recovered, options),
        }
    }

    /// Imports what a Redis server has left, if it has left a log.
    fn import(self: &Arc<Shared>, allow_torn: bool) -> Result<Option<Loaded>, OpenError> {
        let settings = self.store.settings();
        let dir = PathBuf::from(settings.text(&DIR));
        if dir.as_os_str().is_empty() {
            // The disks are none of the system's.
            return Ok(None);
        }
        let manifest = dir.join(settings.text(&APPENDDIRNAME)).join(aof::MANIFEST);
        let single = dir.join("appendonly.aof");
        let files = if manifest.exists() {
            aof::Manifest::read(&manifest)?.files(&manifest)
        } else if single.exists() {
            vec![single]
        } else {
            return Ok(None);
        };
        let options = aof::Options { threads: rdb::threads(), allow_torn };
        let mut progress = |progress| self.chores.loading(progress);
        let imported = aof::load(&files, &self.store, options, &mut progress)?;
        if let Some(torn) = &imported.torn {
            let (file, at) = (torn.file.display(), torn.at);
            tracing::warn!("{file}: its end is torn; what follows byte {at} is left out");
        }
        let keys = imported.snapshot.map_or(0, |summary| summary.keys());
        Ok(Some(Loaded::Import { keys, commands: imported.commands }))
    }

    /// Loads the snapshot, if there is one; how many keys it has.
    fn load_snapshot(&self) -> Result<Option<u64>, OpenError> {
        let name = self.store.settings().text(&DBFILENAME);
        match self.dir.size(&name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            _ => self.load_file(&*self.dir, &name, Ended::Drop).map(Some),
        }
    }

    fn load_file(&self, disk: &dyn Disk, name: &str, ended: Ended) -> Result<u64, OpenError> {
        let options = rdb::Options { threads: rdb::threads(), ended };
        let mut progress = |progress| self.chores.loading(progress);
        let opened = disk.size(name).and_then(|size| Ok((disk.read(name, 0)?, size)));
        let loaded = opened.map_err(|error| rdb::Error::new(0, error)).and_then(|(file, size)| {
            rdb::load(file, Some(size), &self.store, options, &mut progress)
        });
        let summary = loaded.map_err(|error| {
            let path = disk.path(name);
            OpenError::Snapshot { path, error }
        })?;
        summary.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
        Ok(summary.keys())
    }

    fn options(self: &Arc<Shared>) -> LogOptions {
        let store = self.store.clone();
        let on_change = move |status: &Status| {
            // That they are taken again is said by who knows of the snapshots, too.
            if let Some(why) = status.refusal() {
                store.refuse_writes(Some(&why));
            }
        };
        LogOptions {
            policy: self.policy(),
            clock: self.clock.clone(),
            // By hand there is little, so that there is often no room.
            ahead: if self.hand.is_some() { 256 } else { AHEAD_BYTES },
            on_change: Some(Box::new(on_change)),
        }
    }

    /// What the settings say.
    pub(super) fn policy(&self) -> Policy {
        // The setting takes the names of policies alone.
        self.store.settings().text(&APPENDFSYNC).parse().unwrap_or(Policy::EverySec)
    }

    fn switch_journal(&self, on: bool) {
        // There is no other snapshot: this is the only thread that takes any at this time.
        let _ = self.store.snapshot(|cut| cut.switch_journal(on));
    }

    /// Begins a log for what the store has.
    pub(super) fn log_over_data(self: &Arc<Shared>) -> Result<(), OpenError> {
        let (disk, options) = (self.log_dir.clone(), self.options());
        let log = match &self.hand {
            Some(hand) => Log::by_hand_over_data(disk, options).map(|it| hand.begin(it)),
            None => Log::start_over_data(disk, options),
        };
        self.journal.begin(log?);
        self.rewrite_now();
        Ok(())
    }

    /// Ends the log.
    pub(super) fn end_log(&self) {
        self.switch_journal(false);
        if let Err(error) = self.close_log() {
            tracing::error!("the end of the log is lost: {error}");
        }
        self.store.refuse_writes(None);
    }

    /// A snapshot at whose instant the log begins a new segment.
    pub(super) fn cut(&self, log: &Log) -> Result<(Snapshot, Rotation), Busy> {
        self.store.snapshot(|cut| {
            cut.switch_journal(true);
            log.rotate()
        })
    }

    /// Writes everything to disk and loads it again.
    pub(super) fn load_again(&self) -> Result<(), Error> {
        self.store.set_loading(true);
        let reloaded = self.write_snapshot().map_err(|error| error.to_string()).and_then(|()| {
            self.store.clear_to_load();
            let name = self.store.settings().text(&DBFILENAME);
            self.load_file(&*self.dir, &name, Ended::Drop).map_err(|error| error.to_string())
        });
        self.store.set_loading(false);
        match reloaded {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::error!("cannot load again: {error}");
                Err(Error::new("Error trying to load the RDB dump, check server logs"))
            }
        }
    }
}
