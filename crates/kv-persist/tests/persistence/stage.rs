//! A store and its disks, with the states that it has been in and what of them was promised.

use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use kv_persist::disk::faulty::FaultyDisk;
use kv_persist::log::Health;
use kv_persist::{Loaded, OpenError, Persistence};
use kv_store::protocol::Frame;
use kv_store::{Clock, ManualClock, Session, Store};

use crate::state::{State, at, state};

/// When every test begins.
const START_MS: u64 = 1_700_000_000_000;

/// The directory of snapshots, and that of the log.
#[derive(Clone)]
pub(crate) struct Disks {
    pub(crate) dir: FaultyDisk,
    pub(crate) log: FaultyDisk,
}

impl Disks {
    pub(crate) fn new(seed: u64) -> Disks {
        Disks { dir: FaultyDisk::new(seed), log: FaultyDisk::new(seed + 1_000_000) }
    }

    pub(crate) fn after_power_loss(&self) -> Disks {
        Disks { dir: self.dir.after_power_loss(), log: self.log.after_power_loss() }
    }

    pub(crate) fn after_kill(&self) -> Disks {
        Disks { dir: self.dir.after_kill(), log: self.log.after_kill() }
    }

    pub(crate) fn copy(&self) -> Disks {
        Disks { dir: self.dir.copy(), log: self.log.copy() }
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dir.is_dead() || self.log.is_dead()
    }
}

/// Settings other than the usual ones.
pub(crate) type Settings<'a> = &'a [(&'a str, &'a str)];

pub(crate) struct Stage {
    pub(crate) disks: Disks,
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) loaded: Loaded,
    session: Session,
    persistence: Persistence,
    /// The state at first and after each command.
    pub(crate) history: Vec<State>,
    /// The state in the history that the log has promised, and the one of the last snapshot.
    pub(crate) logged: usize,
    pub(crate) saved: usize,
    /// The state of which a snapshot was begun last, whether or not it was written.
    pub(crate) saving: usize,
}

impl Stage {
    pub(crate) fn open(disks: &Disks, settings: Settings<'_>) -> Result<Stage, OpenError> {
        Stage::open_at(disks, settings, START_MS * 1000)
    }

    pub(crate) fn open_at(
        disks: &Disks,
        settings: Settings<'_>,
        now_us: u64,
    ) -> Result<Stage, OpenError> {
        let clock = Arc::new(ManualClock::at_millis(0));
        clock.set_micros(now_us);
        let builder = Store::builder().clock(clock.clone());
        let usual = [("save", ""), ("auto-aof-rewrite-percentage", "0")];
        let all = usual.iter().chain(settings);
        let store = all.fold(builder, |it, (name, value)| it.set(name, value).unwrap()).build();
        let (dir, log) = (Arc::new(disks.dir.clone()), Arc::new(disks.log.clone()));
        let mut persistence = Persistence::by_hand(&store, &clock, dir, log);
        let loaded = persistence.load()?;
        let (disks, session) = (disks.clone(), store.session());
        let history = vec![state(&store)];
        Ok(Stage {
            disks,
            store,
            clock,
            loaded,
            session,
            persistence,
            history,
            logged: 0,
            saved: 0,
            saving: 0,
        })
    }

    pub(crate) fn now_us(&self) -> u64 {
        self.clock.now_us()
    }

    fn last(&self) -> usize {
        self.history.len() - 1
    }

    /// Does one thing: a command, or what else a line says.
    pub(crate) fn line(&mut self, line: &str) -> Frame {
        let words: Vec<&str> = line.split(' ').collect();
        let saves = self.saves();
        let reply = match *words {
            ["+", millis] => {
                self.clock.wind(Duration::from_millis(millis.parse().unwrap()));
                Frame::Null
            }
            ["step"] => {
                self.persistence.step();
                Frame::Null
            }
            _ => self.session.call(&words),
        };
        if matches!(*words, ["step"] | ["SAVE"]) {
            self.saving = self.last();
            if self.saves() > saves {
                self.saved = self.saving;
            }
        }
        // To look at a store takes longer than most commands. What ends as time passes, `at` leaves out.
        let changes = !matches!(words[0], "+" | "step" | "SELECT" | "CONFIG" | "SAVE" | "BGSAVE");
        let now = if changes { state(&self.store) } else { self.history[self.last()].clone() };
        self.history.push(now);
        let last = self.last();
        self.persistence.settle();
        if self.is_kept() && !self.disks.is_dead() {
            self.logged = last;
        }
        reply
    }

    /// Whether a client that waits for all that was changed up to now would have its reply, or would have had
    /// it with `always`.
    fn is_kept(&self) -> bool {
        let Some(status) = self.persistence.log_status() else { return false };
        let journal = self.persistence.journal();
        let mut context = Context::from_waker(Waker::noop());
        let waits =
            journal.barrier().filter(|at| journal.poll_kept(*at, &mut context).is_pending());
        let is_kept = status.health == Health::Good && status.kept == status.appended;
        assert!(!is_kept || waits.is_none(), "{status:?}");
        is_kept
    }

    fn saves(&mut self) -> u64 {
        self.info("rdb_saves").parse().unwrap()
    }

    /// A line of `INFO`.
    pub(crate) fn info(&mut self, name: &str) -> String {
        let reply = self.session.call(["INFO", "persistence"]);
        let text = String::from_utf8_lossy(reply.as_bytes().unwrap()).into_owned();
        let prefix = format!("{name}:");
        let line = text.lines().find_map(|line| line.strip_prefix(&prefix));
        line.unwrap_or_else(|| panic!("{name} in {text}")).to_owned()
    }

    /// A setting as it is now.
    pub(crate) fn setting(&self, name: &str) -> String {
        let Frame::Array(pair) = self.store.session().call(["CONFIG", "GET", name]) else {
            panic!("{name}")
        };
        String::from_utf8_lossy(pair[1].as_bytes().unwrap()).into_owned()
    }

    /// Checks what another process has found on the disks.
    pub(crate) fn check(&self, found: &Stage, with_log: bool, place: &str) {
        let now_ms = found.now_us() / 1000;
        let state = &found.history[0];
        let expected = |index: &usize| at(&self.history[*index], now_ms) == *state;
        if with_log {
            let mut promised = self.logged..self.history.len();
            let is_one = promised.any(|index| expected(&index));
            let last = at(&self.history[self.logged], now_ms);
            assert!(is_one, "{place}: {} was promised\n{last:?}\nfound\n{state:?}", self.logged);
        } else {
            let is_one = [self.saved, self.saving].iter().any(expected);
            let last = at(&self.history[self.saved], now_ms);
            assert!(is_one, "{place}: {} was saved\n{last:?}\nfound\n{state:?}", self.saved);
        }
    }
}
