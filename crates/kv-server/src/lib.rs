//! The tokio transport of kv: it puts a [`Store`](kv_store::Store) on the network.
//!
//! ```text
//! acceptor (the caller's thread) ── deals connections out, least loaded first
//!    ├── worker 0: one OS thread, one current-thread tokio runtime ── connections
//!    └── worker n …                                              all share the store
//! ```
//!
//! - A listener has a dialect: the native one, or Redis's.
//! - A connection is one task. It reads into its thread's buffer, runs every request that has
//!   arrived, and answers them in one write.
//! - [`Config`] turns arguments, environment and a file into settings; [`SETTINGS`] declares them.
//!
//! ```
//! use kv_server::{Config, Server};
//!
//! let config = Config::from_args(["kv-server", "--port", "0", "--redis-port", "off"])?;
//! let server = Server::bind(&config, config.store()?.build())?;
//! println!("listening on {}", server.addresses()[0]);
//! let running = server.spawn();
//! running.stop()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod config;
mod connection;
mod held;
mod inbox;
mod info;
mod listener;
mod logs;
mod server;
mod settings;
mod socket;
mod worker;

pub use config::{Config, ConfigError};
pub use listener::{Address, BindError};
pub use logs::init as init_logs;
pub use server::{Running, Server, StopHandle};
pub use settings::SETTINGS;
