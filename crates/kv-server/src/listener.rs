//! Sockets that listen, each with its dialect.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};

use kv_protocol::Protocol;
use socket2::{Domain, Socket, Type};

use crate::Config;
use crate::settings::REDIS_PORT;

/// An address the server listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Address and port, the port as the system chose it if 0 was asked for.
    pub socket: SocketAddr,
    /// How a connection to it begins: [`Protocol::Native`] or [`Protocol::Resp2`].
    pub home: Protocol,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dialect = match self.home {
            Protocol::Native => "native",
            Protocol::Resp2 | Protocol::Resp3 => "redis",
        };
        write!(f, "{} ({dialect})", self.socket)
    }
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {reason}")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// What the system says.
    pub reason: io::Error,
}

pub(crate) struct Listener {
    pub(crate) address: Address,
    pub(crate) socket: TcpListener,
}

/// Opens every address the configuration asks for.
///
/// The Redis dialect's default port may be taken, by a Redis: unless somebody named it, the server
/// then says so and goes on with the native door.
pub(crate) fn open(config: &Config, backlog: i32) -> Result<Vec<Listener>, BindError> {
    // Addresses were checked when the settings were named.
    let native = config.native_addresses().unwrap_or_default();
    let redis = config.redis_addresses().unwrap_or_default();
    let mut listeners = Vec::new();
    for address in native {
        listeners.push(listen(address, Protocol::Native, backlog)?);
    }
    for address in redis {
        match listen(address, Protocol::Resp2, backlog) {
            Ok(listener) => listeners.push(listener),
            Err(error) if config.names(&REDIS_PORT) => return Err(error),
            Err(error) => tracing::warn!("{error}; going on without the Redis dialect there"),
        }
    }
    Ok(listeners)
}

fn listen(address: SocketAddr, home: Protocol, backlog: i32) -> Result<Listener, BindError> {
    let open = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(backlog)?;
        let socket: TcpListener = socket.into();
        Ok(Listener { address: Address { socket: socket.local_addr()?, home }, socket })
    };
    open().map_err(|reason| BindError { address, reason })
}
