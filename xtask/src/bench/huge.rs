//! A value so large that freeing it takes a while.

use anyhow::{Context, Result};

use super::ask::Asker;
use crate::server::Server;

/// Elements of one `RPUSH`.
const CHUNK: usize = 100_000;

/// Stores numbers under the key `huge`: as an array through our native door, as a list elsewhere.
pub(super) fn store(server: &Server, elements: usize) -> Result<()> {
    if let Some(native) = server.native {
        let mut request = b"*3\r\n$3\r\nSET\r\n$4\r\nhuge\r\n".to_vec();
        request.extend(format!("*{elements}\r\n").bytes());
        request.extend(b":1234567\r\n".repeat(elements));
        return Asker::connect(native)?.ask_bytes(&request).map(drop);
    }
    let mut asker = Asker::connect(server.redis)?;
    let mut left = elements;
    while left > 0 {
        let of_this = left.min(CHUNK);
        let mut request = format!("*{}\r\n$5\r\nRPUSH\r\n$4\r\nhuge\r\n", of_this + 2).into_bytes();
        request.extend(b"$7\r\n1234567\r\n".repeat(of_this));
        asker.ask_bytes(&request).context("RPUSH")?;
        left -= of_this;
    }
    Ok(())
}
