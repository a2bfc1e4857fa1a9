//! The connection's task: it owns the socket, and everything that must keep step with it.
//!
//! ```text
//!              ┌──────────── pause ◄───────────┐
//!              ▼                               │ failed
//!   start ► connect ──► greet ──► run ──► lost ┘
//!              │ too many failures
//!              ▼
//!            rest until the next command
//! ```

mod backoff;
mod batch;
mod in_flight;
mod inbox;
mod link;
mod outbox;
mod queue;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;

pub(crate) use batch::{Batch, Encoded, Outcome, Ticket};

use backoff::Backoff;
use link::{End, Link};
use queue::{NoClients, Queue};

use crate::error::Error;
use crate::options::Options;
use crate::session::Session;

/// How the connection is doing, for callers to look at.
#[derive(Debug, Default)]
pub(crate) struct Status {
    health: Mutex<Health>,
}

#[derive(Debug, Default)]
struct Health {
    reconnects: u64,
    /// Why there is no connection, once an attempt has failed; `None` while there is one.
    trouble: Option<Error>,
}

impl Status {
    /// How often the connection has been made anew.
    pub(crate) fn reconnects(&self) -> u64 {
        self.with(|health| health.reconnects)
    }

    /// Why there is no connection.
    pub(crate) fn trouble(&self) -> Option<Error> {
        self.with(|health| health.trouble.clone())
    }

    fn with<T>(&self, look: impl FnOnce(&mut Health) -> T) -> T {
        look(&mut self.health.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The task of one client and its clones.
pub(crate) struct Connection {
    link: Link,
    dialer: Dialer,
}

impl Connection {
    /// Makes the first connection.
    pub(crate) async fn open(options: Options, status: Arc<Status>) -> Result<Connection, Error> {
        let session = Session::new(&options);
        let link = Link::establish(&options, session.greeting()).await?;
        let backoff = Backoff::new(options.backoff, fastrand::Rng::new());
        Ok(Connection { link, dialer: Dialer { options, session, backoff, status } })
    }

    /// Serves the batches that arrive, over one link after another, until all clients are gone.
    pub(crate) async fn run(self, arrivals: UnboundedReceiver<Batch>) {
        let Connection { mut link, mut dialer } = self;
        let mut queue = Queue::new(arrivals);
        loop {
            let silence = dialer.options.request_timeout;
            let end = link.run(&mut queue, &mut dialer.session, silence).await;
            if matches!(end, End::NoClients) {
                return;
            }
            // A server that accepts and hangs up is no better than one that refuses.
            if link.was_useful() {
                dialer.backoff.reset();
            }
            queue.put_back(link.abandon(&end));
            link = match dialer.reconnect(&mut queue).await {
                Ok(link) => link,
                Err(NoClients) => return,
            };
        }
    }
}

/// Makes new links, as the first was made.
struct Dialer {
    options: Options,
    session: Session,
    backoff: Backoff,
    status: Arc<Status>,
}

impl Dialer {
    /// Tries until there is a link.
    async fn reconnect(&mut self, queue: &mut Queue) -> Result<Link, NoClients> {
        let mut failures = 0;
        loop {
            queue.during(sleep(self.backoff.pause())).await?;
            let attempt = Link::establish(&self.options, self.session.greeting());
            let error = match queue.during(attempt).await? {
                Ok(link) => {
                    self.status.with(|health| {
                        health.reconnects += 1;
                        health.trouble = None;
                    });
                    return Ok(link);
                }
                Err(error) => self.not_connected(error),
            };
            failures += 1;
            self.status.with(|health| health.trouble = Some(error.clone()));
            if self.options.reconnect_attempts.is_some_and(|most| failures >= most) {
                queue.fail(&error);
                queue.wait().await?;
                failures = 0;
                self.backoff.reset();
            }
        }
    }

    /// What commands fail with that couldn't be sent because of `error`.
    fn not_connected(&self, error: Error) -> Error {
        match error {
            Error::Connect { .. } => error,
            refused => {
                Error::Connect { address: self.options.address.clone(), cause: refused.to_string() }
            }
        }
    }
}
