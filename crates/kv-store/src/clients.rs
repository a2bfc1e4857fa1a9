//! The clients of a store: what `CLIENT LIST` shows and `CLIENT KILL` ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use kv_protocol::Protocol;
use parking_lot::Mutex;

use crate::command;
use crate::stats::{Count, LocalStats};

/// The one user there is. It has no password: every client is it from the start.
pub(crate) const DEFAULT_USER: &str = "default";

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
    resp: AtomicUsize,
    last_command: Mutex<&'static str>,
    pub(crate) texts: Mutex<Texts>,
    pub(crate) no_evict: AtomicBool,
    pub(crate) no_touch: AtomicBool,
    commands: AtomicU64,
    net_input: AtomicU64,
    net_output: AtomicU64,
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
    /// Notes the protocol it is answered in; the native dialect has the types of RESP2.
    pub(crate) fn set_protocol(&self, protocol: Protocol) {
        let resp = match protocol {
            Protocol::Native | Protocol::Resp2 => 2,
            Protocol::Resp3 => 3,
        };
        self.resp.store(resp, Ordering::Relaxed);
    }

    /// Adds what its session has counted since the last time.
    pub(crate) fn count(&self, stats: &LocalStats) {
        // Nobody else writes these, so they need no read-modify-write.
        let add = |total: &AtomicU64, count| {
            total.store(total.load(Ordering::Relaxed) + stats.get(count), Ordering::Relaxed);
        };
        add(&self.commands, Count::Commands);
        add(&self.net_input, Count::NetInput);
        add(&self.net_output, Count::NetOutput);
    }

    /// Seconds since it connected, at `now` in Unix microseconds.
    pub(crate) fn age(&self, now: u64) -> u64 {
        now.saturating_sub(self.created) / 1_000_000
    }

    /// Its line in `CLIENT LIST` at `now`, in Unix microseconds. What this store does not have (yet)
    /// reads as it does for an idle client of a real server.
    pub(crate) fn describe(&self, now: u64) -> String {
        let number = |value: &AtomicUsize| value.load(Ordering::Relaxed);
        let total = |value: &AtomicU64| value.load(Ordering::Relaxed);
        let idle = now.saturating_sub(total(&self.last_active)) / 1_000_000;
        let command = match *self.last_command.lock() {
            "" => "NULL".to_owned(),
            name => command::wire_name(name),
        };
        let Peer { addr, laddr, fd } = &self.peer;
        let Texts { name, lib_name, lib_ver } = &*self.texts.lock();
        let (id, age, flags) = (self.id, self.age(now), self.flags());
        let (db, resp) = (number(&self.db), number(&self.resp));
        let (input, output) = (total(&self.net_input), total(&self.net_output));
        let commands = total(&self.commands);
        format!(
            "id={id} addr={addr} laddr={laddr} fd={fd} name={name} age={age} idle={idle} \
             flags={flags} db={db} sub=0 psub=0 ssub=0 multi=-1 watch=0 qbuf=0 qbuf-free=0 \
             argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=0 events=r \
             cmd={command} user={DEFAULT_USER} redir=-1 resp={resp} lib-name={lib_name} \
             lib-ver={lib_ver} tot-net-in={input} tot-net-out={output} tot-cmds={commands}"
        )
    }

    fn flags(&self) -> &'static str {
        match (self.no_evict.load(Ordering::Relaxed), self.no_touch.load(Ordering::Relaxed)) {
            (false, false) => "N",
            (true, false) => "e",
            (false, true) => "T",
            (true, true) => "eT",
        }
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
    pub(crate) fn connect(&self, peer: Peer, home: Protocol, now: u64) -> Arc<Client> {
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
            net_input: AtomicU64::new(0),
            net_output: AtomicU64::new(0),
            killed: AtomicBool::new(false),
            wake: Mutex::new(None),
        });
        client.set_protocol(home);
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
