//! One connection, from its greeting to its loss.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::pin::pin;
use std::time::Duration;

use kv_protocol::ProtocolError;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::batch::Batch;
use super::in_flight::InFlight;
use super::inbox::Inbox;
use super::outbox::Outbox;
use super::queue::{NoClients, Queue};
use crate::convert::plain;
use crate::error::Error;
use crate::options::Options;
use crate::session::{Session, Step};

/// A socket, the bytes on their way through it, and the batches that were given to it.
#[derive(Debug)]
pub(crate) struct Link {
    stream: TcpStream,
    inbox: Inbox,
    outbox: Outbox,
    in_flight: InFlight,
}

/// Why a link has ended.
#[derive(Debug)]
pub(crate) enum End {
    /// Nobody needs it any more.
    NoClients,
    /// It broke, in words.
    Broken(String),
    /// The server sent what is no answer.
    Malformed(ProtocolError),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::NoClients => f.write_str("the client is closed"),
            End::Broken(cause) => f.write_str(cause),
            End::Malformed(error) => write!(f, "bad answer: {error}"),
        }
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> End {
        End::Broken(error.to_string())
    }
}

impl From<ProtocolError> for End {
    fn from(error: ProtocolError) -> End {
        End::Malformed(error)
    }
}

impl From<NoClients> for End {
    fn from(NoClients: NoClients) -> End {
        End::NoClients
    }
}

impl Link {
    /// Connects and says who we are, within the time allowed for it.
    pub(crate) async fn establish(options: &Options, greeting: Vec<Step>) -> Result<Link, Error> {
        let work = async {
            let stream = TcpStream::connect(&options.address).await?;
            stream.set_nodelay(true)?;
            let (inbox, outbox) = (Inbox::new(options), Outbox::default());
            let mut link = Link { stream, inbox, outbox, in_flight: InFlight::new() };
            let greeted = link.greet(options, greeting).await?;
            Ok(greeted.map(|()| link))
        };
        let end = match tokio::time::timeout(options.connect_timeout, work).await {
            Ok(Ok(greeted)) => return greeted,
            Ok(Err(end)) => end,
            Err(_) => End::Broken(format!("no answer within {:?}", options.connect_timeout)),
        };
        Err(Error::Connect { address: options.address.clone(), cause: end.to_string() })
    }

    /// Sends the greeting at once and reads its answers. What a server refuses is the inner error.
    async fn greet(
        &mut self,
        options: &Options,
        steps: Vec<Step>,
    ) -> Result<Result<(), Error>, End> {
        let mut bytes = Vec::new();
        for step in &steps {
            if let Err(error) = step.command.encode(&mut bytes, options.protocol) {
                return Ok(Err(error));
            }
        }
        self.stream.write_all(&bytes).await?;
        for step in &steps {
            let answer = loop {
                match self.inbox.next()? {
                    Some(frame) => break plain(frame),
                    None => self.inbox.read(&mut self.stream).await?,
                }
            };
            if let Err(error) = answer
                && !step.optional
            {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    /// Sends what the queue has and hands out the answers, until the link ends. `silence` is how
    /// long a server may give no sign while an answer is due.
    pub(crate) async fn run(
        &mut self,
        queue: &mut Queue,
        session: &mut Session,
        silence: Option<Duration>,
    ) -> End {
        let end = match self.work(queue, session, silence).await {
            Err(end) => end,
            Ok(never) => match never {},
        };
        // A server that hangs up may have said why.
        if matches!(end, End::Broken(_))
            && self.inbox.read_now(&self.stream)
            && let Err(end) = self.in_flight.answer(&mut self.inbox, session)
        {
            return end;
        }
        end
    }

    async fn work(
        &mut self,
        queue: &mut Queue,
        session: &mut Session,
        silence: Option<Duration>,
    ) -> Result<Infallible, End> {
        let Link { stream, inbox, outbox, in_flight } = self;
        let (mut reader, mut writer) = stream.split();
        let silence_or_any = silence.unwrap_or_default();
        let mut watch = pin!(sleep_until(in_flight.overdue_at(silence_or_any)));
        loop {
            tokio::select! {
                read = inbox.read(&mut reader) => {
                    read?;
                    in_flight.answer(inbox, session)?;
                }
                written = outbox.write(&mut writer), if !outbox.is_empty() => written?,
                next = queue.next(), if outbox.has_room() => {
                    in_flight.send(next?, outbox);
                    while outbox.has_room() && let Some(batch) = queue.ready() {
                        in_flight.send(batch, outbox);
                    }
                }
                () = &mut watch, if silence.is_some() => {
                    // When this task itself was held up, a sign may be here and not seen yet.
                    if inbox.read_now(reader.as_ref()) {
                        in_flight.answer(inbox, session)?;
                    }
                    let overdue_at = in_flight.overdue_at(silence_or_any);
                    if overdue_at <= Instant::now() {
                        return Err(End::Broken(format!("nothing heard for {silence_or_any:?}")));
                    }
                    watch.as_mut().reset(overdue_at);
                }
            }
        }
    }

    /// What may be sent anew on another link; all other callers are told how this one ended.
    pub(crate) fn abandon(self, end: &End) -> VecDeque<Batch> {
        self.in_flight.abandon(self.outbox.written(), end)
    }

    /// Whether the server has ever answered anything here.
    pub(crate) fn was_useful(&self) -> bool {
        self.in_flight.answered()
    }
}
