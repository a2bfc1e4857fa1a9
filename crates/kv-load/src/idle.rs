//! Connections that do nothing after a first `PING`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// File descriptors that a program needs besides its connections.
const OTHER_FILES: u64 = 64;

/// Connects that many times; each connection has asked once and been answered once.
///
/// # Errors
/// If the system or the server does not allow so many.
pub fn open(server: SocketAddr, connections: usize) -> Result<Vec<TcpStream>> {
    allow_files(connections as u64 + OTHER_FILES)?;
    let mut open = Vec::with_capacity(connections);
    for number in 0..connections {
        let connect = || -> Result<TcpStream> {
            let mut stream = TcpStream::connect(server)?;
            stream.write_all(b"*1\r\n$4\r\nPING\r\n")?;
            let mut reply = [0; 7];
            stream.read_exact(&mut reply)?;
            ensure!(reply == *b"+PONG\r\n", "PING was answered {:?}", reply.escape_ascii());
            Ok(stream)
        };
        open.push(connect().with_context(|| format!("connection {number} of {connections}"))?);
    }
    Ok(open)
}

/// Raises the limit on open files, of this process and those that it starts.
///
/// # Errors
/// If the system does not allow so many.
pub fn allow_files(files: u64) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= files) {
        return Ok(());
    }
    let maximum = limit.maximum.map(|maximum| maximum.max(files));
    setrlimit(Resource::Nofile, Rlimit { current: Some(files), maximum })
        .with_context(|| format!("the system does not allow {files} open files"))
}
