//! A connection to one of the two servers, and what it answers.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::BytesMut;
use kv_protocol::{Frame, FrameDecoder, Limits, RequestBuf};

use super::Words;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes read from a socket at a time.
const READ: usize = 64 << 10;

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
            Some(Frame::Error(text)) => bail!("HELLO: {}", String::from_utf8_lossy(&text)),
            None => bail!("HELLO: the connection was closed"),
            Some(_) => Ok(peer),
        }
    }

    /// Sends one request and reads its reply; `None` if the connection was closed instead.
    pub(super) fn call(&mut self, words: &[Vec<u8>]) -> Result<Option<Frame>> {
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

    /// Reads one reply; `None` if the connection was closed instead.
    pub(super) fn receive(&mut self) -> Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.decoder.decode(&mut self.unread).context("no RESP")? {
                return Ok(Some(frame));
            }
            match self.stream.read(&mut self.chunk) {
                Ok(0) => return Ok(None),
                Ok(read) => self.unread.extend_from_slice(&self.chunk[..read]),
                Err(error) if is_closed(error.kind()) => return Ok(None),
                Err(error) => return Err(error).context("no reply"),
            }
        }
    }
}

fn is_closed(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
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
        let [name, sub, mode] = words.as_slice() else { return self.pass() };
        let is = |word: &[u8], name: &str| word.eq_ignore_ascii_case(name.as_bytes());
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
            ("CLIENT REPLY ON", true),
            ("CLIENT REPLY maybe", true),
        ];
        for (line, expected) in lines {
            let words = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            assert_eq!(answers.expects(&words), expected, "{line}");
        }
    }
}
