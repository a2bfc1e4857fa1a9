//! Workers: a thread each, with a current-thread runtime and the connections dealt to it.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::task::Waker;
use std::thread::JoinHandle;
use std::time::Duration;

use atomic_waker::AtomicWaker;
use kv_protocol::Limits;
use kv_store::settings::PROTO_MAX_BULK_LEN;
use kv_store::{Session, Store};
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::MissedTickBehavior;
use tokio_util::task::TaskTracker;

use crate::connection::Connection;
use crate::held::Held;
use crate::settings::{
    MAX_NESTING, QUERY_LIMIT, REPLY_LIMIT, SHUTDOWN_TIMEOUT, STALL_TIMEOUT, TIMEOUT,
};

/// How often a worker looks for idle and stalled connections; timeouts are counted in these.
const TICK: Duration = Duration::from_secs(1);

/// Ticks for which a connection is kept after its last reply for the client to close it.
const LINGER: u64 = 2;

/// Why a connection is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Ending {
    /// The server stops: answer what was received, then close.
    Drain = 1,
    /// `CLIENT KILL`.
    Killed = 2,
    /// It sent nothing for `timeout` seconds.
    Idle = 3,
    /// It read nothing for `client-stall-timeout` seconds.
    Stalled = 4,
    /// It had [`LINGER`] ticks to close after its last reply.
    Lingered = 5,
}

/// What others can tell a connection, and what it tells them.
#[derive(Debug)]
pub(crate) struct Handle {
    waker: AtomicWaker,
    ending: AtomicU8,
    clock: Arc<AtomicU64>,
    /// Tick of its last request.
    active: AtomicU64,
    /// Tick since which its replies are not taken; 0 when they are.
    blocked: AtomicU64,
    /// Tick since which its last reply is sent; 0 before.
    lingering: AtomicU64,
}

impl Handle {
    fn new(clock: Arc<AtomicU64>) -> Handle {
        let now = clock.load(Ordering::Relaxed);
        Handle {
            waker: AtomicWaker::new(),
            ending: AtomicU8::new(0),
            clock,
            active: AtomicU64::new(now),
            blocked: AtomicU64::new(0),
            lingering: AtomicU64::new(0),
        }
    }

    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    pub(crate) fn ending(&self) -> Option<Ending> {
        match self.ending.load(Ordering::Acquire) {
            1 => Some(Ending::Drain),
            2 => Some(Ending::Killed),
            3 => Some(Ending::Idle),
            4 => Some(Ending::Stalled),
            5 => Some(Ending::Lingered),
            _ => None,
        }
    }

    /// Tells the connection to end. A stronger reason overrules a weaker one.
    pub(crate) fn end(&self, ending: Ending) {
        self.ending.fetch_max(ending as u8, Ordering::AcqRel);
        self.waker.wake();
    }

    pub(crate) fn set_active(&self) {
        self.active.store(self.clock.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// The socket takes no more for now. The time counts from the first such moment.
    pub(crate) fn set_blocked(&self) {
        if self.blocked.load(Ordering::Relaxed) == 0 {
            self.blocked.store(self.clock.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    pub(crate) fn set_unblocked(&self) {
        self.blocked.store(0, Ordering::Relaxed);
    }

    pub(crate) fn set_lingering(&self) {
        self.lingering.store(self.clock.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Ends the connection if it has been idle or stalled for longer than allowed.
    fn check(&self, now: u64, tuning: &Tuning) {
        let lingering = self.lingering.load(Ordering::Relaxed);
        if lingering != 0 && now - lingering > LINGER {
            self.end(Ending::Lingered);
        }
        let blocked = self.blocked.load(Ordering::Relaxed);
        let (timeout, stall) = (tuning.number(&tuning.timeout), tuning.number(&tuning.stall));
        if blocked != 0 {
            if now - blocked > stall {
                self.end(Ending::Stalled);
            }
        } else if timeout != 0 && now - self.active.load(Ordering::Relaxed) > timeout {
            self.end(Ending::Idle);
        }
    }
}

/// The settings that connections use, read anew when any setting has changed.
pub(crate) struct Tuning {
    store: Arc<Store>,
    generation: AtomicU64,
    max_bulk: AtomicU64,
    max_nesting: AtomicU64,
    query: AtomicU64,
    reply: AtomicU64,
    timeout: AtomicU64,
    stall: AtomicU64,
}

impl Tuning {
    pub(crate) fn new(store: Arc<Store>) -> Tuning {
        let tuning = Tuning {
            store,
            generation: AtomicU64::new(u64::MAX),
            max_bulk: AtomicU64::new(0),
            max_nesting: AtomicU64::new(0),
            query: AtomicU64::new(0),
            reply: AtomicU64::new(0),
            timeout: AtomicU64::new(0),
            stall: AtomicU64::new(0),
        };
        tuning.refresh();
        tuning
    }

    #[inline]
    fn refresh(&self) {
        let generation = self.store.settings().generation();
        if self.generation.load(Ordering::Relaxed) != generation {
            self.reload();
            self.generation.store(generation, Ordering::Relaxed);
        }
    }

    #[cold]
    fn reload(&self) {
        let settings = self.store.settings();
        for (cached, setting) in [
            (&self.max_bulk, &PROTO_MAX_BULK_LEN),
            (&self.max_nesting, &MAX_NESTING),
            (&self.query, &QUERY_LIMIT),
            (&self.reply, &REPLY_LIMIT),
            (&self.timeout, &TIMEOUT),
            (&self.stall, &STALL_TIMEOUT),
        ] {
            cached.store(settings.number(setting).unsigned_abs(), Ordering::Relaxed);
        }
    }

    fn number(&self, cached: &AtomicU64) -> u64 {
        self.refresh();
        cached.load(Ordering::Relaxed)
    }

    /// What requests may be like at present.
    #[inline]
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            max_bulk: self.number(&self.max_bulk) as usize,
            max_depth: self.max_nesting.load(Ordering::Relaxed) as usize,
            max_request: self.query.load(Ordering::Relaxed) as usize,
            ..Limits::DEFAULT
        }
    }

    /// Most bytes of replies that may wait for one client.
    pub(crate) fn reply_limit(&self) -> usize {
        self.number(&self.reply) as usize
    }
}

/// A connection on its way to a worker.
pub(crate) type Incoming = (std::net::TcpStream, Session);

/// A running worker, as the acceptor sees it.
pub(crate) struct Worker {
    incoming: UnboundedSender<Incoming>,
    load: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

/// The worker's own side.
struct Floor {
    store: Arc<Store>,
    tuning: Arc<Tuning>,
    load: Arc<AtomicUsize>,
    clock: Arc<AtomicU64>,
    held: Arc<Held>,
    open: Mutex<HashMap<u64, Arc<Handle>>>,
}

impl Worker {
    /// Starts worker number `index`.
    pub(crate) fn start(index: usize, store: Arc<Store>) -> io::Result<Worker> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (incoming, receiver) = unbounded_channel();
        let load = Arc::new(AtomicUsize::new(0));
        let floor = Arc::new(Floor {
            tuning: Arc::new(Tuning::new(store.clone())),
            store,
            load: load.clone(),
            // Ticks count from 1: 0 means "not blocked".
            clock: Arc::new(AtomicU64::new(1)),
            held: Arc::default(),
            open: Mutex::default(),
        });
        let name = format!("kv-worker-{index}");
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(move || runtime.block_on(floor.run(receiver)))?;
        Ok(Worker { incoming, load, thread })
    }

    /// Connections it has.
    pub(crate) fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }

    /// Hands it a connection.
    pub(crate) fn deal(&self, incoming: Incoming) {
        self.load.fetch_add(1, Ordering::Relaxed);
        // A worker stops only when this sender is gone.
        let _ = self.incoming.send(incoming);
    }

    /// Its thread, which ends when it has drained its connections: no more can come.
    pub(crate) fn into_thread(self) -> JoinHandle<()> {
        self.thread
    }
}

impl Floor {
    /// Serves connections until no more can come, then drains those that are left.
    async fn run(self: Arc<Self>, mut receiver: UnboundedReceiver<Incoming>) {
        let tasks = TaskTracker::new();
        let ticking = tokio::spawn(self.clone().tick());
        let asking = tokio::spawn(self.held.clone().ask(self.store.clone()));
        while let Some((stream, session)) = receiver.recv().await {
            let id = session.client().id;
            match TcpStream::from_std(stream) {
                Ok(stream) => {
                    // Entered before its first turn: a stop must find it.
                    let entry = Entry::new(self.clone(), &session);
                    tasks.spawn(entry.serve(stream, session));
                }
                Err(error) => {
                    self.load.fetch_sub(1, Ordering::Relaxed);
                    tracing::warn!(client = id, "cannot serve: {error}");
                }
            }
        }
        tasks.close();
        for handle in self.open.lock().values() {
            handle.end(Ending::Drain);
        }
        let bound = self.store.settings().number(&SHUTDOWN_TIMEOUT).unsigned_abs();
        if tokio::time::timeout(Duration::from_secs(bound), tasks.wait()).await.is_err() {
            tracing::warn!("{} clients did not read their replies in time", self.open.lock().len());
        }
        ticking.abort();
        asking.abort();
    }

    async fn tick(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        // After a long command the clock goes on from there: the time nobody could be served in is
        // nobody's idleness.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = self.clock.fetch_add(1, Ordering::Relaxed) + 1;
            for handle in self.open.lock().values() {
                handle.check(now, &self.tuning);
            }
            self.store.heed_memory();
        }
    }
}

/// A connection's place among those of its worker: it goes with the connection, however that ends.
struct Entry {
    floor: Arc<Floor>,
    handle: Arc<Handle>,
    id: u64,
}

impl Entry {
    fn new(floor: Arc<Floor>, session: &Session) -> Entry {
        let handle = Arc::new(Handle::new(floor.clock.clone()));
        let id = session.client().id;
        let kill = handle.clone();
        session.client().on_kill(move || kill.end(Ending::Killed));
        floor.open.lock().insert(id, handle.clone());
        Entry { floor, handle, id }
    }

    async fn serve(self, stream: TcpStream, session: Session) {
        let (tuning, handle) = (self.floor.tuning.clone(), self.handle.clone());
        let held = self.floor.held.clone();
        Connection::new(stream, session, tuning, handle, held).serve().await;
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.floor.open.lock().remove(&self.id);
        self.floor.load.fetch_sub(1, Ordering::Relaxed);
    }
}
