//! The same client for programs without a runtime.
//!
//! ```no_run
//! use kv_client::blocking::Client;
//!
//! let client = Client::connect("127.0.0.1:31337")?;
//! client.set("greeting", "hello")?;
//! let greeting: String = client.get("greeting")?;
//! # Ok::<(), kv_client::Error>(())
//! ```

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use kv_protocol::Frame;
use tokio::runtime::{self, Handle};
use tokio::sync::oneshot;

use crate::call::Call;
use crate::command::Command;
use crate::convert::{FromFrame, ToArg};
use crate::error::Error;
use crate::methods::Ttl;
use crate::options::Builder;
use crate::pipeline::Pipeline;

/// A [`Client`](crate::Client) whose methods wait. Clones may be used from many threads and share
/// the connection, which a thread of its own drives.
///
/// # Panics
/// Its methods panic when called on a thread that drives an asynchronous runtime, which they would
/// hold up: use [`crate::Client`] there.
#[derive(Clone, Debug)]
pub struct Client {
    // Before the thread: the connection ends, then what drives it.
    client: crate::Client,
    background: Arc<Background>,
}

/// A thread that drives a runtime until this is dropped.
#[derive(Debug)]
struct Background {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    fn start() -> io::Result<Background> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let drive = move || {
            // Ends by the sender's drop; that's the only message there is.
            let _ = runtime.block_on(stopped);
        };
        let thread = thread::Builder::new().name("kv-client".to_owned()).spawn(drive)?;
        Ok(Background { handle, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // It runs nothing that could have panicked but the connection, which is over.
            let _ = thread.join();
        }
    }
}

impl Client {
    /// As [`crate::Client::connect`].
    ///
    /// # Errors
    /// [`Error::Connect`].
    pub fn connect(address: impl Into<String>) -> Result<Client, Error> {
        crate::Client::builder(address).connect_blocking()
    }

    /// As [`crate::Client::builder`]; ends with [`Builder::connect_blocking`].
    pub fn builder(address: impl Into<String>) -> Builder {
        crate::Client::builder(address)
    }

    pub(crate) fn open(builder: Builder) -> Result<Client, Error> {
        let background = Background::start()
            .map_err(|error| Error::Usage(format!("no thread for the connection: {error}")))?;
        let client = background.handle.block_on(builder.connect())?;
        Ok(Client { client, background: Arc::new(background) })
    }

    fn wait<F: Future>(&self, work: F) -> F::Output {
        self.background.handle.block_on(work)
    }

    /// As [`crate::Client::reconnects`].
    pub fn reconnects(&self) -> u64 {
        self.client.reconnects()
    }

    /// As [`crate::Client::command`].
    pub fn command(&self, name: &str) -> Call<'_, Client> {
        Call::new(self, Command::new(name))
    }

    /// As [`crate::Client::pipeline`].
    pub fn pipeline(&self) -> Pipeline<'_, Client> {
        Pipeline::new(self)
    }
}

impl Call<'_, Client> {
    /// Sends the command and waits; the answer is read as `T`, with [`Frame`] for whatever it is.
    ///
    /// # Errors
    /// Any [`Error`].
    pub fn send<T: FromFrame>(self) -> Result<T, Error> {
        self.client.wait(self.client.client.run(&self.command))
    }
}

impl Pipeline<'_, Client> {
    /// Sends the commands together and waits for all answers, as the asynchronous
    /// [`send`](Pipeline::<crate::Client>::send) does.
    ///
    /// # Errors
    /// As there.
    pub fn send(self) -> Result<Vec<Result<Frame, Error>>, Error> {
        self.client.wait(self.client.client.run_all(&self.commands))
    }
}

/// Every method here is the one of the same name of [`crate::Client`], and waits for it.
macro_rules! waiting {
    ($($name:ident $(<$t:ident>)? ($($arg:ident: $type:ty),*) -> $answer:ty;)+) => {
        impl Client {
            $(
                #[doc = concat!("As [`crate::Client::", stringify!($name), "`].")]
                pub fn $name $(<$t: FromFrame>)? (&self, $($arg: $type),*) -> Result<$answer, Error> {
                    self.wait(self.client.$name($($arg),*))
                }
            )+
        }
    };
}

waiting! {
    run<T>(command: &Command) -> T;
    call<T>(args: impl IntoIterator<Item = impl ToArg>) -> T;
    ping() -> ();
    get<T>(key: impl ToArg) -> T;
    set(key: impl ToArg, value: impl ToArg) -> ();
    set_for(key: impl ToArg, value: impl ToArg, ttl: Duration) -> ();
    set_if_missing(key: impl ToArg, value: impl ToArg) -> bool;
    mget<T>(keys: impl IntoIterator<Item = impl ToArg>) -> Vec<T>;
    mset(pairs: impl IntoIterator<Item = (impl ToArg, impl ToArg)>) -> ();
    delete(key: impl ToArg) -> bool;
    flush() -> u64;
    exists(key: impl ToArg) -> bool;
    incr(key: impl ToArg) -> i64;
    incr_by(key: impl ToArg, delta: i64) -> i64;
    append(key: impl ToArg, text: impl ToArg) -> u64;
    expire(key: impl ToArg, ttl: Duration) -> bool;
    ttl(key: impl ToArg) -> Ttl;
    persist(key: impl ToArg) -> bool;
    rename(key: impl ToArg, name: impl ToArg) -> ();
}
