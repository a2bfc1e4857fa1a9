//! A session: one client's conversation with the store.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use kv_protocol::{
    Frame, Protocol, ReplyWriter, Request, RequestBuf, RequestSyntax, Requests, Tree,
};

use crate::Store;
use crate::clients::{Client, Peer};
use crate::ctx::Received;
use crate::dispatch::{self, Ahead};
use crate::journal::Place;
use crate::keyspace::Scratch;
use crate::settings::CachedLimits;
use crate::stats::{Count, LocalStats};

/// One client's conversation with a [`Store`]: the database it has selected, the dialect it speaks.
///
/// A transport calls [`begin_batch`](Session::begin_batch) (or
/// [`begin_batch_in`](Session::begin_batch_in), for large values), then [`execute`](Session::execute) for
/// each request it has received, then [`end_batch`](Session::end_batch). A program that embeds the
/// store uses [`call`](Session::call).
pub struct Session {
    store: Arc<Store>,
    state: SessionState,
    scratch: Scratch,
}

/// The part of a session that handlers see and change.
pub(crate) struct SessionState {
    pub(crate) client: Arc<Client>,
    pub(crate) db: usize,
    pub(crate) protocol: Protocol,
    /// The dialect the session began in: `RESET` returns to it.
    pub(crate) home: Protocol,
    pub(crate) reply: ReplyMode,
    pub(crate) closing: bool,
    /// Whether it loads data: nothing is refused.
    pub(crate) is_trusted: bool,
    pub(crate) no_touch: bool,
    pub(crate) now_us: u64,
    /// The same in milliseconds.
    pub(crate) now_ms: u64,
    pub(crate) rng: Rng,
    /// Where the batch's requests lie, if a value may take over its part of that.
    pub(crate) received: Option<Received>,
    pub(crate) stats: LocalStats,
    pub(crate) limits: CachedLimits,
    /// What is left to write of the last reply.
    pub(crate) rest: Option<Box<dyn Rest>>,
    pub(crate) last_command: &'static str,
    /// The last command as others see it.
    shown_command: &'static str,
}

/// The rest of a long reply, which is written when the locks are gone and others have had their turn.
///
/// It holds what it writes as it was when the command ran: a clone of a collection, which shares its
/// elements with the one that others go on changing.
pub(crate) trait Rest: Send {
    /// Writes until `out` holds `enough` bytes, or to the end; whether that is reached.
    fn write(&mut self, enough: usize, out: &mut ReplyWriter<'_>) -> bool;
}

/// What `CLIENT REPLY` has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplyMode {
    /// Every command is answered.
    On,
    /// None is.
    Off,
    /// The next one is not.
    SkipNext,
    /// This one is not; `On` afterwards.
    Skipping,
}

impl Session {
    /// Requests that [`execute_many`](Session::execute_many) looks at before it runs the first: about
    /// as many cache lines as a core fetches at a time.
    pub const AHEAD: usize = 16;

    pub(crate) fn new(store: Arc<Store>, peer: Peer, home: Protocol) -> Session {
        let now_us = store.clock.now_us();
        let client = store.clients.connect(peer, home, now_us);
        let rng = Rng::with_seed(store.seed ^ client.id.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        store.stats().add(Count::Connections, 1);
        let state = SessionState {
            client,
            db: 0,
            protocol: home,
            home,
            reply: ReplyMode::On,
            closing: false,
            is_trusted: false,
            no_touch: false,
            now_us,
            now_ms: now_us / 1000,
            rng,
            received: None,
            stats: LocalStats::default(),
            limits: CachedLimits::default(),
            rest: None,
            last_command: "",
            shown_command: "",
        };
        Session { store, state, scratch: Scratch::default() }
    }

    /// Starts a batch of requests: reads the clock, once for all of them.
    #[inline]
    pub fn begin_batch(&mut self) {
        self.state.set_time(self.store.clock.now_us());
        self.state.client.last_active.store(self.state.now_us, Ordering::Relaxed);
    }

    /// Starts a batch of requests that run at another time, in microseconds.
    pub(crate) fn begin_batch_at(&mut self, now_us: u64) {
        self.state.set_time(now_us);
    }

    /// Starts a batch of requests that lie in `buffer`, an allocation of `allocated` bytes that is the
    /// caller's alone. A value that fills most of the allocation is not copied: its record holds a part
    /// of `buffer` from then on, and is charged with the whole allocation.
    pub fn begin_batch_in(&mut self, buffer: &Bytes, allocated: usize) {
        self.state.received = Some(Received { bytes: buffer.clone(), allocated });
        self.begin_batch();
    }

    /// How long ago the batch began, by the store's clock.
    pub fn batch_age(&self) -> Duration {
        let now = self.store.clock.now_us();
        Duration::from_micros(now.saturating_sub(self.state.now_us))
    }

    /// Runs one request and writes its reply to `out`. An error is a reply too.
    #[inline]
    pub fn execute(&mut self, request: Request<'_>, out: &mut ReplyWriter<'_>) {
        {
            let Session { store, state, scratch } = &mut *self;
            let mut ahead = Ahead::default();
            ahead.push(store, state.db, request);
            dispatch::execute(store, state, scratch, &mut ahead, usize::MAX, out);
        }
        self.write_rest(usize::MAX, out);
    }

    /// Runs requests that came together, in their order, at most [`AHEAD`](Session::AHEAD) of them.
    /// What they will read of the table is fetched for all of them before the first one runs.
    ///
    /// Returns how many ran. It stops early behind a request that changed the syntax or asked for
    /// the connection's end, once `out` has overflowed or holds `enough` bytes, and where a reply
    /// [has a rest](Session::has_rest), which is to be written before the next request runs.
    #[inline]
    pub fn execute_many(
        &mut self,
        requests: &Requests<'_>,
        enough: usize,
        out: &mut ReplyWriter<'_>,
    ) -> usize {
        let Session { store, state, scratch } = self;
        let mut ahead = Ahead::default();
        for request in requests.iter().take(Session::AHEAD) {
            ahead.push(store, state.db, request);
        }
        dispatch::execute(store, state, scratch, &mut ahead, enough, out)
    }

    /// Whether the last reply is not written to its end.
    #[inline]
    pub fn has_rest(&self) -> bool {
        self.state.rest.is_some()
    }

    /// Goes on with the last reply until `out` holds `enough` bytes; whether it is written to its end.
    pub fn write_rest(&mut self, enough: usize, out: &mut ReplyWriter<'_>) -> bool {
        if let Some(rest) = &mut self.state.rest
            && rest.write(enough, out)
        {
            self.state.rest = None;
        }
        self.state.rest.is_none()
    }

    /// Ends a batch of requests: adds what it counted to the store's statistics.
    #[inline]
    pub fn end_batch(&mut self) {
        self.state.received = None;
        self.state.publish(&self.store);
    }

    /// Counts bytes that the transport has read from the client and written to it.
    #[inline]
    pub fn count_io(&mut self, read: usize, written: usize) {
        self.state.stats.add(Count::NetInput, read as u64);
        self.state.stats.add(Count::NetOutput, written as u64);
    }

    /// Lets it do what the store refuses to others.
    pub(crate) fn trust(&mut self) {
        self.state.is_trusted = true;
    }

    /// Runs what follows at this time, in this database.
    pub(crate) fn place(&mut self, place: Place) {
        self.state.set_time(place.now_us);
        if self.state.db != place.db {
            self.state.select(place.db);
        }
    }

    /// Removes what is over at a key.
    pub(crate) fn expire(&mut self, place: Place, key: &[u8]) {
        self.place(place);
        dispatch::expire(&self.store, &mut self.state, &mut self.scratch, key);
    }

    /// Runs one command and returns its reply; an error is a [`Frame::Error`].
    ///
    /// ```
    /// use kv_store::Store;
    ///
    /// let mut session = Store::builder().build().session();
    /// session.call(["SET", "answer", "42"]);
    /// assert_eq!(session.call(["INCR", "answer"]), 43.into());
    /// ```
    pub fn call<A: AsRef<[u8]>>(&mut self, args: impl IntoIterator<Item = A>) -> Frame {
        let mut request = RequestBuf::new();
        for arg in args {
            request.push(arg.as_ref());
        }
        self.call_request(request.as_request()).unwrap_or(Frame::Null)
    }

    /// Runs one request and returns its reply, or `None` if it has none (`CLIENT REPLY OFF`).
    pub fn call_request(&mut self, request: Request<'_>) -> Option<Frame> {
        let mut tree = Tree::new();
        self.begin_batch();
        self.execute(request, &mut ReplyWriter::tree(&mut tree, self.state.protocol));
        self.end_batch();
        tree.into_frame()
    }

    /// How replies are written at present: `HELLO` changes it.
    #[inline]
    pub fn protocol(&self) -> Protocol {
        self.state.protocol
    }

    /// What requests may carry at present: `HELLO` changes it.
    #[inline]
    pub fn syntax(&self) -> RequestSyntax {
        match self.state.protocol {
            Protocol::Native => RequestSyntax::Native,
            Protocol::Resp2 | Protocol::Resp3 => RequestSyntax::Redis,
        }
    }

    /// Whether the client is to be disconnected once its replies are written (`QUIT`).
    #[inline]
    pub fn is_closing(&self) -> bool {
        self.state.closing
    }

    /// The session as other clients see it.
    pub fn client(&self) -> &Arc<Client> {
        &self.state.client
    }

    /// The store it talks to.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }
}

impl SessionState {
    /// Sets the time that requests run at from here on, in microseconds.
    #[inline]
    pub(crate) fn set_time(&mut self, now_us: u64) {
        self.now_us = now_us;
        self.now_ms = now_us / 1000;
    }

    /// Works on database `db` from here on.
    pub(crate) fn select(&mut self, db: usize) {
        self.db = db;
        self.client.db.store(db, Ordering::Relaxed);
    }

    /// Answers in `protocol` from here on, the reply that is being written to `out` included.
    pub(crate) fn speak(&mut self, protocol: Protocol, out: &mut ReplyWriter<'_>) {
        self.protocol = protocol;
        self.client.set_protocol(protocol);
        out.set_protocol(protocol);
    }

    /// Whether reads leave the keys' access times alone (`CLIENT NO-TOUCH`).
    pub(crate) fn set_no_touch(&mut self, no_touch: bool) {
        self.no_touch = no_touch;
        self.client.no_touch.store(no_touch, Ordering::Relaxed);
    }

    /// Makes visible to others what the session has counted and run.
    pub(crate) fn publish(&mut self, store: &Store) {
        self.client.count(&self.stats);
        self.stats.flush(store.stats());
        if !std::ptr::eq(self.last_command, self.shown_command) {
            self.client.set_last_command(self.last_command);
            self.shown_command = self.last_command;
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.state.publish(&self.store);
        self.store.clients.disconnect(self.state.client.id);
    }
}
