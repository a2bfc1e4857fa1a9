//! The store: everything its sessions share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use kv_protocol::Protocol;
use parking_lot::RwLock;

use crate::clients::{Client, Clients, Peer};
use crate::clock::{Clock, SystemClock};
use crate::command::Access;
use crate::event::{Change, Observer};
use crate::info::InfoSource;
use crate::journal::{Journal, Replayer};
use crate::keeper::Keeper;
use crate::keyspace::{Keyspace, Scratch, SweepPosition, View};
use crate::refusal::Refusal;
use crate::settings::{DATABASES, Setting, SettingError, Settings};
use crate::stats::{Count, Stats};
use crate::{Registry, Session};

/// Shards that one [`Store::sweep`] locks at most, one after the other.
const SWEEP_SHARDS: usize = 256;

/// An in-memory store: databases of keys, the commands that work on them, and the sessions that
/// call these. It is shared by all threads; every command on it is atomic.
pub struct Store {
    itself: Weak<Store>,
    registry: Registry,
    pub(crate) keyspace: Keyspace,
    settings: Settings,
    stats: Stats,
    pub(crate) clients: Clients,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) seed: u64,
    pub(crate) run_id: String,
    pub(crate) started_us: u64,
    observer: Option<Arc<dyn Observer>>,
    sweep_position: SweepPosition,
    peak_memory: AtomicU64,
    pub(crate) sweeping: AtomicBool,
    pub(crate) info_sources: RwLock<Vec<InfoSource>>,
    pub(crate) refusal: Refusal,
    keeper: OnceLock<Arc<dyn Keeper>>,
    stopper: OnceLock<Stopper>,
}

/// Asks a server to stop.
type Stopper = Box<dyn Fn() + Send + Sync>;

/// Builds a [`Store`]; every part has a default.
pub struct StoreBuilder {
    registry: Registry,
    settings: Settings,
    clock: Arc<dyn Clock>,
    seed: Option<[u64; 4]>,
    observer: Option<Arc<dyn Observer>>,
    lazy_free: bool,
}

impl Store {
    /// A builder with the built-in commands, the system's clock and default settings.
    pub fn builder() -> StoreBuilder {
        StoreBuilder {
            registry: Registry::builtin(),
            settings: Settings::new(&[]),
            clock: Arc::new(SystemClock),
            seed: None,
            observer: None,
            lazy_free: false,
        }
    }

    /// A session for a program that embeds the store: the Redis dialect with RESP2 types.
    pub fn session(self: &Arc<Self>) -> Session {
        self.connect(Peer::default(), Protocol::Resp2)
    }

    /// A session for a client of a transport, in the dialect and protocol of its listener.
    pub fn connect(self: &Arc<Self>, peer: Peer, home: Protocol) -> Session {
        Session::new(self.clone(), peer, home)
    }

    /// Itself, to be held for longer than it is borrowed.
    pub(crate) fn handle(&self) -> Arc<Store> {
        self.itself.upgrade().expect("who borrows a store keeps it")
    }

    /// The commands it knows.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Its counts.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Its sessions at this instant.
    pub fn clients(&self) -> Vec<Arc<Client>> {
        self.clients.list()
    }

    /// How many sessions there are.
    pub fn client_count(&self) -> usize {
        self.clients.len()
    }

    /// Removes keys whose time is over, in a bounded step; call it some ten times a second. Returns
    /// how many keys were removed.
    ///
    /// Nothing depends on it but memory: to every command, a key whose time is over is missing.
    pub fn sweep(&self) -> u64 {
        if !self.sweeping.load(Ordering::Relaxed) || self.is_loading() {
            return 0;
        }
        self.heed_memory();
        let now = self.clock.now_us() / 1000;
        let observer = self.observer.as_deref();
        let removed = self.keyspace.sweep(&self.sweep_position, now, SWEEP_SHARDS, observer);
        if removed > 0 {
            self.stats.add(Count::Expired, removed);
        }
        self.used_memory();
        removed
    }

    /// Frees a little of what large removals have left behind, tens of microseconds' worth; whether
    /// there was anything. See [`StoreBuilder::lazy_free`].
    pub fn reclaim(&self) -> bool {
        self.keyspace.trash.free_slice()
    }

    /// Gives back memory that this thread keeps for its next records, if much was freed meanwhile:
    /// for threads that run sessions, about once a second, as they may be idle for long.
    pub fn heed_memory(&self) {
        kv_types::slab::heed();
    }

    /// Bytes that the keys and values take, the tables that hold them included, to the byte.
    pub fn used_memory(&self) -> u64 {
        let used = (0..self.keyspace.len())
            .map(|db| self.keyspace.totals(db))
            .map(|totals| totals.memory + totals.tables);
        let used = used.sum();
        self.peak_memory.fetch_max(used, Ordering::Relaxed);
        used
    }

    /// The most that [`used_memory`](Store::used_memory) has been whenever it was looked at, which
    /// every sweep does.
    pub fn peak_memory(&self) -> u64 {
        self.peak_memory.load(Ordering::Relaxed)
    }

    /// Adds lines to `INFO`: `source` is asked for them whenever its section is shown.
    pub fn add_info(&self, source: InfoSource) {
        self.info_sources.write().push(source);
    }

    /// Attaches the journal that changes go to once they are [switched](Store::snapshot) to it; there can be
    /// one, for the store's life. Whether there was none.
    pub fn attach_journal(&self, journal: Arc<dyn Journal>) -> bool {
        self.keyspace.journal.attach(journal)
    }

    /// The journal, if one is attached.
    #[inline]
    pub fn journal(&self) -> Option<&dyn Journal> {
        self.keyspace.journal.attached()
    }

    /// Attaches who keeps the data on disk; there can be one, for the store's life. Whether there was none.
    pub fn attach_keeper(&self, keeper: Arc<dyn Keeper>) -> bool {
        self.keeper.set(keeper).is_ok()
    }

    /// Who keeps the data on disk, if anybody does.
    pub(crate) fn keeper(&self) -> Option<Arc<dyn Keeper>> {
        self.keeper.get().cloned()
    }

    /// Sets what `SHUTDOWN` calls to have the server stopped; once, later calls change nothing.
    pub fn on_shutdown(&self, stop: Box<dyn Fn() + Send + Sync>) {
        let _ = self.stopper.set(stop);
    }

    pub(crate) fn stopper(&self) -> Option<&(dyn Fn() + Send + Sync)> {
        self.stopper.get().map(|stop| &**stop)
    }

    /// Runs again what a journal has kept. It must do so before changes are switched to a journal.
    pub fn replayer(self: &Arc<Self>) -> Replayer {
        Replayer::new(self)
    }

    /// Removes all keys, which are about to be loaded again: neither observers nor the journal are told.
    pub fn clear_to_load(&self) {
        let mut scratch = Scratch::default();
        let mut view = View::new(&self.keyspace, &mut scratch, 0, false);
        view.lock_used_databases(Access::Write);
        // They are locked for writing, so nothing is refused.
        let _ = view.clear(false, true);
        view.close();
    }

    /// Says whether data is being loaded: commands are refused then (`LOADING`) that may not run meanwhile, and
    /// no key is removed because its time is over.
    pub fn set_loading(&self, is_loading: bool) {
        self.refusal.set_loading(is_loading);
    }

    /// Whether data is being loaded.
    pub fn is_loading(&self) -> bool {
        self.refusal.is_loading()
    }

    /// Refuses commands that write, with this error reply (its code first, as in `MISCONF the disk is full`); or
    /// refuses none any more.
    pub fn refuse_writes(&self, why: Option<&str>) {
        self.refusal.refuse_writes(why);
    }

    #[inline]
    pub(crate) fn is_observed(&self) -> bool {
        self.observer.is_some()
    }

    pub(crate) fn observe(&self, changes: &[Change]) {
        if let Some(observer) = &self.observer {
            observer.committed(changes);
        }
    }
}

impl StoreBuilder {
    /// The commands the store knows: [`Registry::builtin`] with what the program adds to it.
    pub fn registry(mut self, registry: Registry) -> StoreBuilder {
        self.registry = registry;
        self
    }

    /// Where time comes from.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> StoreBuilder {
        self.clock = clock;
        self
    }

    /// Fixes all randomness: the keys' hash and the choices of `RANDOMKEY`. For tests: a store that
    /// strangers can reach must keep the default, which the operating system gives.
    pub fn seed(mut self, seed: [u64; 4]) -> StoreBuilder {
        self.seed = Some(seed);
        self
    }

    /// Adds settings of the program's own, shown by `CONFIG GET`. Call it before [`set`](Self::set).
    pub fn settings(mut self, more: &[&'static Setting]) -> StoreBuilder {
        self.settings = Settings::new(more);
        self
    }

    /// Sets a setting, as `CONFIG SET` would; immutable ones too.
    ///
    /// # Errors
    /// An unknown name, or a value that the setting does not take.
    pub fn set(self, name: &str, value: &str) -> Result<StoreBuilder, SettingError> {
        self.settings.init(name, value)?;
        Ok(self)
    }

    /// Leaves it to [`Store::reclaim`] to free what large removals (a flush, a huge value) leave
    /// behind, so that the command that removes them need not take the time: for a program that
    /// calls that often, some ten times a second and until it says that nothing is left. Otherwise
    /// the command frees everything itself, once its locks are dropped.
    pub fn lazy_free(mut self) -> StoreBuilder {
        self.lazy_free = true;
        self
    }

    /// Who is told of every change.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> StoreBuilder {
        self.observer = Some(observer);
        self
    }

    /// The store.
    ///
    /// # Panics
    /// If the operating system has no randomness to give and no seed was set.
    pub fn build(self) -> Arc<Store> {
        let seed = self.seed.unwrap_or_else(|| {
            [(); 4].map(|()| getrandom::u64().expect("the operating system gives randomness"))
        });
        let started_us = self.clock.now_us();
        let databases = self.settings.number(&DATABASES) as usize;
        let keyspace = Keyspace::new(databases, seed);
        if self.lazy_free {
            keyspace.trash.set_lazy();
        }
        Arc::new_cyclic(|itself| Store {
            itself: itself.clone(),
            registry: self.registry,
            keyspace,
            settings: self.settings,
            stats: Stats::default(),
            clients: Clients::default(),
            clock: self.clock,
            seed: seed[0],
            run_id: run_id(seed),
            started_us,
            observer: self.observer,
            sweep_position: SweepPosition::default(),
            peak_memory: AtomicU64::new(0),
            sweeping: AtomicBool::new(true),
            info_sources: RwLock::default(),
            refusal: Refusal::default(),
            keeper: OnceLock::new(),
            stopper: OnceLock::new(),
        })
    }
}

/// Forty hexadecimal digits that name this run of the store, as `INFO` prints them. They come from a
/// generator seeded with the seed, so that they do not give away the key of the keys' hash.
fn run_id(seed: [u64; 4]) -> String {
    let mut rng =
        fastrand::Rng::with_seed(seed.iter().fold(0, |mix, word| mix ^ word.rotate_left(17)));
    (0..40).map(|_| char::from_digit(rng.u32(..16), 16).unwrap_or('0')).collect()
}
