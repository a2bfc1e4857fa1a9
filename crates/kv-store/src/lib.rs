//! The kv engine: an in-memory store of keys with the commands that work on them.
//!
//! It is synchronous and self-contained: no sockets, no files, no async runtime, no clock of its
//! own. A server puts a transport in front of it; a program may embed it as it is:
//!
//! ```
//! use kv_store::Store;
//!
//! let store = Store::builder().build();
//! let mut session = store.session();
//! session.call(["MSET", "a", "1", "b", "2"]);
//! assert_eq!(session.call(["INCRBY", "a", "41"]), 42.into());
//! ```
//!
//! # Life of a request
//!
//! [`Session::execute`] looks the command up in the [`Registry`], checks its arity, turns the keys
//! it declares into locks (each shard once, in ascending order, shared for reads), runs its handler
//! on a [`Ctx`] that sees exactly those keys, and keeps the books before the locks drop. So every
//! command is atomic, over any keys, on all cores.
//!
//! # A command of your own
//!
//! ```
//! use kv_store::{Access, Arity, Command, Flags, Keys, Registry, Store};
//!
//! let registry = Registry::builtin().with(
//!     Command::new("RAISE", Arity::Exactly(3))
//!         .summary("Raises the integer at a key to a floor, never lowers it.")
//!         .flags(Flags::WRITE | Flags::FAST)
//!         .keys(Keys::One(1, Access::Write))
//!         .handler(|ctx, args, out| {
//!             let (key, floor) = (args.key()?, args.int()?);
//!             out.int(ctx.update_int(key, |n| n.max(floor))?);
//!             Ok(())
//!         }),
//! )?;
//! let mut session = Store::builder().registry(registry).build().session();
//! assert_eq!(session.call(["RAISE", "level", "7"]), 7.into());
//! # Ok::<(), kv_store::Error>(())
//! ```

mod args;
mod categories;
mod clients;
mod clock;
pub mod command;
mod commands;
mod ctx;
mod dispatch;
mod error;
mod event;
mod float;
mod import;
mod info;
mod journal;
mod keeper;
mod keyspace;
mod load;
mod names;
pub mod rdb;
mod refusal;
mod registry;
mod session;
pub mod settings;
mod snapshot;
mod stats;
mod store;
pub mod syntax;
pub mod testing;

pub use args::Args;
pub use clients::{Client, Peer};
pub use clock::{Clock, ManualClock, SystemClock};
pub use command::{Access, Arg, Arity, Command, Flags, Group, Keys, Log, Shape};
pub use ctx::Ctx;
pub use error::Error;
pub use event::{Change, Event, EventClass, Observer};
pub use import::Importer;
pub use info::{InfoFields, InfoSource, REDIS_VERSION};
pub use journal::{Journal, ReplayError, Replayer, entries};
pub use keeper::{Begun, Keeper};
pub use keyspace::{Deadline, Key, SHARDS};
pub use kv_protocol as protocol;
pub use load::{Decoded, Ended, LoadError, Loader};
pub use registry::{MAX_NAME, Registry};
pub use session::Session;
pub use snapshot::{Busy, Cut, DatabaseSize, Snapshot};
pub use stats::{Count, Stats};
pub use store::{Store, StoreBuilder};
