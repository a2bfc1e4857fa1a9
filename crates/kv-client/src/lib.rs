//! The async client of kv and of Redis-compatible servers, with a [`blocking`] facade.
//!
//! ```no_run
//! use kv_client::{Client, Frame};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), kv_client::Error> {
//! let client = Client::connect("127.0.0.1:31337").await?;
//! client.set("greeting", "hello").await?;
//! let greeting: String = client.get("greeting").await?;
//! client.set("list", vec![Some(1), None, Some(3)]).await?; // structured: the native dialect
//! let list: Vec<Option<i64>> = client.get("list").await?;
//! let missing: Option<String> = client.get("nobody").await?;
//! let length: u64 = client.command("STRLEN").arg("greeting").send().await?;
//! let answers = client.pipeline().cmd(["INCR", "n"]).cmd(["INCR", "n"]).send().await?;
//! let anything: Frame = client.call(&["GET", "list"]).await?;
//! # Ok(()) }
//! ```
//!
//! A [`Client`] is cheap to clone; all clones share one connection and their commands travel
//! together. What that means for dropped futures and lost connections is told there; what errors
//! say about retries, at [`Error`]; how values become arguments and answers values, at [`ToArg`]
//! and [`FromFrame`]. [`Client::builder`] has the dialects, logins, times and bounds.

pub mod blocking;

mod budget;
mod call;
mod client;
mod command;
mod connection;
mod convert;
mod error;
mod methods;
mod options;
mod pipeline;
mod session;

pub use call::Call;
pub use client::Client;
pub use command::Command;
pub use convert::{FromFrame, ToArg};
pub use error::Error;
pub use kv_protocol as protocol;
pub use kv_protocol::{Frame, Limits, Protocol, ProtocolError};
pub use methods::Ttl;
pub use options::Builder;
pub use pipeline::Pipeline;
