//! A connection to one of the two servers, and what it answers.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::BytesMut;
use kv_protocol::{Frame, FrameDecoder, Limits, RequestBuf};

use super::Words;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes read from a socket at a time.
const READ: usize = 64 << 10;

/// What comes back for a request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reply {
    /// A frame.
    Frame(Frame),
    /// The connection was closed instead.
    Closed,
    /// Nothing, for as long as anybody waits.
    Nothing,
}

/// A connection to a server.
pub(super) struct Peer {
    stream: TcpStream,
    decoder: FrameDecoder,
    unread: BytesMut,
    chunk: Vec<u8>,
}

impl Peer {
    /// A connection that speaks RESP2, or RESP3.
    pub(super) fn connect(address: SocketAddr, protocol: u8) -> Result<Peer> {
        let stream = TcpStream::connect(address).context("cannot connect")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut peer = Peer {
            stream,
            decoder: FrameDecoder::new(Limits::DEFAULT),
            unread: BytesMut::new(),
            chunk: vec![0; READ],
        };
        let hello = [b"HELLO".to_vec(), protocol.to_string().into_bytes()];
        match peer.call(&hello)? {
            Reply::Frame(Frame::Map(_) | Frame::Array(_)) => Ok(peer),
            other => bail!("HELLO is answered by {other:?}"),
        }
    }

    /// Sends one request and reads its reply.
    pub(super) fn call(&mut self, words: &[Vec<u8>]) -> Result<Reply> {
        self.send(&encode([words]))?;
        self.receive()
    }

    /// Writes encoded requests. A server that has hung up is noticed by the reading.
    pub(super) fn send(&mut self, requests: &[u8]) -> Result<()> {
        match self.stream.write_all(requests) {
            Err(error) if is_closed(error.kind()) => Ok(()),
            written => written.context("cannot write"),
        }
    }

    /// Reads one reply.
    pub(super) fn receive(&mut self) -> Result<Reply> {
        loop {
            if let Some(frame) = self.decoder.decode(&mut self.unread).context("no RESP")? {
                return Ok(Reply::Frame(frame));
            }
            match self.stream.read(&mut self.chunk) {
                Ok(0) => return Ok(Reply::Closed),
                Ok(read) => self.unread.extend_from_slice(&self.chunk[..read]),
                Err(error) if is_closed(error.kind()) => return Ok(Reply::Closed),
                Err(error) if is_late(error.kind()) => return Ok(Reply::Nothing),
                Err(error) => return Err(error).context("cannot read"),
            }
        }
    }
}

fn is_closed(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}

fn is_late(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Requests as they travel, one after the other.
pub(super) fn encode<'w>(requests: impl IntoIterator<Item = &'w [Vec<u8>]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for words in requests {
        words.iter().collect::<RequestBuf>().encode(&mut bytes);
    }
    bytes
}

/// Which requests are answered: `CLIENT REPLY` has a say in that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Answers {
    /// This one is.
    #[default]
    On,
    /// This one isn't, the next one is.
    Skip,
    /// None is.
    Off,
}

impl Answers {
    /// Takes in the next request: whether it is answered.
    pub(super) fn expects(&mut self, words: &Words) -> bool {
        let is = |word: &[u8], name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        if words.len() == 1 && is(&words[0], "RESET") {
            return std::mem::take(self) != Answers::Skip;
        }
        let [name, sub, mode] = words.as_slice() else { return self.pass() };
        if !is(name, "CLIENT") || !is(sub, "REPLY") {
            return self.pass();
        }
        match mode {
            mode if is(mode, "ON") => *self = Answers::On,
            mode if is(mode, "OFF") => *self = Answers::Off,
            mode if is(mode, "SKIP") => {
                // Where nothing is answered there is nothing to skip.
                if *self != Answers::Off {
                    *self = Answers::Skip;
                }
                return false;
            }
            _ => return self.pass(),
        }
        *self == Answers::On
    }

    fn pass(&mut self) -> bool {
        let answered = *self == Answers::On;
        if *self == Answers::Skip {
            *self = Answers::On;
        }
        answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_reply_silences() {
        let mut answers = Answers::default();
        let lines = [
            ("PING", true),
            ("CLIENT REPLY skip", false),
            ("PING", false),
            ("PING", true),
            ("client reply OFF", false),
            ("PING", false),
            ("CLIENT REPLY SKIP", false),
            ("PING", false),
            ("PING", false),
            ("CLIENT REPLY ON", true),
            ("CLIENT REPLY maybe", true),
            ("CLIENT REPLY OFF", false),
            ("PING", false),
            ("RESET", true),
            ("PING", true),
            ("CLIENT REPLY SKIP", false),
            ("RESET", false),
            ("PING", true),
        ];
        for (line, expected) in lines {
            let words = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            assert_eq!(answers.expects(&words), expected, "{line}");
        }
    }
}
