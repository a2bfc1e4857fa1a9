//! The client: a handle that any number of tasks share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use kv_protocol::{Frame, Protocol};
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::time::timeout;

use crate::budget::Budget;
use crate::call::Call;
use crate::command::Command;
use crate::connection::{Batch, Connection, Encoded, Outcome, Status, Ticket};
use crate::convert::{FromFrame, ToArg};
use crate::error::Error;
use crate::options::{Builder, Options};
use crate::pipeline::Pipeline;

/// A connection to a server, shared by all clones of the client and all their tasks.
///
/// Commands of many tasks travel together: whatever is ready goes out in one write, nobody waits
/// for somebody else's answer before sending. That also means that the connection's state is
/// common property. `SELECT`, `AUTH` and `CLIENT SETNAME` count for all clones (and are repeated
/// after a reconnect); a transaction belongs into one [`pipeline`](Client::pipeline); a blocking
/// command holds up everybody and wants a client of its own; commands after which the answers
/// would no longer match (`SUBSCRIBE`, `MONITOR`, `HELLO`, …) are refused.
///
/// **Dropping a future** of this client takes its command back if it hasn't been sent yet. If it
/// has, the server carries it out and the answer is thrown away when it comes. It never reaches
/// another caller.
///
/// **A lost connection** is made anew, with pauses (see [`Builder::backoff`]). Commands that were
/// not sent wait for it; a command that was sent and not answered fails with
/// [`Error::Interrupted`] and is never sent again, since it may have been carried out; one of
/// which a part was sent fails with [`Error::NotSent`].
///
/// The connection ends when the last clone is dropped.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    address: String,
    protocol: Protocol,
    request_timeout: Option<Duration>,
    budget: Budget,
    status: Arc<Status>,
    batches: UnboundedSender<Batch>,
}

impl Client {
    /// Connects to `address`, a name or number and a port (`127.0.0.1:31337`), with the defaults
    /// of [`Builder`]: the native dialect, no login. Must be called within a tokio runtime, which
    /// then drives the connection.
    ///
    /// # Errors
    /// [`Error::Connect`].
    pub async fn connect(address: impl Into<String>) -> Result<Client, Error> {
        Client::builder(address).connect().await
    }

    /// For everything that isn't a default: dialect, login, bounds, times.
    pub fn builder(address: impl Into<String>) -> Builder {
        Builder::new(address)
    }

    pub(crate) async fn open(options: Options) -> Result<Client, Error> {
        let status = Arc::new(Status::default());
        let (batches, arrivals) = mpsc::unbounded_channel();
        let shared = Shared {
            address: options.address.clone(),
            protocol: options.protocol,
            request_timeout: options.request_timeout,
            budget: Budget::new(options.max_commands, options.max_bytes),
            status: Arc::clone(&status),
            batches,
        };
        let connection = Connection::open(options, status).await?;
        tokio::spawn(connection.run(arrivals));
        Ok(Client { shared: Arc::new(shared) })
    }

    /// What is spoken.
    pub fn protocol(&self) -> Protocol {
        self.shared.protocol
    }

    /// How often the connection has been lost and made anew. Between two equal figures it was the
    /// same one, and so was what the server keeps by connection.
    pub fn reconnects(&self) -> u64 {
        self.shared.status.reconnects()
    }

    /// Begins a command by its name, of one word or several (`"CLIENT ID"`).
    pub fn command(&self, name: &str) -> Call<'_, Client> {
        Call::new(self, Command::new(name))
    }

    /// Begins a pipeline: commands that are sent together, with nothing in between.
    pub fn pipeline(&self) -> Pipeline<'_, Client> {
        Pipeline::new(self)
    }

    /// Sends a command given as a list, name first: `client.call(&["GET", "key"])`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn call<T: FromFrame>(
        &self,
        args: impl IntoIterator<Item = impl ToArg>,
    ) -> Result<T, Error> {
        let command: Command = args.into_iter().collect();
        self.run(&command).await
    }

    /// Sends a command that has been built before.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn run<T: FromFrame>(&self, command: &Command) -> Result<T, Error> {
        let outcome = self.run_all([command]).await?.pop();
        T::from_frame(outcome.unwrap_or(Err(Error::Closed))?)
    }

    /// Sends commands together: an outcome for each, in order.
    pub(crate) async fn run_all(
        &self,
        commands: impl IntoIterator<Item = &Command>,
    ) -> Result<Vec<Outcome>, Error> {
        let mut encoded = Encoded::default();
        for command in commands {
            encoded.add(command, self.shared.protocol)?;
        }
        if encoded.commands() == 0 {
            return Ok(Vec::new());
        }
        let ticket = CancelOnDrop(Arc::new(Ticket::new()));
        let work = self.exchange(encoded, &ticket.0);
        let Some(after) = self.shared.request_timeout else { return work.await };
        match timeout(after, work).await {
            Ok(outcomes) => outcomes,
            Err(_) if !ticket.0.cancel() => Err(Error::Timeout { after, sent: true }),
            Err(_) => {
                let trouble = self.shared.status.trouble();
                Err(trouble.unwrap_or(Error::Timeout { after, sent: false }))
            }
        }
    }

    /// Waits for room, hands the commands to the connection and waits for the answers.
    async fn exchange(
        &self,
        encoded: Encoded,
        ticket: &Arc<Ticket>,
    ) -> Result<Vec<Outcome>, Error> {
        let share = self.shared.budget.take(encoded.commands(), encoded.size()).await;
        let (batch, outcomes) = Batch::new(encoded, Arc::clone(ticket), share);
        self.shared.batches.send(batch).map_err(|_| Error::Closed)?;
        outcomes.await.map_err(|_| match ticket.cancel() {
            true => Error::Closed,
            false => Error::Interrupted { cause: "the client was closed".to_owned() },
        })
    }
}

/// A caller's hold on its commands: when the caller goes, they needn't be sent any more.
struct CancelOnDrop(Arc<Ticket>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        // Whether it comes too late makes no difference to somebody who has gone.
        self.0.cancel();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("address", &self.shared.address)
            .field("protocol", &self.shared.protocol)
            .finish_non_exhaustive()
    }
}

impl Call<'_, Client> {
    /// Sends the command; the answer is read as `T`, with [`Frame`] for whatever it is.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn send<T: FromFrame>(self) -> Result<T, Error> {
        self.client.run(&self.command).await
    }
}

impl Pipeline<'_, Client> {
    /// Sends the commands together and waits for all answers: one result for each command, in
    /// order, a server's errors among them.
    ///
    /// When the connection breaks in between, commands already answered keep their results, those
    /// sent are [`Error::Interrupted`] and the rest [`Error::NotSent`]: a pipeline never goes on
    /// over another connection. Only one of which nothing was sent waits for the next.
    ///
    /// # Errors
    /// [`Error::Usage`] when one of the commands can't be sent, and then none is;
    /// [`Error::Timeout`], [`Error::Connect`] and [`Error::Closed`] for all commands at once.
    pub async fn send(self) -> Result<Vec<Result<Frame, Error>>, Error> {
        self.client.run_all(&self.commands).await
    }
}
