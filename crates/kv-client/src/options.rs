//! How a client connects and what bounds it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use kv_protocol::{Frame, Limits, Protocol};

use crate::blocking;
use crate::client::Client;
use crate::error::Error;

/// What a client is made with; [`Client::builder`] makes one with the defaults written at each
/// method.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it connects"]
pub struct Builder {
    options: Options,
}

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) address: String,
    pub(crate) protocol: Protocol,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<Secret>,
    pub(crate) database: u32,
    pub(crate) name: Option<String>,
    pub(crate) connect_timeout: Duration,
    pub(crate) request_timeout: Option<Duration>,
    pub(crate) backoff: (Duration, Duration),
    pub(crate) reconnect_attempts: Option<u32>,
    pub(crate) max_commands: usize,
    pub(crate) max_bytes: usize,
    pub(crate) limits: Limits,
    pub(crate) on_push: Option<PushHook>,
}

/// A text that is not shown by `Debug`.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What is done with the messages that a server sends without having been asked.
#[derive(Clone)]
pub(crate) struct PushHook(pub(crate) Arc<dyn Fn(Vec<Frame>) + Send + Sync>);

impl fmt::Debug for PushHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushHook")
    }
}

/// Longest of all times that can be set: a clock can be this far ahead without overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Builder {
    pub(crate) fn new(address: impl Into<String>) -> Builder {
        Builder {
            options: Options {
                address: address.into(),
                protocol: Protocol::Native,
                username: None,
                password: None,
                database: 0,
                name: None,
                connect_timeout: Duration::from_secs(5),
                request_timeout: Some(Duration::from_secs(30)),
                backoff: (Duration::from_millis(50), Duration::from_secs(2)),
                reconnect_attempts: None,
                max_commands: 16_384,
                max_bytes: 64 << 20,
                limits: Limits::DEFAULT,
                on_push: None,
            },
        }
    }

    /// What is spoken: [`Protocol::Native`] (the default) to a native port, `Resp2` or `Resp3` to
    /// any Redis-compatible server. The last two say `HELLO`, which moves a native port to the
    /// Redis dialect as well.
    pub fn protocol(mut self, protocol: Protocol) -> Builder {
        self.options.protocol = protocol;
        self
    }

    /// The user to log in as, together with a password. By default the server's default user.
    pub fn username(mut self, username: impl Into<String>) -> Builder {
        self.options.username = Some(username.into());
        self
    }

    /// The password to log in with. By default there is no login.
    pub fn password(mut self, password: impl Into<String>) -> Builder {
        self.options.password = Some(Secret(password.into()));
        self
    }

    /// The database to select; 0 by default.
    pub fn database(mut self, database: u32) -> Builder {
        self.options.database = database;
        self
    }

    /// The name that the connection has in the server's client list. None by default.
    pub fn name(mut self, name: impl Into<String>) -> Builder {
        self.options.name = Some(name.into());
        self
    }

    /// Time for one attempt to connect, login included; 5 s by default.
    pub fn connect_timeout(mut self, time: Duration) -> Builder {
        self.options.connect_timeout = time.min(LONGEST);
        self
    }

    /// Time for one command or pipeline, from the call to the last answer, waiting for room and
    /// for a connection included; 30 s by default, `None` for no bound (a blocking command, say).
    ///
    /// A connection on which nothing is heard for as long while an answer is due is given up as
    /// dead, and made anew.
    pub fn request_timeout(mut self, time: Option<Duration>) -> Builder {
        self.options.request_timeout = time.map(|time| time.min(LONGEST));
        self
    }

    /// Pauses between attempts to reconnect: the first, which doubles at each failure, and the
    /// longest; 50 ms and 2 s by default. Each is shortened at random by up to half, so that many
    /// clients don't come back at once. The first attempt after a loss comes without a pause.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Builder {
        let first = first.min(LONGEST);
        self.options.backoff = (first, longest.clamp(first, LONGEST));
        self
    }

    /// How many attempts to reconnect may fail in a row before the commands that wait fail with
    /// [`Error::Connect`]. The client then rests until the next command. `None`, the default: it
    /// tries on, and commands fail with that error when their time runs out.
    pub fn reconnect_attempts(mut self, attempts: Option<u32>) -> Builder {
        self.options.reconnect_attempts = attempts;
        self
    }

    /// Most commands, and most bytes of them, that may be under way, from waiting for a connection
    /// to the answer: 16,384 and 64 MiB by default. Beyond that, callers wait for their turn. A
    /// pipeline or command that is larger by itself waits until it is alone.
    pub fn max_in_flight(mut self, commands: usize, bytes: usize) -> Builder {
        self.options.max_commands = commands.max(1);
        self.options.max_bytes = bytes.max(1);
        self
    }

    /// Bounds on answers; [`Limits::DEFAULT`] by default: 512 MiB a text, 1 GiB a whole answer. An
    /// answer beyond them fails with [`Error::Protocol`] and ends the connection.
    pub fn limits(mut self, limits: Limits) -> Builder {
        self.options.limits = limits;
        self
    }

    /// What is done with RESP3 pushes, messages that answer no command: called with the elements
    /// of each, in order, on the connection's task, so it must be quick and neither block nor panic. By
    /// default pushes are dropped.
    pub fn on_push(mut self, hook: impl Fn(Vec<Frame>) + Send + Sync + 'static) -> Builder {
        self.options.on_push = Some(PushHook(Arc::new(hook)));
        self
    }

    /// Connects and logs in. Must be called within a tokio runtime, which then drives the
    /// connection.
    ///
    /// # Errors
    /// [`Error::Connect`], or [`Error::Server`] when the server refuses the login or the settings.
    pub async fn connect(self) -> Result<Client, Error> {
        Client::open(self.options).await
    }

    /// Connects a client for programs without a runtime.
    ///
    /// # Errors
    /// As [`connect`](Builder::connect).
    pub fn connect_blocking(self) -> Result<blocking::Client, Error> {
        blocking::Client::open(self)
    }
}
