//! Commands that travel together, from a caller to the connection and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use bytes::Bytes;
use kv_protocol::{Frame, Protocol};
use tokio::sync::oneshot;

use crate::budget::Share;
use crate::command::Command;
use crate::convert::plain;
use crate::error::Error;
use crate::session::{Change, Session, inspect};

/// What became of one command.
pub(crate) type Outcome = Result<Frame, Error>;

/// Commands as they travel.
#[derive(Debug, Default)]
pub(crate) struct Encoded {
    bytes: Vec<u8>,
    /// Where each command ends in `bytes`.
    ends: Vec<usize>,
    /// What some of them change in the session, by their index.
    changes: Vec<(usize, Change)>,
}

impl Encoded {
    pub(crate) fn add(&mut self, command: &Command, protocol: Protocol) -> Result<(), Error> {
        if let Some(change) = inspect(command)? {
            self.changes.push((self.ends.len(), change));
        }
        command.encode(&mut self.bytes, protocol)?;
        self.ends.push(self.bytes.len());
        Ok(())
    }

    /// How many commands there are.
    pub(crate) fn commands(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes they take.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// Who has a batch: the caller, who may still take it back, or the connection.
///
/// ```text
///            claim                          release (the connection broke before it was sent)
///   QUEUED ─────────► CLAIMED       CLAIMED ─────────► QUEUED
///      │ cancel
///      └────────────► CANCELLED
/// ```
///
/// Only one of `claim` and `cancel` can win, so a caller who has cancelled knows that nothing was
/// sent and nothing will be.
#[derive(Debug)]
pub(crate) struct Ticket(AtomicU8);

const QUEUED: u8 = 0;
const CLAIMED: u8 = 1;
const CANCELLED: u8 = 2;

impl Ticket {
    pub(crate) fn new() -> Ticket {
        Ticket(AtomicU8::new(QUEUED))
    }

    /// The connection is about to send it; false when it's no longer wanted.
    pub(crate) fn claim(&self) -> bool {
        self.turn(QUEUED, CLAIMED)
    }

    /// The connection hasn't sent it after all.
    fn release(&self) {
        self.turn(CLAIMED, QUEUED);
    }

    /// The caller no longer wants it; false when it may have been sent already.
    pub(crate) fn cancel(&self) -> bool {
        self.turn(QUEUED, CANCELLED)
    }

    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire) == CANCELLED
    }

    fn turn(&self, from: u8, to: u8) -> bool {
        self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// Commands under way, and the answers so far. It holds its share of the budget until it's done.
#[derive(Debug)]
pub(crate) struct Batch {
    bytes: Bytes,
    ends: Vec<usize>,
    changes: Vec<(usize, Change)>,
    outcomes: Vec<Outcome>,
    ticket: Arc<Ticket>,
    caller: oneshot::Sender<Vec<Outcome>>,
    _share: Share,
}

impl Batch {
    /// A batch, and where its outcomes will come.
    pub(crate) fn new(
        encoded: Encoded,
        ticket: Arc<Ticket>,
        share: Share,
    ) -> (Batch, oneshot::Receiver<Vec<Outcome>>) {
        let (caller, outcomes) = oneshot::channel();
        let batch = Batch {
            bytes: encoded.bytes.into(),
            ends: encoded.ends,
            changes: encoded.changes,
            outcomes: Vec::new(),
            ticket,
            caller,
            _share: share,
        };
        (batch, outcomes)
    }

    /// The bytes to send, if it's still wanted.
    pub(crate) fn claim(&self) -> Option<Bytes> {
        self.ticket.claim().then(|| self.bytes.clone())
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.ticket.is_cancelled()
    }

    /// Takes the answer to the next command; whether it was the last.
    pub(crate) fn answer(&mut self, frame: Frame, session: &mut Session) -> bool {
        let (index, outcome) = (self.outcomes.len(), outcome(frame));
        if let Some(at) = self.changes.iter().position(|(changed, _)| *changed == index) {
            let (_, change) = self.changes.swap_remove(at);
            if is_ok(&outcome) {
                session.apply(change);
            }
        }
        self.note(outcome)
    }

    /// Takes the outcome of the next command; whether it was the last.
    pub(crate) fn note(&mut self, outcome: Outcome) -> bool {
        self.outcomes.push(outcome);
        self.outcomes.len() == self.ends.len()
    }

    /// Hands the outcomes to the caller, if it's still there.
    pub(crate) fn finish(self) {
        // A caller who has gone has dropped the other end; nobody misses the outcomes then.
        let _ = self.caller.send(self.outcomes);
    }

    /// Every command that has no outcome yet gets this one.
    pub(crate) fn fail(mut self, error: &Error) {
        self.outcomes.resize(self.ends.len(), Err(error.clone()));
        self.finish();
    }

    /// The connection broke when `written` bytes of this batch had been handed to it. Gives the
    /// batch back when it's none, so that it may go out over another connection. Otherwise it's
    /// over: what was sent and not answered is `broken`, and what wasn't sent as a whole (which no
    /// server carries out) is `unsent`. It's not sent again by itself, because commands of a
    /// pipeline may depend on one another, and because a command may be what broke the connection.
    pub(crate) fn abandon(
        mut self,
        written: usize,
        broken: &Error,
        unsent: &Error,
    ) -> Option<Batch> {
        if written == 0 && self.outcomes.is_empty() {
            self.ticket.release();
            return Some(self);
        }
        for end in self.ends.iter().skip(self.outcomes.len()) {
            let error = if *end <= written { broken } else { unsent };
            self.outcomes.push(Err(error.clone()));
        }
        self.finish();
        None
    }
}

/// An error as an error, anything else as it came.
fn outcome(frame: Frame) -> Outcome {
    match &frame {
        Frame::Attribute { frame: inner, .. } if inner.is_error() => plain(frame),
        frame if frame.is_error() => plain(frame.clone()),
        _ => Ok(frame),
    }
}

fn is_ok(outcome: &Outcome) -> bool {
    matches!(outcome, Ok(Frame::Simple(text)) if text.as_ref() == b"OK")
}
