//! A server on free ports of this machine, and clients that speak bytes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kv_protocol::Protocol;
use kv_server::{Config, Running, Server};
use kv_store::Store;

/// A test that waits longer than this for anything has failed.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct TestServer {
    pub(crate) store: Arc<Store>,
    running: Option<Running>,
}

impl TestServer {
    pub(crate) fn start() -> TestServer {
        TestServer::with(&[])
    }

    /// A server with these settings beside free ports and two workers.
    pub(crate) fn with(settings: &[(&str, &str)]) -> TestServer {
        let mut config = Config::default();
        let free =
            [("port", "0"), ("redis-port", "0"), ("workers", "2"), ("shutdown-timeout", "60")];
        for (name, value) in free.iter().chain(settings) {
            config.set(name, value).unwrap();
        }
        let store = config.store().unwrap().build();
        let server = Server::bind(&config, store.clone()).unwrap();
        TestServer { store, running: Some(server.spawn()) }
    }

    fn address(&self, home: Protocol) -> SocketAddr {
        let addresses = self.running.as_ref().unwrap().addresses();
        addresses.iter().find(|address| address.home == home).unwrap().socket
    }

    pub(crate) fn native(&self) -> Client {
        Client::connect(self.address(Protocol::Native))
    }

    pub(crate) fn redis(&self) -> Client {
        Client::connect(self.address(Protocol::Resp2))
    }

    /// Waits until the server has read `bytes` more than `before` from all clients together.
    pub(crate) fn await_input(&self, before: u64, bytes: usize) {
        wait_for(|| self.input() >= before + bytes as u64);
    }

    /// Bytes the server has read so far.
    pub(crate) fn input(&self) -> u64 {
        self.store.stats().get(kv_store::Count::NetInput)
    }

    pub(crate) fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            let start = Instant::now();
            running.stop().unwrap();
            // Well before `shutdown-timeout`: it has waited for nobody in vain.
            assert!(start.elapsed() < PATIENCE, "the stop took too long");
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits until `done`, without sleeping: the thread gives way to those it waits for.
pub(crate) fn wait_for(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain");
        std::thread::yield_now();
    }
}

pub(crate) struct Client {
    pub(crate) stream: TcpStream,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Client { stream }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Reads exactly `expected`.
    #[track_caller]
    pub(crate) fn expect(&mut self, expected: &[u8]) {
        let mut got = vec![0; expected.len()];
        let mut filled = 0;
        while filled < got.len() {
            match self.stream.read(&mut got[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) => panic!("{error} after {:?}", show(&got[..filled])),
            }
        }
        assert_eq!(show(&got[..filled]), show(expected));
    }

    /// Sends a request and reads exactly its reply.
    #[track_caller]
    pub(crate) fn ask(&mut self, request: &[u8], reply: &[u8]) {
        self.send(request);
        self.expect(reply);
    }

    /// The server closes the connection without another byte.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).unwrap();
        assert_eq!(show(&rest), "");
    }

    pub(crate) fn finish_sending(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }
}

/// Bytes as a person reads them.
pub(crate) fn show(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
