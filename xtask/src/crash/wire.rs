//! A connection that knows which of its requests were answered, whatever happens to the server.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::BytesMut;
use kv_protocol::{Frame, FrameDecoder, Limits, RequestBuf};

/// How long a server may think.
const PATIENCE: Duration = Duration::from_secs(60);

/// Bytes read at a time.
const READ: usize = 64 << 10;

pub(super) struct Wire {
    stream: TcpStream,
    decoder: FrameDecoder,
    input: BytesMut,
    buffer: Vec<u8>,
}

impl Wire {
    pub(super) fn connect(to: SocketAddr) -> Result<Wire> {
        let stream = TcpStream::connect(to).context("cannot connect")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let decoder = FrameDecoder::new(Limits::DEFAULT);
        Ok(Wire { stream, decoder, input: BytesMut::new(), buffer: vec![0; READ] })
    }

    /// Sends requests; false if the server is gone. Part of them may have arrived then.
    pub(super) fn send(&mut self, requests: &[u8]) -> bool {
        self.stream.write_all(requests).is_ok()
    }

    /// The next reply; `None` if the server is gone.
    ///
    /// # Errors
    /// If it is there and does not answer, or not in the protocol.
    pub(super) fn receive(&mut self) -> Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.decoder.decode(&mut self.input)? {
                return Ok(Some(frame));
            }
            match self.stream.read(&mut self.buffer) {
                Ok(0) => return Ok(None),
                Ok(read) => self.input.extend_from_slice(&self.buffer[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    bail!("no reply in {PATIENCE:?}")
                }
                Err(_) => return Ok(None),
            }
        }
    }

    /// Asks a server that is expected to be there.
    ///
    /// # Errors
    /// If it is not, or answers an error.
    pub(super) fn ask(&mut self, words: &[&str]) -> Result<Frame> {
        let mut replies = self.ask_all(&[words.to_vec()])?;
        replies.pop().context("no reply")
    }

    /// Asks several things at once.
    ///
    /// # Errors
    /// As [`Wire::ask`].
    pub(super) fn ask_all(&mut self, requests: &[Vec<&str>]) -> Result<Vec<Frame>> {
        let mut bytes = Vec::new();
        for words in requests {
            encode(words, &mut bytes);
        }
        self.send(&bytes);
        let mut replies = Vec::with_capacity(requests.len());
        for words in requests {
            match self.receive()?.context("the server is gone")? {
                Frame::Error(error) => {
                    bail!("{}: {}", words.join(" "), String::from_utf8_lossy(&error))
                }
                reply => replies.push(reply),
            }
        }
        Ok(replies)
    }
}

/// Appends a request.
pub(super) fn encode(words: &[impl AsRef<str>], out: &mut Vec<u8>) {
    let mut request = RequestBuf::new();
    for word in words {
        request.push(word.as_ref().as_bytes());
    }
    request.encode(out);
}

/// A reply that is a text.
pub(super) fn text(reply: &Frame) -> Option<String> {
    match reply {
        Frame::Bulk(bytes) | Frame::Simple(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
        _ => None,
    }
}

/// A reply that is a list of texts.
pub(super) fn texts(reply: &Frame) -> Result<Vec<String>> {
    match reply {
        Frame::Array(items) | Frame::Set(items) => {
            items.iter().map(|item| text(item).context("an element that is no text")).collect()
        }
        other => bail!("a list is expected, not {other:?}"),
    }
}
