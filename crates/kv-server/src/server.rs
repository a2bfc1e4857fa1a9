//! The server: listeners, workers, and the acceptor between them.

use std::io;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::Duration;

use kv_store::settings::Setting;
use kv_store::{Count, Peer, Store};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::listener::{Address, BindError, Listener};
use crate::settings::{HZ, MAXCLIENTS, TCP_BACKLOG, TCP_KEEPALIVE, WORKERS};
use crate::worker::Worker;
use crate::{Config, info, listener};

/// File descriptors beside those of clients: listeners, runtimes, logs.
const SPARE_FILES: u64 = 64;

/// Pause after the system has refused a connection, for want of file descriptors mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How often it is looked for memory to be freed.
const RECLAIM_LOOK: Duration = Duration::from_millis(100);

/// Pause between two slices of freeing, which take tens of microseconds. The runtime rounds it up to
/// its own millisecond.
const RECLAIM_PAUSE: Duration = Duration::from_micros(100);

/// What a client beyond `maxclients` is told.
const TOO_MANY: &[u8] = b"-ERR max number of clients reached\r\n";

/// A server whose addresses are open, not serving yet.
pub struct Server {
    store: Arc<Store>,
    listeners: Vec<Listener>,
    workers: usize,
    stop: watch::Sender<bool>,
    heeds_signals: bool,
}

/// Stops a server from elsewhere.
#[derive(Clone, Debug)]
pub struct StopHandle(watch::Sender<bool>);

/// A server running on a thread of its own.
pub struct Running {
    addresses: Vec<Address>,
    stop: StopHandle,
    thread: std::thread::JoinHandle<io::Result<()>>,
}

impl StopHandle {
    /// Begins a graceful stop: no new connections; what was received is answered.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Running {
    /// The addresses it listens on, the native ones first.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// Waits until it has stopped, for whatever reason.
    ///
    /// # Errors
    /// What made it end.
    pub fn wait(self) -> io::Result<()> {
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the server panicked")))
    }

    /// Stops it gracefully and waits until it has stopped: `shutdown-timeout` seconds at most.
    ///
    /// # Errors
    /// What made the server end before it was asked to.
    pub fn stop(self) -> io::Result<()> {
        self.stop.stop();
        self.wait()
    }
}

impl Server {
    /// Opens the addresses that `config` asks for. `store` is built from the same configuration
    /// ([`Config::store`]).
    ///
    /// # Errors
    /// The first address that cannot be opened; the Redis dialect's default port may be taken, that
    /// is a warning in the log.
    pub fn bind(config: &Config, store: Arc<Store>) -> Result<Server, BindError> {
        let number = |setting: &Setting| store.settings().number(setting);
        let listeners = listener::open(config, number(&TCP_BACKLOG) as i32)?;
        let workers = match number(&WORKERS) as usize {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        };
        let addresses: Vec<Address> = listeners.iter().map(|listener| listener.address).collect();
        store.add_info(info::server(addresses, workers));
        store.add_info(info::memory());
        store.add_info(info::cpu());
        let stop = watch::Sender::new(false);
        let shutdown = StopHandle(stop.clone());
        store.on_shutdown(Box::new(move || shutdown.stop()));
        Ok(Server { store, listeners, workers, stop, heeds_signals: false })
    }

    /// The addresses it listens on, the native ones first.
    pub fn addresses(&self) -> Vec<Address> {
        self.listeners.iter().map(|listener| listener.address).collect()
    }

    /// Threads that will serve connections.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Stops it from elsewhere.
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle(self.stop.clone())
    }

    /// Makes SIGINT and SIGTERM stop it gracefully, from [`run`](Server::run) on; a second one ends
    /// the process at once.
    pub fn heed_signals(mut self) -> Server {
        self.heeds_signals = true;
        self
    }

    /// Serves on a thread of its own.
    pub fn spawn(self) -> Running {
        let (addresses, stop) = (self.addresses(), self.stop_handle());
        let thread = std::thread::spawn(move || self.run());
        Running { addresses, stop, thread }
    }

    /// Serves on this thread and the workers' until it is stopped, then drains: no new connections,
    /// what was received is answered, for `shutdown-timeout` seconds at most.
    ///
    /// # Errors
    /// The system's, if it gives no thread or no runtime.
    pub fn run(self) -> io::Result<()> {
        raise_file_limit(self.store.settings().number(&MAXCLIENTS).unsigned_abs());
        let workers: io::Result<Vec<Worker>> =
            (0..self.workers).map(|index| Worker::start(index, self.store.clone())).collect();
        let workers = Arc::new(workers?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut stopped = self.stop.subscribe();
            let mut tasks = tokio::task::JoinSet::new();
            for Listener { address, socket } in &self.listeners {
                let socket = TcpListener::from_std(socket.try_clone()?)?;
                tasks.spawn(accept(socket, *address, self.store.clone(), workers.clone()));
            }
            tasks.spawn(sweep(self.store.clone()));
            tasks.spawn(reclaim(self.store.clone()));
            if self.heeds_signals {
                heed_signals(StopHandle(self.stop.clone()))?;
            }
            let places: Vec<String> = self.addresses().iter().map(Address::to_string).collect();
            let version = env!("CARGO_PKG_VERSION");
            tracing::info!("kv {version} on {}, {} workers", places.join(", "), self.workers);
            // The sender lives in `self.stop`, so waiting cannot fail.
            let _ = stopped.wait_for(|stop| *stop).await;
            tracing::info!("stopping");
            tasks.shutdown().await;
            Ok::<(), io::Error>(())
        })?;
        drop(runtime);
        drop(self.listeners);
        // The acceptors went with the runtime, and their shares of the workers with them.
        let threads: Vec<_> =
            Arc::into_inner(workers).into_iter().flatten().map(Worker::into_thread).collect();
        for thread in threads {
            let _ = thread.join();
        }
        Ok(())
    }
}

/// Starts a thread that waits for SIGINT or SIGTERM, then stops the server. A second one ends the
/// process at once, with exit code 1.
fn heed_signals(stop: StopHandle) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    // Here and not on the thread: who reads in the log that the server listens may send a signal.
    let context = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    drop(context);
    let wait = move || {
        runtime.block_on(async {
            for is_first in [true, false] {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if is_first { stop.stop() } else { std::process::exit(1) }
            }
        });
    };
    std::thread::Builder::new().name("kv-signals".to_owned()).spawn(wait)?;
    Ok(())
}

/// Accepts connections and deals each to the worker that has the fewest.
async fn accept(
    listener: TcpListener,
    address: Address,
    store: Arc<Store>,
    workers: Arc<Vec<Worker>>,
) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = deal(stream, peer.to_string(), address, &store, &workers) {
                    tracing::debug!("a connection from {peer} was lost: {error}");
                }
            }
            Err(error) => {
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn deal(
    stream: TcpStream,
    addr: String,
    address: Address,
    store: &Arc<Store>,
    workers: &[Worker],
) -> io::Result<()> {
    if store.client_count() as i64 >= store.settings().number(&MAXCLIENTS) {
        store.stats().add(Count::Rejected, 1);
        // One line fits the socket's empty buffer; a client that is gone needs none.
        let _ = stream.try_write(TOO_MANY);
        return Ok(());
    }
    stream.set_nodelay(true)?;
    let probe = store.settings().number(&TCP_KEEPALIVE).unsigned_abs();
    if probe > 0 {
        let keepalive = TcpKeepalive::new().with_time(Duration::from_secs(probe));
        SockRef::from(&stream).set_tcp_keepalive(&keepalive)?;
    }
    let laddr = stream.local_addr()?.to_string();
    let peer = Peer { addr, laddr, fd: i64::from(stream.as_raw_fd()) };
    let session = store.connect(peer, address.home);
    let stream = stream.into_std()?;
    if let Some(worker) = workers.iter().min_by_key(|worker| worker.load()) {
        worker.deal((stream, session));
    }
    Ok(())
}

/// Looks for expired keys, `hz` times a second.
async fn sweep(store: Arc<Store>) {
    let hz = store.settings().number(&HZ).unsigned_abs();
    let mut turns = tokio::time::interval(Duration::from_millis(1000 / hz.max(1)));
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        store.sweep();
    }
}

/// Frees what large removals leave behind, a slice at a time with pauses between: it may share its
/// core with a worker.
async fn reclaim(store: Arc<Store>) {
    let mut looks = tokio::time::interval(RECLAIM_LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        while store.reclaim() {
            tokio::time::sleep(RECLAIM_PAUSE).await;
        }
    }
}

/// Asks for as many file descriptors as the system allows, so that `maxclients` may be raised later,
/// and says so if they are fewer than `clients` need.
fn raise_file_limit(clients: u64) {
    let mut limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if setrlimit(Resource::Nofile, raised).is_ok() {
        limit.current = limit.maximum;
    }
    if let Some(allowed) = limit.current
        && allowed < clients + SPARE_FILES
    {
        tracing::warn!("maxclients is {clients}, but the system allows {allowed} open files");
    }
}
