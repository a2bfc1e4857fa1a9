//! One connection: bytes in, requests through the store, bytes out.
//!
//! ```text
//!            ┌──────────────── reply bytes left over: not read until they are gone ─────────────┐
//!            ▼                                                                                  │
//! turn: write what is left ─▶ read once ─▶ run the requests that are whole ─▶ write their replies
//!                                 │                          │
//!                                 │ end of stream            │ QUIT, protocol error
//!                                 ▼                          ▼
//!                               closed ◀── linger: the client reads the last reply, then closes
//! ```
//!
//! A turn is synchronous and works in buffers of its thread, so an idle connection owns no buffer:
//! only an unfinished request and unsent replies are kept with the connection.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use kv_protocol::{Decoded, ReplyWriter, RequestDecoder};
use kv_store::Session;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio_util::io::poll_read_buf;

use crate::worker::{Ending, Handle, Tuning};

/// Bytes read at a time.
const READ_SIZE: usize = 64 << 10;
/// Requests run before the other connections of the thread have their turn.
const BATCH_REQUESTS: usize = 256;
/// Bytes of replies written before the other connections of the thread have their turn.
const BATCH_REPLIES: usize = 64 << 10;
/// A thread's reply buffer that has grown beyond this many bytes is given back.
const KEPT_REPLIES: usize = 1 << 20;
/// Turns a connection takes in a row while input keeps coming.
const TURNS: usize = 4;
/// Bytes read and thrown away after the last reply, while the client is still sending.
const LINGER_BYTES: usize = 1 << 20;

thread_local! {
    static BUFFERS: RefCell<Buffers> = RefCell::new(Buffers::default());
}

#[derive(Default)]
struct Buffers {
    input: BytesMut,
    replies: Vec<u8>,
}

pub(crate) struct Connection {
    stream: TcpStream,
    session: Session,
    decoder: RequestDecoder,
    /// Bytes received and not yet run: an unfinished request, or more than one batch.
    received: BytesMut,
    /// Replies not yet taken by the socket; `unsent[sent..]` is to be written.
    unsent: Vec<u8>,
    sent: usize,
    phase: Phase,
    tuning: Arc<Tuning>,
    handle: Arc<Handle>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Reading requests.
    Open,
    /// The last batch ended before its input did: go on without reading.
    More,
    /// After the last reply the stream is shut for writing.
    Last,
    /// The client is given time to read it; this many more bytes from it are thrown away.
    Linger(usize),
}

/// What a batch of requests has come to.
enum Batch {
    /// All whole requests are run.
    Done,
    /// There is more to run.
    More,
    /// Its last reply is the connection's last.
    Last,
}

impl Connection {
    pub(crate) fn new(
        stream: TcpStream,
        session: Session,
        tuning: Arc<Tuning>,
        handle: Arc<Handle>,
    ) -> Connection {
        let decoder = RequestDecoder::new(session.syntax(), tuning.limits());
        Connection {
            stream,
            session,
            decoder,
            received: BytesMut::new(),
            unsent: Vec::new(),
            sent: 0,
            phase: Phase::Open,
            tuning,
            handle,
        }
    }

    /// Serves the client until either side ends the conversation.
    pub(crate) async fn serve(mut self) {
        let id = self.session.client().id;
        let outcome = std::future::poll_fn(|context| self.poll_turns(context)).await;
        match outcome {
            Ok(reason) => tracing::debug!(client = id, "closed: {reason}"),
            Err(error) => tracing::debug!(client = id, "closed: {error}"),
        }
    }

    /// Takes turns until there is nothing to do; ready when the connection is over, and why.
    fn poll_turns(&mut self, context: &mut Context<'_>) -> Poll<io::Result<&'static str>> {
        self.handle.register(context.waker());
        for _ in 0..TURNS {
            if let Some(reason) = ready!(self.poll_turn(context))? {
                return Poll::Ready(Ok(reason));
            }
            if self.phase == Phase::More {
                break;
            }
        }
        // The other connections of this thread come first.
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// One turn; ready with a reason when the connection is over.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Option<&'static str>>> {
        let ending = self.handle.ending();
        match ending {
            Some(Ending::Killed) => return over("killed"),
            Some(Ending::Idle) => return over("idle for too long"),
            Some(Ending::Stalled) => {
                self.session.store().stats().output_cut.fetch_add(1, Ordering::Relaxed);
                return over("did not read its replies");
            }
            Some(Ending::Drain) | None => {}
        }
        ready!(self.poll_flush(context))?;
        BUFFERS.with_borrow_mut(|buffers| {
            if let Phase::Linger(_) = self.phase {
                return self.poll_linger(buffers, context);
            }
            if self.phase != Phase::More {
                let received = self.poll_receive(buffers, context);
                if received.is_pending() && ending == Some(Ending::Drain) {
                    // What had been received is answered: that is what a stop waits for.
                    return over("the server stops");
                }
                match ready!(received)? {
                    0 => return over("the client has left"),
                    count => self.session.count_io(count, 0),
                }
            }
            self.handle.set_active();
            if !self.run_batch(buffers) {
                self.session.store().stats().output_cut.fetch_add(1, Ordering::Relaxed);
                return over("asked for more reply than client-reply-limit");
            }
            self.poll_send(&mut buffers.replies, context).map_ok(|()| None)
        })
    }

    /// Reads once. A request that is short of bytes waits in the thread's buffer for them too, and
    /// takes memory when they come; a large one is read to its place.
    fn poll_receive(
        &mut self,
        buffers: &mut Buffers,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.received.len() >= READ_SIZE {
            // As much again as has come already, and at most what is missing: a length that was
            // only announced takes no memory.
            let missing = self.decoder.needed().max(READ_SIZE);
            self.received.reserve(self.received.len().min(missing));
            return poll_read_buf(Pin::new(&mut self.stream), context, &mut self.received);
        }
        buffers.input.clear();
        buffers.input.reserve(READ_SIZE);
        let count = ready!(poll_read_buf(Pin::new(&mut self.stream), context, &mut buffers.input))?;
        if !self.received.is_empty() {
            self.received.extend_from_slice(&buffers.input);
        }
        Poll::Ready(Ok(count))
    }

    /// Runs what has been received, up to a batch; false when the client must be cut.
    fn run_batch(&mut self, buffers: &mut Buffers) -> bool {
        let Buffers { input, replies } = buffers;
        let own = !self.received.is_empty();
        let mut received = std::mem::take(&mut self.received);
        let bytes: &[u8] = if own { &received } else { input };
        let (used, batch) = self.run(bytes, replies);
        match batch {
            None => return false,
            Some(Batch::Done) => self.phase = Phase::Open,
            Some(Batch::More) => self.phase = Phase::More,
            Some(Batch::Last) => self.phase = Phase::Last,
        }
        if own {
            received.advance(used);
            // An empty buffer is given back: an idle connection owns none.
            if !received.is_empty() {
                self.received = received;
            }
        } else if used < input.len() {
            self.received.extend_from_slice(&input[used..]);
        }
        true
    }

    /// Runs the whole requests of `bytes`; returns how many bytes they were, and what comes next:
    /// `None` when the replies grew beyond the limit.
    fn run(&mut self, bytes: &[u8], replies: &mut Vec<u8>) -> (usize, Option<Batch>) {
        let mut out =
            ReplyWriter::wire(replies, self.session.protocol()).limit(self.tuning.reply_limit());
        self.decoder.set_limits(self.tuning.limits());
        self.session.begin_batch();
        let (mut used, mut requests) = (0, 0);
        let batch = loop {
            match self.decoder.decode(&bytes[used..]) {
                Ok(Decoded::Request { request, consumed }) => {
                    self.session.execute(request, &mut out);
                    used += consumed;
                    requests += 1;
                    if out.overflowed() {
                        break None;
                    }
                    if self.session.is_closing() {
                        break Some(Batch::Last);
                    }
                    self.decoder.set_syntax(self.session.syntax());
                    if requests == BATCH_REQUESTS || out.len() >= BATCH_REPLIES {
                        break Some(if used < bytes.len() { Batch::More } else { Batch::Done });
                    }
                }
                Ok(Decoded::Empty { consumed }) => used += consumed,
                Ok(Decoded::Incomplete) => break Some(Batch::Done),
                Err(error) => {
                    tracing::debug!(client = self.session.client().id, "{error}");
                    out.protocol_error(&error);
                    break Some(Batch::Last);
                }
            }
        };
        self.session.end_batch();
        (used, batch)
    }

    /// Writes the batch's replies; what the socket does not take is kept.
    fn poll_send(
        &mut self,
        replies: &mut Vec<u8>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.session.count_io(0, replies.len());
        std::mem::swap(&mut self.unsent, replies);
        let flushed = self.poll_flush(context);
        if flushed.is_ready() {
            // The buffer goes back to the thread, which may use it for another connection.
            std::mem::swap(&mut self.unsent, replies);
            if replies.capacity() > KEPT_REPLIES {
                *replies = Vec::new();
            }
        }
        flushed
    }

    /// Writes what is left of earlier replies; then, if they were the last, shuts the stream.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.unsent.len() {
            let write = Pin::new(&mut self.stream).poll_write(context, &self.unsent[self.sent..]);
            if write.is_pending() {
                self.handle.set_blocked();
            }
            match ready!(write)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.sent += count,
            }
            self.handle.set_unblocked();
        }
        self.sent = 0;
        self.unsent.clear();
        if self.phase == Phase::Last {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.phase = Phase::Linger(LINGER_BYTES);
            self.handle.set_blocked();
        }
        Poll::Ready(Ok(()))
    }

    /// Waits for the client to close, throwing away what it still sends: closing with unread input
    /// would reset the connection, and the last reply might be lost on its way.
    fn poll_linger(
        &mut self,
        buffers: &mut Buffers,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Option<&'static str>>> {
        buffers.input.clear();
        buffers.input.reserve(READ_SIZE);
        let received = poll_read_buf(Pin::new(&mut self.stream), context, &mut buffers.input);
        let count = ready!(received)?;
        match self.phase {
            Phase::Linger(room) if count > 0 && count < room => {
                self.phase = Phase::Linger(room - count);
                Poll::Ready(Ok(None))
            }
            _ => over("the last reply is sent"),
        }
    }
}

/// The connection is over, for this reason.
fn over(reason: &'static str) -> Poll<io::Result<Option<&'static str>>> {
    Poll::Ready(Ok(Some(reason)))
}
