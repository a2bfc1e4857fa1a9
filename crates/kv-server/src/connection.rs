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
//! A long reply is written in as many turns as it takes: what is left of it is the session's.
//!
//! A turn is synchronous and works in buffers of its thread: only an unfinished request and unsent
//! replies are kept with a connection, so an idle one is small.

use std::cell::RefCell;
use std::future::Future;
use std::io::{self, IoSlice, Read};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use kv_protocol::{Output, ReplyWriter, RequestDecoder};
use kv_store::{Count, Session};
use socket2::SockRef;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio_util::io::poll_read_buf;

use crate::held::Held;
use crate::inbox::Inbox;
use crate::socket;
use crate::worker::{Ending, Handle, Tuning};

/// Bytes read at a time.
const READ_SIZE: usize = 64 << 10;
/// Bytes read at first when a value of the last request stayed in its buffer: as a rule the next one
/// is large, too, and what is read before its length is known is copied.
const FIRST_READ: usize = 24 << 10;
/// Requests run before the other connections of the thread have their turn.
const BATCH_REQUESTS: usize = 256;
/// Time after which a batch ends before it has run so many, looked at after every
/// [`Session::AHEAD`] requests: some commands take as long as thousands of others.
const BATCH_TIME: Duration = Duration::from_millis(1);
/// Bytes of replies written before the other connections of the thread have their turn.
const BATCH_REPLIES: usize = 64 << 10;
/// A thread's reply buffer that has grown beyond this many bytes is given back.
const KEPT_REPLIES: usize = 1 << 20;
/// Pieces of replies written at a time, where some are values that are not copied.
const SLICES: usize = 32;
/// Turns a connection takes in a row while input keeps coming.
const TURNS: usize = 4;
/// Bytes read and thrown away after the last reply, while the client is still sending.
const LINGER_BYTES: usize = 1 << 20;

thread_local! {
    static BUFFERS: RefCell<Buffers> = RefCell::new(Buffers::default());
}

/// Buffers that the connections of a thread use in turn.
struct Buffers {
    /// Room for one read.
    input: Box<[u8]>,
    /// Bytes of it that were read and are not run yet: all of one connection.
    filled: usize,
    replies: Output,
}

impl Default for Buffers {
    fn default() -> Buffers {
        Buffers { input: vec![0; READ_SIZE].into(), filled: 0, replies: Output::new() }
    }
}

impl Buffers {
    /// What was read.
    fn read(&self) -> &[u8] {
        &self.input[..self.filled]
    }
}

pub(crate) struct Connection {
    stream: TcpStream,
    session: Session,
    decoder: RequestDecoder,
    /// Bytes received and not yet run: an unfinished request, or more than one batch.
    inbox: Inbox,
    /// Bytes that must come, at least, before the request that has begun can be gone on with.
    needed: usize,
    /// Bytes to read when nothing is known of what comes.
    read_size: usize,
    /// Replies not yet taken by the socket. The values in it are held, not copied: somebody who does
    /// not read may hold what the database holds no more. It is counted as if copied, so it is bounded
    /// as a copy is: one batch, which ends at [`BATCH_REPLIES`] or with the reply that passes it, and
    /// that is held to `client-reply-limit`.
    unsent: Output,
    phase: Phase,
    /// Up to where the journal must be kept before `unsent` may leave.
    barrier: Option<u64>,
    /// The worker's connections that wait for that, and whether this is one of them.
    held: Arc<Held>,
    is_held: bool,
    /// Whether others can wake it.
    registered: bool,
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

impl Connection {
    pub(crate) fn new(
        stream: TcpStream,
        session: Session,
        tuning: Arc<Tuning>,
        handle: Arc<Handle>,
        held: Arc<Held>,
    ) -> Connection {
        let decoder = RequestDecoder::new(session.syntax(), tuning.limits());
        Connection {
            stream,
            session,
            decoder,
            inbox: Inbox::default(),
            needed: 0,
            read_size: READ_SIZE,
            unsent: Output::new(),
            phase: Phase::Open,
            barrier: None,
            held,
            is_held: false,
            registered: false,
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
        // A wake-up takes the waker; who wakes has given a reason before.
        if !self.registered || self.handle.ending().is_some() {
            self.handle.register(context.waker());
            self.registered = true;
        }
        for _ in 0..TURNS {
            if let Some(reason) = ready!(self.poll_turn(context))? {
                return Poll::Ready(Ok(reason));
            }
            if self.phase == Phase::More {
                break;
            }
        }
        // The other connections of this thread come first, those included whose input the runtime
        // has not noticed yet.
        let _ = pin!(tokio::task::yield_now()).poll(context);
        Poll::Pending
    }

    /// One turn; ready with a reason when the connection is over.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Option<&'static str>>> {
        let ending = self.handle.ending();
        match ending {
            Some(Ending::Killed) => return over("killed"),
            Some(Ending::Idle) => return over("idle for too long"),
            Some(Ending::Lingered) => return over("the last reply is sent"),
            Some(Ending::Stalled) => {
                self.session.store().stats().add(Count::OutputCut, 1);
                return over("did not read its replies");
            }
            Some(Ending::Drain) | None => {}
        }
        if self.unsent.has_remaining() || self.phase == Phase::Last {
            ready!(self.poll_flush(context))?;
            // What a slow reader was owed is not kept for it once it has read.
            self.unsent = Output::new();
        }
        BUFFERS.with_borrow_mut(|buffers| {
            if let Phase::Linger(room) = self.phase {
                return self.poll_linger(room, ending, buffers, context);
            }
            // Before anything is read to the thread's buffer, which is others' as well.
            ready!(self.poll_room(context));
            if self.phase != Phase::More {
                match ready!(self.poll_receive(ending, buffers, context))? {
                    0 if ending == Some(Ending::Drain) => return over("the server stops"),
                    0 => return over("the client has left"),
                    count => {
                        self.session.count_io(count, 0);
                        self.needed = self.needed.saturating_sub(count);
                        if self.needed > 0 {
                            // A batch of no requests: the client is active, its bytes are counted.
                            self.session.begin_batch();
                            self.session.end_batch();
                            self.handle.set_active();
                            return Poll::Ready(Ok(None));
                        }
                    }
                }
            }
            if !self.run_batch(buffers) {
                self.session.store().stats().add(Count::OutputCut, 1);
                return over("asked for more reply than client-reply-limit");
            }
            ready!(self.poll_flush(context))?;
            // The buffer goes back to the thread, which may use it for another connection.
            let replies = std::mem::take(&mut self.unsent);
            if replies.memory() <= KEPT_REPLIES {
                buffers.replies = replies;
            }
            Poll::Ready(Ok(None))
        })
    }

    /// Reads once. A request that is short of bytes waits in the thread's buffer for them too, and
    /// takes memory when they come; a large one is read to its place.
    fn poll_receive(
        &mut self,
        ending: Option<Ending>,
        buffers: &mut Buffers,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.inbox.is_large() && ending.is_none() {
            let (place, room) = self.inbox.place(self.needed);
            return poll_read_buf(Pin::new(&mut self.stream), context, &mut place.limit(room));
        }
        buffers.filled = 0;
        let place = &mut buffers.input[..self.read_size];
        let count = match socket::poll_read(&self.stream, context, place) {
            // What has arrived is answered before a stop; the runtime may not know of it yet.
            Poll::Pending if ending == Some(Ending::Drain) => {
                let place = &mut buffers.input[..self.read_size];
                (&*SockRef::from(&self.stream)).read(place).unwrap_or(0)
            }
            received => ready!(received)?,
        };
        buffers.filled = count;
        if !self.inbox.is_empty() {
            self.inbox.extend(buffers.read(), self.needed.saturating_sub(count));
        }
        Poll::Ready(Ok(count))
    }

    /// Runs what has been received, up to a batch; false when the client must be cut.
    fn run_batch(&mut self, buffers: &mut Buffers) -> bool {
        let mut replies = std::mem::take(&mut buffers.replies);
        replies.clear();
        let own = !self.inbox.is_empty();
        if !own && self.phase == Phase::More {
            // Only a reply is to be gone on with: what was read last may be another connection's.
            buffers.filled = 0;
        }
        let mut inbox = std::mem::take(&mut self.inbox);
        let lent = inbox.lend();
        let bytes = match &lent {
            Some((bytes, _)) => bytes,
            None if own => inbox.bytes(),
            None => buffers.read(),
        };
        let (used, phase) = self.run(bytes, lent.as_ref(), &mut replies);
        self.handle.set_active();
        self.session.count_io(0, replies.remaining());
        self.unsent = replies;
        let Some(phase) = phase else { return false };
        self.phase = phase;
        if phase == Phase::Last {
            return true;
        }
        let unfinished = phase == Phase::Open && used < bytes.len();
        self.needed = if unfinished { self.decoder.needed() } else { 0 };
        self.read_size = READ_SIZE;
        if let Some((bytes, _)) = lent {
            if inbox.take_back(bytes, used, self.needed) {
                self.read_size = FIRST_READ;
            }
        } else if own {
            inbox.advance(used);
        } else {
            inbox.extend(&buffers.read()[used..], self.needed);
            // What has been read belongs to this connection, and to no later turn of any.
            buffers.filled = 0;
        }
        self.inbox = inbox;
        true
    }

    /// Runs the whole requests of `bytes`, which may be a buffer that values can stay in; returns how
    /// many bytes they were, and the phase that follows: `None` when the replies grew beyond the limit.
    fn run(
        &mut self,
        bytes: &[u8],
        lent: Option<&(Bytes, usize)>,
        replies: &mut Output,
    ) -> (usize, Option<Phase>) {
        let limit = self.tuning.reply_limit();
        let mut out = ReplyWriter::output(replies, self.session.protocol()).limit(limit);
        self.decoder.set_limits(self.tuning.limits());
        match lent {
            Some((buffer, allocated)) => self.session.begin_batch_in(buffer, *allocated),
            None => self.session.begin_batch(),
        }
        let (mut used, mut ran) = (0, 0);
        let phase = loop {
            if self.session.has_rest() {
                self.session.write_rest(BATCH_REPLIES, &mut out);
                if out.overflowed() {
                    break None;
                }
            }
            if self.session.has_rest() {
                break Some(Phase::More);
            }
            if used == bytes.len() {
                self.decoder.rest();
                break Some(Phase::Open);
            }
            if ran >= BATCH_REQUESTS || out.len() >= BATCH_REPLIES || self.batch_is_old(ran) {
                break Some(Phase::More);
            }
            let requests = match self.decoder.decode_many(&bytes[used..], Session::AHEAD) {
                Ok(requests) => requests,
                Err(error) => {
                    tracing::debug!(client = self.session.client().id, "{error}");
                    out.protocol_error(&error);
                    break Some(Phase::Last);
                }
            };
            if requests.consumed() == 0 {
                break Some(Phase::Open);
            }
            let count = self.session.execute_many(&requests, BATCH_REPLIES, &mut out);
            ran += count;
            used += match count < requests.len() {
                true => requests.consumed_by(count),
                false => requests.consumed(),
            };
            if out.overflowed() {
                break None;
            }
            if self.session.is_closing() {
                break Some(Phase::Last);
            }
            self.decoder.set_syntax(self.session.syntax());
        };
        self.session.end_batch();
        self.barrier = self.session.store().journal().and_then(|journal| journal.barrier());
        (used, phase)
    }

    /// Whether the batch, of which `ran` requests have run, has taken its time.
    fn batch_is_old(&self, ran: usize) -> bool {
        ran > 0 && self.session.batch_age() > BATCH_TIME
    }

    /// Waits until the journal takes more.
    #[inline]
    fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self.session.store().journal() {
            Some(journal) => journal.poll_room(context),
            None => Poll::Ready(()),
        }
    }

    /// Waits until the journal keeps what the replies that are to leave speak of.
    #[inline]
    fn poll_kept(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let (Some(barrier), Some(journal)) = (self.barrier, self.session.store().journal()) {
            if !self.is_held {
                self.is_held = true;
                self.held.wait(barrier, context.waker().clone());
                return Poll::Pending;
            }
            // Whoever has woken it: the journal itself must say so.
            ready!(journal.poll_kept(barrier, context));
            (self.barrier, self.is_held) = (None, false);
        }
        Poll::Ready(())
    }

    /// Writes what is left of earlier replies; then, if they were the last, shuts the stream.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_kept(context));
        while self.unsent.has_remaining() {
            let write = self.poll_write(context);
            if write.is_pending() {
                self.handle.set_blocked();
            }
            match ready!(write)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.unsent.advance(count),
            }
            self.handle.set_unblocked();
        }
        self.unsent.clear();
        if self.phase == Phase::Last {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.phase = Phase::Linger(LINGER_BYTES);
            self.handle.set_lingering();
        }
        Poll::Ready(Ok(()))
    }

    /// Writes once: all that is left, or a number of pieces of it.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.unsent.is_contiguous() {
            return socket::poll_write(&self.stream, context, self.unsent.chunk());
        }
        let mut slices = [IoSlice::new(b""); SLICES];
        let count = self.unsent.chunks_vectored(&mut slices);
        socket::poll_write_vectored(&self.stream, context, &slices[..count])
    }

    /// Waits for the client to close, throwing away what it still sends: closing with unread input
    /// would reset the connection, and the last reply might be lost on its way.
    fn poll_linger(
        &mut self,
        room: usize,
        ending: Option<Ending>,
        buffers: &mut Buffers,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Option<&'static str>>> {
        let received = socket::poll_read(&self.stream, context, &mut buffers.input);
        if received.is_pending() && ending == Some(Ending::Drain) {
            return over("the last reply is sent");
        }
        match ready!(received)? {
            count if count > 0 && count < room => {
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
