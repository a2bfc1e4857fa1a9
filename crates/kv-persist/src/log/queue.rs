//! What was appended and is not taken by the writer yet.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::frame::{self, FRAME_HEADER_BYTES, MARK_BYTES};
use super::request::Request;

/// Frames are gathered in chunks of this size. One buffer that doubles would have to be copied as it grows,
/// while keys are locked.
pub(crate) const CHUNK_BYTES: usize = 256 << 10;

/// How many empty chunks are kept for later.
const SPARE_CHUNKS: usize = 4;

/// Frames that belong together in a segment.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// The segment they must go to.
    pub(crate) segment: u64,
    /// The position after the last of them.
    pub(crate) end: u64,
    /// Whether something should come after them that no frame can hold.
    pub(crate) gap: bool,
    /// Room for a mark ([`MARK_BYTES`]), then the frames.
    pub(crate) bytes: Vec<u8>,
}

/// The frames that wait, and the requests to the writer.
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    woken: Condvar,
    /// The position after the last frame that was appended.
    appended: AtomicU64,
}

struct Waiting {
    /// Chunks to which nothing is added any more.
    full: VecDeque<Chunk>,
    last: Chunk,
    spare: Vec<Vec<u8>>,
    bytes: usize,
    frames: usize,
    /// An append that exceeds this wakes the writer; nothing exceeds it while the writer is at work.
    enough: Enough,
    requests: Vec<Request>,
    /// Whether nobody takes requests any more.
    is_closed: bool,
}

/// How much must wait before it is worth while to write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Enough {
    /// So many bytes,
    pub(crate) bytes: usize,
    /// or so many frames.
    pub(crate) frames: usize,
}

impl Enough {
    /// Any frame.
    pub(crate) const ANY: Enough = Enough { bytes: 1, frames: 1 };
    /// Nothing is.
    pub(crate) const NEVER: Enough = Enough { bytes: usize::MAX, frames: usize::MAX };

    fn is_reached(self, waiting: &Waiting) -> bool {
        waiting.bytes >= self.bytes || waiting.frames >= self.frames
    }
}

/// What the writer takes out of the queue.
pub(crate) struct Taken {
    /// How many frames were taken.
    pub(crate) frames: usize,
    /// The segment that frames appended from now on go to.
    pub(crate) segment: u64,
}

impl Queue {
    /// An empty queue whose frames go to `segment`.
    pub(crate) fn new(segment: u64) -> Queue {
        let waiting = Waiting {
            full: VecDeque::new(),
            last: Chunk::new(segment, 0, Vec::with_capacity(CHUNK_BYTES)),
            spare: Vec::new(),
            bytes: 0,
            frames: 0,
            enough: Enough::NEVER,
            requests: Vec::new(),
            is_closed: false,
        };
        Queue { waiting: Mutex::new(waiting), woken: Condvar::new(), appended: AtomicU64::new(0) }
    }

    /// The position after the last frame that was appended.
    pub(crate) fn appended(&self) -> u64 {
        self.appended.load(Ordering::Acquire)
    }

    /// Adds a frame.
    pub(crate) fn append(&self, payload: &[u8]) {
        // The checksum is the dear part; it is over before others are kept waiting.
        let header = frame::frame_header(payload);
        let length = FRAME_HEADER_BYTES + payload.len();
        let mut waiting = self.waiting.lock();
        let bytes = &waiting.last.bytes;
        if bytes.capacity() - bytes.len() < length {
            waiting.next_chunk(length);
        }
        waiting.bytes += length;
        waiting.frames += 1;
        let last = &mut waiting.last;
        last.bytes.extend_from_slice(&header);
        last.bytes.extend_from_slice(payload);
        last.end += length as u64;
        self.appended.store(last.end, Ordering::Release);
        if waiting.enough.is_reached(&waiting) {
            waiting.enough = Enough::NEVER;
            drop(waiting);
            self.woken.notify_one();
        }
    }

    /// Notes that something was appended of which no frame can be made.
    pub(crate) fn append_gap(&self) {
        let mut waiting = self.waiting.lock();
        // It counts as a byte, so that nobody takes what was there before it for all there is.
        waiting.last.end += 1;
        waiting.last.gap = true;
        self.appended.store(waiting.last.end, Ordering::Release);
        waiting.next_chunk(0);
        drop(waiting);
        self.request(Request::Flush(None));
    }

    /// Makes frames appended from now on go to a new segment; returns its number. The writer is not woken: it
    /// need not know before the next frame or request.
    pub(crate) fn rotate(&self) -> u64 {
        let mut waiting = self.waiting.lock();
        waiting.next_chunk(0);
        waiting.last.segment += 1;
        waiting.last.segment
    }

    /// Hands the writer a request. If there is no writer any more, it is dropped.
    pub(crate) fn request(&self, request: Request) {
        let mut waiting = self.waiting.lock();
        if !waiting.is_closed {
            waiting.requests.push(request);
        }
        drop(waiting);
        self.woken.notify_one();
    }

    /// Drops all requests, those to come as well.
    pub(crate) fn close(&self) {
        let mut waiting = self.waiting.lock();
        waiting.is_closed = true;
        waiting.requests.clear();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.waiting.lock().is_closed
    }

    /// The requests that came since the last call.
    pub(crate) fn requests(&self) -> Vec<Request> {
        mem::take(&mut self.waiting.lock().requests)
    }

    /// How many frames wait.
    pub(crate) fn frames(&self) -> usize {
        self.waiting.lock().frames
    }

    /// Moves all that waits to the end of `chunks`.
    pub(crate) fn take(&self, chunks: &mut VecDeque<Chunk>) -> Taken {
        let mut waiting = self.waiting.lock();
        waiting.next_chunk(0);
        chunks.append(&mut waiting.full);
        waiting.bytes = 0;
        Taken { frames: mem::take(&mut waiting.frames), segment: waiting.last.segment }
    }

    /// Takes the buffer of a chunk back for later use.
    pub(crate) fn give_back(&self, buffer: Vec<u8>) {
        let mut waiting = self.waiting.lock();
        if buffer.capacity() == CHUNK_BYTES && waiting.spare.len() < SPARE_CHUNKS {
            waiting.spare.push(buffer);
        }
    }

    /// Waits on this thread until enough waits, a request comes, or `timeout` has passed.
    pub(crate) fn wait(&self, enough: Enough, timeout: Option<Duration>) {
        let mut waiting = self.waiting.lock();
        if enough.is_reached(&waiting) || !waiting.requests.is_empty() {
            return;
        }
        waiting.enough = enough;
        match timeout {
            Some(timeout) => {
                self.woken.wait_for(&mut waiting, timeout);
            }
            None => self.woken.wait(&mut waiting),
        }
        waiting.enough = Enough::NEVER;
    }
}

impl Waiting {
    /// Begins a chunk that has room for `length` bytes; the last one is full, if anything is in it.
    fn next_chunk(&mut self, length: usize) {
        if self.last.is_empty() && length <= CHUNK_BYTES - MARK_BYTES {
            return;
        }
        let buffer = match self.spare.pop() {
            Some(buffer) if length <= CHUNK_BYTES - MARK_BYTES => buffer,
            _ => Vec::with_capacity((MARK_BYTES + length).max(CHUNK_BYTES)),
        };
        let next = Chunk::new(self.last.segment, self.last.end, buffer);
        let last = mem::replace(&mut self.last, next);
        if !last.is_empty() {
            self.full.push_back(last);
        }
    }
}

impl Chunk {
    fn new(segment: u64, end: u64, mut bytes: Vec<u8>) -> Chunk {
        bytes.clear();
        bytes.extend_from_slice(&[0; MARK_BYTES]);
        Chunk { segment, end, gap: false, bytes }
    }

    fn is_empty(&self) -> bool {
        self.bytes.len() == MARK_BYTES && !self.gap
    }
}
