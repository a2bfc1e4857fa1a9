//! Bytes on their way to the socket.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;

/// Encoded batches in order, written many at a time and never copied together.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    chunks: VecDeque<Bytes>,
    /// Bytes in `chunks`.
    waiting: usize,
    /// Bytes handed to the socket so far.
    written: u64,
}

/// Bytes that may wait here before batches stay in the queue, where they can still be cancelled.
const ENOUGH: usize = 64 << 10;

/// Most chunks of one write; the system takes at least as many.
const MAX_CHUNKS: usize = 256;

impl Outbox {
    pub(crate) fn push(&mut self, chunk: Bytes) {
        self.waiting += chunk.len();
        self.chunks.push_back(chunk);
    }

    pub(crate) fn has_room(&self) -> bool {
        self.waiting < ENOUGH && self.chunks.len() < MAX_CHUNKS
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The offset in the stream at which the next chunk will start.
    pub(crate) fn end(&self) -> u64 {
        self.written + self.waiting as u64
    }

    /// How many bytes the socket has taken so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Writes as much as the socket takes in one go; call it when there is something to write.
    /// Safe to drop half-way.
    pub(crate) async fn write(&mut self, socket: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        poll_fn(|context| self.poll_write(context, socket)).await
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        socket: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<io::Result<()>> {
        let mut slices = [IoSlice::new(&[]); MAX_CHUNKS];
        let mut count = 0;
        for (slice, chunk) in slices.iter_mut().zip(&self.chunks) {
            *slice = IoSlice::new(chunk);
            count += 1;
        }
        let socket = Pin::new(socket);
        let taken = ready!(socket.poll_write_vectored(context, &slices[..count]))?;
        if taken == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.advance(taken);
        Poll::Ready(Ok(()))
    }

    fn advance(&mut self, taken: usize) {
        self.written += taken as u64;
        self.waiting -= taken;
        let mut left = taken;
        while let Some(chunk) = self.chunks.front_mut()
            && left > 0
        {
            let step = left.min(chunk.len());
            chunk.advance(step);
            left -= step;
            if chunk.is_empty() {
                self.chunks.pop_front();
            }
        }
    }
}
