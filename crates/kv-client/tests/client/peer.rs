//! A server that does what a test tells it to.

use bytes::BytesMut;
use kv_client::Builder;
use kv_client::Client;
use kv_client::Limits;
use kv_protocol::{Decoded, RequestDecoder, RequestSyntax};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A listener on a port of its own.
pub(crate) struct Peer {
    listener: TcpListener,
    pub(crate) address: String,
}

impl Peer {
    pub(crate) async fn start() -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        Peer { listener, address }
    }

    pub(crate) async fn accept(&self) -> Conn {
        let (stream, _) = self.listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let decoder = RequestDecoder::new(RequestSyntax::Native, Limits::DEFAULT);
        Conn { stream, decoder, bytes: BytesMut::new() }
    }

    /// Hangs up, and waits for the client to come back.
    pub(crate) async fn accept_after(&self, conn: Conn) -> Conn {
        drop(conn);
        self.accept().await
    }
}

/// A client of the defaults, and the peer's end of its connection.
pub(crate) async fn connected() -> (Peer, Client, Conn) {
    connected_with(|builder| builder).await
}

pub(crate) async fn connected_with(set: impl FnOnce(Builder) -> Builder) -> (Peer, Client, Conn) {
    connected_after(0, set).await
}

/// The same, with a greeting of so many commands.
pub(crate) async fn connected_after(
    commands: usize,
    set: impl FnOnce(Builder) -> Builder,
) -> (Peer, Client, Conn) {
    let peer = Peer::start().await;
    let connect = set(Client::builder(&peer.address)).connect();
    let accept = async {
        let mut conn = peer.accept().await;
        conn.greet(commands).await;
        conn
    };
    let (client, conn) = tokio::join!(connect, accept);
    (peer, client.unwrap(), conn)
}

/// The peer's end of a connection.
pub(crate) struct Conn {
    stream: TcpStream,
    decoder: RequestDecoder,
    bytes: BytesMut,
}

impl Conn {
    /// The next request, its arguments as text, parted by blanks; `None` when the client has gone.
    pub(crate) async fn request(&mut self) -> Option<String> {
        loop {
            if let Some(request) = self.decoded() {
                return Some(request);
            }
            if self.stream.read_buf(&mut self.bytes).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    /// The requests that come in one read.
    pub(crate) async fn requests_of_one_read(&mut self) -> Vec<String> {
        self.bytes.reserve(1 << 20);
        self.stream.read_buf(&mut self.bytes).await.unwrap();
        std::iter::from_fn(|| self.decoded()).collect()
    }

    fn decoded(&mut self) -> Option<String> {
        match self.decoder.decode(&self.bytes).unwrap() {
            Decoded::Incomplete => None,
            Decoded::Empty { .. } => panic!("the client sent an empty request"),
            Decoded::Request { request, consumed } => {
                let words = request.iter().map(|arg| String::from_utf8_lossy(arg.text().unwrap()));
                let request = words.collect::<Vec<_>>().join(" ");
                let _ = self.bytes.split_to(consumed);
                Some(request)
            }
        }
    }

    /// Answers so many commands with OK: what they were.
    pub(crate) async fn greet(&mut self, commands: usize) -> Vec<String> {
        let mut greeting = Vec::new();
        while greeting.len() < commands {
            greeting.push(self.request().await.unwrap());
            self.send("+OK\r\n").await;
        }
        greeting
    }

    /// So many bytes as they come.
    pub(crate) async fn exactly(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).await.unwrap();
        bytes
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Every byte in a packet of its own, the client reading in between.
    pub(crate) async fn send_split(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.stream.write_all(&[*byte]).await.unwrap();
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Answers every request with its first argument, until the client has gone.
    pub(crate) async fn echo(mut self) {
        while let Some(request) = self.request().await {
            self.send(echoed(&request)).await;
        }
    }
}

/// The answer of [`Conn::echo`] to `request`.
pub(crate) fn echoed(request: &str) -> String {
    let argument = request.split(' ').nth(1).unwrap_or_default();
    format!("${}\r\n{argument}\r\n", argument.len())
}

/// Polls a future so often, letting everybody else run in between: its output, if it came.
pub(crate) async fn poll_times<F: Future>(
    future: &mut std::pin::Pin<Box<F>>,
    times: usize,
) -> Option<F::Output> {
    for _ in 0..times {
        let poll =
            std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context)));
        if let std::task::Poll::Ready(output) = poll.await {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}
