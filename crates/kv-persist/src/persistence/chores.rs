//! What is done beside serving: snapshots, rewrites of the log, settings that were changed.
//!
//! One thing is written at a time. A thread does it; `SAVE` and `DEBUG RELOAD` do theirs themselves.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use kv_store::settings::{
    AUTO_AOF_REWRITE_MIN_SIZE, AUTO_AOF_REWRITE_PERCENTAGE, DBFILENAME, SAVE,
    STOP_WRITES_ON_BGSAVE_ERROR, save_rules,
};
use kv_store::{Begun, Count, Error, Snapshot};
use parking_lot::{Condvar, Mutex, MutexGuard};

use super::Shared;
use crate::log::Health;
use crate::rdb::Progress;
use crate::{Log, disk, rdb, rewrite};

/// How often rules, sizes and settings are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// The thread's priority (`nice`).
const PRIORITY: i32 = 10;

/// Seconds after which what has failed by itself is tried again.
const RETRY_S: u64 = 5;

/// What is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// A snapshot.
    Save,
    /// The log, anew.
    Rewrite,
}

/// How one kind of work has gone.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// It is to be done as soon as nothing else is.
    pub(super) is_wanted: bool,
    /// Whether the last one went well, or there was none.
    pub(super) is_ok: bool,
    /// Seconds that the last one took, if there was one.
    pub(super) took_s: Option<u64>,
    /// How often it went well.
    pub(super) count: u64,
    /// When the last one began, in Unix seconds.
    pub(super) tried_at: u64,
}

impl Default for Record {
    fn default() -> Record {
        Record { is_wanted: false, is_ok: true, took_s: None, count: 0, tried_at: 0 }
    }
}

/// What is known of the work.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    is_stopping: bool,
    /// The snapshot that is being written is to be given up.
    is_cancelled: bool,
    /// What is being written, and since when, in Unix seconds.
    pub(super) running: Option<(Work, u64)>,
    pub(super) save: Record,
    pub(super) rewrite: Record,
    /// When a snapshot was last written, or else the start, in Unix seconds.
    pub(super) last_save: u64,
    /// What the store had counted as changes at that time.
    pub(super) changes_at_save: u64,
    pub(super) loading: Progress,
    /// When loading began, in Unix seconds.
    pub(super) loading_since: u64,
}

impl State {
    fn record(&mut self, work: Work) -> &mut Record {
        match work {
            Work::Save => &mut self.save,
            Work::Rewrite => &mut self.rewrite,
        }
    }

    /// What is to be done now.
    fn waiting(&self) -> Option<Work> {
        match self {
            State { running: Some(_), .. } => None,
            State { save: Record { is_wanted: true, .. }, .. } => Some(Work::Save),
            State { rewrite: Record { is_wanted: true, .. }, .. } => Some(Work::Rewrite),
            _ => None,
        }
    }

    /// Whether something is being written, or is about to be.
    pub(super) fn is_busy_with(&self, work: Work) -> bool {
        let record = if work == Work::Save { &self.save } else { &self.rewrite };
        record.is_wanted || self.running.is_some_and(|(running, _)| running == work)
    }
}

/// The work, as all threads see it.
pub(super) struct Chores {
    state: Mutex<State>,
    changed: Condvar,
}

fn save_in_progress() -> Error {
    Error::new("Background save already in progress")
}

fn rewrite_in_progress() -> Error {
    Error::new("Background append only file rewriting already in progress")
}

impl Chores {
    pub(super) fn new(now_s: u64) -> Chores {
        let state = State { last_save: now_s, ..State::default() };
        Chores { state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(super) fn state(&self) -> State {
        self.state.lock().clone()
    }

    pub(super) fn begin_loading(&self, now_s: u64) {
        self.state.lock().loading_since = now_s;
    }

    pub(super) fn loading(&self, progress: Progress) {
        self.state.lock().loading = progress;
    }

    pub(super) fn loaded(&self) -> Progress {
        self.state.lock().loading
    }

    /// What was loaded is no change.
    pub(super) fn loaded_all(&self, shared: &Shared) {
        self.state.lock().changes_at_save = shared.changes();
    }

    pub(super) fn last_save(&self) -> u64 {
        self.state.lock().last_save
    }

    /// Ends the thread; a snapshot that it is writing is given up.
    pub(super) fn stop(&self) {
        self.state.lock().is_stopping = true;
        self.changed.notify_all();
    }

    /// Why what is being written is to be given up, if it is.
    fn given_up(&self) -> Option<&'static str> {
        match &*self.state.lock() {
            State { is_stopping: true, .. } => Some("the server stops"),
            State { is_cancelled: true, .. } => Some("it was cancelled"),
            _ => None,
        }
    }

    /// Begins work on this thread, which [`end`](Chores::end) is to be called for.
    fn claim(&self, work: Work, now_s: u64) -> Result<(), Error> {
        let mut state = self.state.lock();
        match state.running {
            Some((Work::Save, _)) => return Err(save_in_progress()),
            Some((Work::Rewrite, _)) => return Err(rewrite_in_progress()),
            None => {}
        }
        (state.running, state.is_cancelled) = (Some((work, now_s)), false);
        let record = state.record(work);
        (record.is_wanted, record.tried_at) = (false, now_s);
        Ok(())
    }

    /// Ends the work that was begun; how it went is noted, unless it is nobody else's business.
    fn end(&self, work: Work, is_ok: Option<bool>, now_s: u64) {
        let mut state = self.state.lock();
        let began = state.running.take().map_or(now_s, |(_, began)| began);
        if let Some(is_ok) = is_ok {
            let record = state.record(work);
            record.is_ok = is_ok;
            record.took_s = Some(now_s.saturating_sub(began));
            record.count += u64::from(is_ok);
        }
        self.changed.notify_all();
    }

    /// Writes a snapshot on this thread. A client that waits for it learns of a failure itself, and one
    /// that cancels it expects it: that says nothing of snapshots in the background, as in Redis.
    pub(super) fn save(&self, shared: &Shared, is_waited_for: bool) -> Result<(), Error> {
        self.claim(Work::Save, shared.now_s())?;
        let saved = shared.write_snapshot();
        let is_cancelled = self.state.lock().is_cancelled;
        let noted = saved.is_ok() || !(is_waited_for || is_cancelled);
        self.end(Work::Save, noted.then_some(saved.is_ok()), shared.now_s());
        saved.map_err(|error| {
            match is_cancelled {
                true => tracing::info!("the snapshot is not written: {error}"),
                false => tracing::error!("the snapshot is not written: {error}"),
            }
            Error::new(format!("cannot write the snapshot: {error}"))
        })
    }

    /// Does something on this thread while nothing is written.
    pub(super) fn alone(&self, work: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let now_s = self.state.lock().last_save;
        self.claim(Work::Save, now_s)?;
        let done = work();
        self.end(Work::Save, done.is_ok().then_some(true), now_s);
        done
    }

    /// Has the thread write a snapshot.
    pub(super) fn begin_save(&self, schedule: bool) -> Result<Begun, Error> {
        let mut state = self.state.lock();
        if state.is_busy_with(Work::Save) {
            return Err(save_in_progress());
        }
        let is_later = state.is_busy_with(Work::Rewrite);
        if is_later && !schedule {
            return Err(Error::new(
                "Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in \
                 order to schedule a BGSAVE whenever possible.",
            ));
        }
        Ok(self.want(&mut state, Work::Save, is_later))
    }

    /// Has the snapshot given up that is being written or is to be.
    pub(super) fn cancel_save(&self) -> Result<Begun, Error> {
        let mut state = self.state.lock();
        let is_running = matches!(state.running, Some((Work::Save, _)));
        state.is_cancelled |= is_running;
        if !std::mem::take(&mut state.save.is_wanted) && !is_running {
            return Err(Error::new("Background saving is currently not in progress or scheduled"));
        }
        // What waits for nothing has begun, though the thread may not have come to it.
        let is_scheduled = !is_running && state.is_busy_with(Work::Rewrite);
        Ok(if is_scheduled { Begun::Later } else { Begun::Now })
    }

    /// Has the thread rewrite the log.
    pub(super) fn begin_rewrite(&self) -> Result<Begun, Error> {
        let mut state = self.state.lock();
        if state.is_busy_with(Work::Rewrite) {
            return Err(rewrite_in_progress());
        }
        let is_later = state.is_busy_with(Work::Save);
        Ok(self.want(&mut state, Work::Rewrite, is_later))
    }

    fn want(&self, state: &mut MutexGuard<'_, State>, work: Work, is_later: bool) -> Begun {
        state.record(work).is_wanted = true;
        self.changed.notify_all();
        if is_later { Begun::Later } else { Begun::Now }
    }

    /// Waits until there is something to do, or it is time to look; `None` when it is over.
    fn next(&self) -> Option<Option<Work>> {
        let mut state = self.state.lock();
        let is_waiting = |state: &State| {
            let is_wanted = state.save.is_wanted || state.rewrite.is_wanted;
            !state.is_stopping && (!is_wanted || state.running.is_some())
        };
        if is_waiting(&state) {
            self.changed.wait_for(&mut state, LOOK);
        }
        if state.is_stopping {
            return None;
        }
        Some(state.waiting())
    }

    /// What is to be done now.
    pub(super) fn waiting(&self) -> Option<Work> {
        self.state.lock().waiting()
    }
}

impl Shared {
    /// The thread.
    pub(super) fn run_chores(self: &Arc<Shared>) {
        yield_to_others();
        let mut generation = self.store.settings().generation();
        while let Some(work) = self.chores.next() {
            self.work(work, &mut generation);
        }
    }

    /// Does what waits, then what the settings (heeded up to `generation`), the rules and the log ask for.
    pub(super) fn work(self: &Arc<Shared>, work: Option<Work>, generation: &mut u64) {
        match work {
            Some(Work::Save) => drop(self.chores.save(self, false)),
            Some(Work::Rewrite) => self.rewrite_now(),
            None => {}
        }
        let changed = self.store.settings().generation();
        if changed != *generation {
            *generation = changed;
            self.heed_settings();
        }
        self.look();
    }

    /// Applies settings that may have been changed.
    fn heed_settings(self: &Arc<Shared>) {
        match (self.journal.log(), self.wants_log()) {
            (Some(log), true) => {
                if log.status().policy != self.policy() {
                    log.set_policy(self.policy());
                }
            }
            (Some(_), false) => self.end_log(),
            (None, true) => {
                if let Err(error) = self.log_over_data() {
                    tracing::error!("changes are not logged: {error}");
                }
            }
            (None, false) => {}
        }
    }

    /// Has done what the rules, the size of the log and its health ask for.
    fn look(&self) {
        let (state, now) = (self.chores.state(), self.now_s());
        let may_try = |record: &Record| record.is_ok || now >= record.tried_at + RETRY_S;
        let (changes, age) = (self.changes_since(&state), now.saturating_sub(state.last_save));
        let is_due = |rule: &(u64, u64)| changes >= rule.1 && age >= rule.0 && changes > 0;
        if self.save_rules().iter().any(is_due) && may_try(&state.save) {
            // If it is being written already, it need not be begun.
            let _ = self.chores.begin_save(true);
        }
        if let Some(log) = self.journal.log()
            && self.is_to_rewrite(&log)
            && may_try(&state.rewrite)
        {
            let _ = self.chores.begin_rewrite();
        }
        self.refuse(&state);
    }

    fn is_to_rewrite(&self, log: &Log) -> bool {
        let status = log.status();
        let number = |setting| self.store.settings().number(setting).unsigned_abs();
        let percentage = number(&AUTO_AOF_REWRITE_PERCENTAGE);
        let size = status.base_bytes + status.log_bytes;
        let grown = status.log_bytes >= (status.base_bytes / 100).saturating_mul(percentage);
        match status.health {
            Health::Starting | Health::NeedsRewrite(_) => true,
            Health::WriteFailed(_) => false,
            Health::Good => percentage > 0 && size >= number(&AUTO_AOF_REWRITE_MIN_SIZE) && grown,
        }
    }

    /// Refuses writes while they could not be kept as the settings promise.
    fn refuse(&self, state: &State) {
        let stops = self.store.settings().number(&STOP_WRITES_ON_BGSAVE_ERROR) != 0;
        let of_log = self.journal.log().and_then(|log| log.status().refusal());
        let of_save = (stops && !state.save.is_ok && !self.save_rules().is_empty()).then(|| {
            "MISCONF Snapshots are to be saved, and the last one could not be written: commands that \
             change data are refused (see the settings save and stop-writes-on-bgsave-error, and the \
             log of the server)"
                .to_owned()
        });
        self.store.refuse_writes(of_log.or(of_save).as_deref());
    }

    /// The rules of the setting `save`.
    pub(super) fn save_rules(&self) -> Vec<(u64, u64)> {
        // The setting takes no other text.
        save_rules(&self.store.settings().text(&SAVE)).unwrap_or_default()
    }

    /// Changes since the last snapshot.
    pub(super) fn changes_since(&self, state: &State) -> u64 {
        self.changes().saturating_sub(state.changes_at_save)
    }

    fn changes(&self) -> u64 {
        self.store.stats().total(Count::Changes)
    }

    /// Writes a snapshot to its file.
    pub(super) fn write_snapshot(&self) -> io::Result<()> {
        let changes = self.changes();
        let (snapshot, ()) = self.store.snapshot(|_| ()).map_err(io::Error::other)?;
        let name = self.store.settings().text(&DBFILENAME);
        let bytes = disk::replace(&*self.dir, &name, |out| self.write(snapshot, out))?;
        tracing::info!("a snapshot of {bytes} bytes is written");
        let mut state = self.chores.state.lock();
        (state.last_save, state.changes_at_save) = (self.now_s(), changes);
        Ok(())
    }

    /// Rewrites the log on this thread.
    pub(super) fn rewrite_now(&self) {
        let Some(log) = self.journal.log() else { return };
        if self.chores.claim(Work::Rewrite, self.now_s()).is_err() {
            return;
        }
        let cut = |log: &Log| self.cut(log);
        let begun = rewrite::begin(&log, cut, |snapshot, out| self.write(snapshot, out));
        let rewritten = begun.and_then(|installing| match &self.hand {
            Some(hand) => hand.finish(installing),
            None => installing.finish(),
        });
        match &rewritten {
            Ok(bytes) => tracing::info!("the log is rewritten: its base has {bytes} bytes"),
            Err(error) => tracing::error!("{error}"),
        }
        self.chores.end(Work::Rewrite, Some(rewritten.is_ok()), self.now_s());
    }

    fn write(&self, snapshot: Snapshot, out: &mut dyn Write) -> io::Result<()> {
        let (version, created) = (env!("CARGO_PKG_VERSION"), self.now_s().to_string());
        let used = self.store.used_memory().to_string();
        let aux = [
            ("redis-ver", kv_store::REDIS_VERSION),
            ("kv-ver", version),
            ("redis-bits", "64"),
            ("ctime", &created),
            ("used-mem", &used),
        ];
        rdb::save(snapshot, Abortable { out, chores: &self.chores }, &aux).map(drop)
    }
}

/// Lets this thread have what time the others leave: it may share their cores, and nobody waits for it.
fn yield_to_others() {
    // Of a thread's own number, which 0 stands for, this is its own priority. If it is refused, all works as well.
    let _ = rustix::process::setpriority_process(None, PRIORITY);
}

/// An output that fails once what is written is given up.
struct Abortable<'a> {
    out: &'a mut dyn Write,
    chores: &'a Chores,
}

impl Write for Abortable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.chores.given_up() {
            Some(why) => Err(io::Error::other(why)),
            None => self.out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
