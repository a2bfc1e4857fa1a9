//! What was given to a connection and has not been answered.

use std::collections::VecDeque;
use std::time::Duration;

use kv_protocol::Frame;
use tokio::time::Instant;

use super::batch::Batch;
use super::inbox::Inbox;
use super::link::End;
use super::outbox::Outbox;
use crate::error::Error;
use crate::session::Session;

/// Batches in the order of their bytes, which is the order of the answers. A batch stays here
/// until its last answer has come, whether its caller still waits or not: that's what keeps the
/// answers in step.
#[derive(Debug)]
pub(crate) struct InFlight {
    batches: VecDeque<Sent>,
    /// When the server last gave a sign, or the first batch came to wait for one.
    heard: Instant,
    /// Whether anything has been answered at all.
    answered: bool,
}

#[derive(Debug)]
struct Sent {
    batch: Batch,
    /// Where its bytes start in the stream.
    start: u64,
}

impl InFlight {
    pub(crate) fn new() -> InFlight {
        InFlight { batches: VecDeque::new(), heard: Instant::now(), answered: false }
    }

    /// Passes a batch on to the socket, unless its caller has given up.
    pub(crate) fn send(&mut self, batch: Batch, outbox: &mut Outbox) {
        let Some(bytes) = batch.claim() else { return };
        if self.batches.is_empty() {
            self.heard = Instant::now();
        }
        self.batches.push_back(Sent { batch, start: outbox.end() });
        outbox.push(bytes);
    }

    /// Hands out the answers that have been read.
    pub(crate) fn answer(&mut self, inbox: &mut Inbox, session: &mut Session) -> Result<(), End> {
        self.heard = Instant::now();
        while let Some(frame) = inbox.next()? {
            let Some(first) = self.batches.front_mut() else {
                return Err(unasked(&frame));
            };
            self.answered = true;
            if first.batch.answer(frame, session)
                && let Some(done) = self.batches.pop_front()
            {
                done.batch.finish();
            }
        }
        Ok(())
    }

    /// Whether the server has answered any command.
    pub(crate) fn answered(&self) -> bool {
        self.answered
    }

    /// When an answer will have been due for `silence`; if none is due, that long from now.
    pub(crate) fn overdue_at(&self, silence: Duration) -> Instant {
        let since = if self.batches.is_empty() { Instant::now() } else { self.heard };
        since + silence
    }

    /// The connection has ended after `written` bytes. What may be sent anew, in order; everybody
    /// else is told.
    pub(crate) fn abandon(mut self, written: u64, end: &End) -> VecDeque<Batch> {
        let cause = end.to_string();
        let broken = Error::Interrupted { cause: cause.clone() };
        let unsent = Error::NotSent { cause };
        if let End::Malformed(error) = end
            && let Some(mut first) = self.batches.pop_front()
        {
            if first.batch.note(Err(Error::Protocol(*error))) {
                first.batch.finish();
            } else {
                self.batches.push_front(first);
            }
        }
        let abandon = |sent: Sent| {
            // A batch fits into memory, hence its part of the stream into a `usize`.
            let taken = written.saturating_sub(sent.start).min(usize::MAX as u64) as usize;
            sent.batch.abandon(taken, &broken, &unsent)
        };
        self.batches.into_iter().filter_map(abandon).collect()
    }
}

/// How a link ends on which an answer came that nobody waits for; some servers say so why they
/// hang up.
fn unasked(frame: &Frame) -> End {
    End::Broken(match frame.as_error() {
        Some(text) => format!("the server hung up: {}", text.escape_ascii()),
        None => "the server answered without having been asked".to_owned(),
    })
}
