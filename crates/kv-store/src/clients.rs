//! The clients of a store: what `CLIENT LIST` shows and `CLIENT KILL` ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;

/// Where a session comes from; what `CLIENT LIST` prints of it.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// Address and port of the client; empty for an embedded session.
    pub addr: String,
    /// Address and port it connected to.
    pub laddr: String,
    /// Its file descriptor, or -1.
    pub fd: i64,
}

/// One session as others see it. Its session writes it, anybody reads it.
#[derive(Debug)]
pub struct Client {
    /// Number of the session, counted from 1 and never used twice.
    pub id: u64,
    /// Where it comes from.
    pub peer: Peer,
    /// When it began, in Unix microseconds.
    pub created: u64,
    pub(crate) last_active: AtomicU64,
    pub(crate) db: AtomicUsize,
    pub(crate) resp: AtomicUsize,
    last_command: Mutex<&'static str>,
    pub(crate) texts: Mutex<Texts>,
    pub(crate) no_evict: AtomicBool,
    pub(crate) no_touch: AtomicBool,
    pub(crate) commands: AtomicU64,
    killed: AtomicBool,
    wake: Mutex<Option<Waker>>,
}

/// What a client has said about itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    pub(crate) name: String,
    pub(crate) lib_name: String,
    pub(crate) lib_ver: String,
}

/// Called, from any thread, when a client has been killed.
struct Waker(Box<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Waker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Waker")
    }
}

impl Client {
    /// The command it ran last; empty before the first.
    pub(crate) fn last_command(&self) -> &'static str {
        *self.last_command.lock()
    }

    pub(crate) fn set_last_command(&self, name: &'static str) {
        *self.last_command.lock() = name;
    }

    /// Whether `CLIENT KILL` has ended it: its transport must close.
    pub fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Acquire)
    }

    /// Ends it: its transport is woken, and closes.
    pub fn kill(&self) {
        self.killed.store(true, Ordering::Release);
        if let Some(waker) = &*self.wake.lock() {
            (waker.0)();
        }
    }

    /// What wakes the transport when the client is killed; called from any thread.
    pub fn on_kill(&self, wake: impl Fn() + Send + Sync + 'static) {
        *self.wake.lock() = Some(Waker(Box::new(wake)));
        if self.is_killed() {
            self.kill();
        }
    }
}

/// All clients of a store, in the order of their numbers.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    all: Mutex<BTreeMap<u64, Arc<Client>>>,
    last_id: AtomicU64,
}

impl Clients {
    pub(crate) fn connect(&self, peer: Peer, now: u64) -> Arc<Client> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let client = Arc::new(Client {
            id,
            peer,
            created: now,
            last_active: AtomicU64::new(now),
            db: AtomicUsize::new(0),
            resp: AtomicUsize::new(2),
            last_command: Mutex::default(),
            texts: Mutex::default(),
            no_evict: AtomicBool::new(false),
            no_touch: AtomicBool::new(false),
            commands: AtomicU64::new(0),
            killed: AtomicBool::new(false),
            wake: Mutex::new(None),
        });
        self.all.lock().insert(id, client.clone());
        client
    }

    pub(crate) fn disconnect(&self, id: u64) {
        self.all.lock().remove(&id);
    }

    pub(crate) fn len(&self) -> usize {
        self.all.lock().len()
    }

    /// All clients at this instant.
    pub(crate) fn list(&self) -> Vec<Arc<Client>> {
        self.all.lock().values().cloned().collect()
    }
}
