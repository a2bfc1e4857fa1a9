//! Bytes from the socket, and the answers in them.

use std::io;

use bytes::BytesMut;
use kv_protocol::{Frame, FrameDecoder, Protocol, ProtocolError};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpStream;

use crate::options::{Options, PushHook};

/// Reads answers. Pushes, which answer nothing, are taken out and go to their hook.
#[derive(Debug)]
pub(crate) struct Inbox {
    bytes: BytesMut,
    decoder: FrameDecoder,
    /// Only RESP3 has pushes; to the native dialect such a frame is a value like any other.
    has_pushes: bool,
    on_push: Option<PushHook>,
}

/// Bytes to make room for at a time, at least. More only as more has really come.
const READ: usize = 16 << 10;

impl Inbox {
    pub(crate) fn new(options: &Options) -> Inbox {
        Inbox {
            bytes: BytesMut::new(),
            decoder: FrameDecoder::new(options.limits),
            has_pushes: options.protocol == Protocol::Resp3,
            on_push: options.on_push.clone(),
        }
    }

    /// Reads what there is, at least one byte. Safe to drop half-way.
    ///
    /// # Errors
    /// What the socket fails with, or `UnexpectedEof` when the server has closed it.
    pub(crate) async fn read(&mut self, socket: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
        let room = self.decoder.needed().clamp(READ, READ.max(self.bytes.len()));
        self.bytes.reserve(room);
        match socket.read_buf(&mut self.bytes).await? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "closed by the server")),
            _ => Ok(()),
        }
    }

    /// Reads what has come already, without waiting; whether it's anything.
    pub(crate) fn read_now(&mut self, socket: &TcpStream) -> bool {
        self.bytes.reserve(READ);
        socket.try_read_buf(&mut self.bytes).is_ok_and(|count| count > 0)
    }

    /// The next answer, if it's here as a whole.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, ProtocolError> {
        loop {
            match self.decoder.decode(&mut self.bytes)? {
                Some(frame) if self.has_pushes && is_push(&frame) => self.push(frame),
                other => return Ok(other),
            }
        }
    }

    fn push(&self, frame: Frame) {
        if let (Some(hook), Frame::Push(parts)) = (&self.on_push, frame.without_attributes()) {
            (hook.0)(parts);
        }
    }
}

fn is_push(frame: &Frame) -> bool {
    match frame {
        Frame::Push(_) => true,
        Frame::Attribute { frame, .. } => is_push(frame),
        _ => false,
    }
}
