//! Sending the same requests to both servers, and finding the first reply that differs.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::Words;
use super::peer::{Answers, Peer, Reply, encode};
use super::{exceptions, report};
use anyhow::{Context, Result};

/// Requests that are written before their replies are read.
const BATCH: usize = 200;

/// The two servers that are compared.
#[derive(Clone, Copy)]
pub(crate) struct Servers {
    pub(crate) ours: SocketAddr,
    pub(crate) theirs: SocketAddr,
}

/// A request that the two servers answer differently.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) at: usize,
    pub(super) ours: Reply,
    pub(super) theirs: Reply,
}

/// A connection to each of the two servers.
struct Pair {
    ours: Peer,
    theirs: Peer,
}

impl Pair {
    fn connect(servers: Servers, protocol: u8) -> Result<Pair> {
        Ok(Pair {
            ours: Peer::connect(servers.ours, protocol).context("our server")?,
            theirs: Peer::connect(servers.theirs, protocol).context("the real server")?,
        })
    }

    fn send(&mut self, requests: &[u8]) -> Result<()> {
        self.ours.send(requests).context("our server")?;
        self.theirs.send(requests).context("the real server")
    }

    fn receive(&mut self, request: &Words) -> Result<(Reply, Reply)> {
        let shown = || format!("reply to {}", report::line(request));
        let ours = self.ours.receive().context("our server").with_context(shown)?;
        let theirs = self.theirs.receive().context("the real server").with_context(shown)?;
        Ok((ours, theirs))
    }
}

/// Plays `requests` to both servers, emptied before, and returns the first difference of a kind that
/// isn't `known`.
///
/// Where both close the connection at the same request, a new one goes on with the next.
///
/// # Errors
/// If a connection fails, or a server does not speak RESP.
pub(super) fn play(
    servers: Servers,
    protocol: u8,
    requests: &[Words],
    known: &BTreeSet<String>,
) -> Result<Option<Difference>> {
    let mut pair = Pair::connect(servers, protocol)?;
    let flush = [b"FLUSHALL".to_vec()];
    pair.ours.call(&flush)?;
    pair.theirs.call(&flush)?;
    let mut answers = Answers::default();
    let mut start = 0;
    while start < requests.len() {
        let end = requests.len().min(start + BATCH);
        pair.send(&encode(requests[start..end].iter().map(Vec::as_slice)))?;
        while start < end {
            let (at, request) = (start, &requests[start]);
            start += 1;
            if !answers.expects(request) {
                continue;
            }
            let (ours, theirs) = pair.receive(request)?;
            let over = ours == Reply::Closed || theirs == Reply::Closed;
            if !exceptions::agree(request, &ours, &theirs) {
                let difference = Difference { at, ours, theirs };
                if !known.contains(&report::class(request, &difference)) {
                    return Ok(Some(difference));
                }
            }
            if over {
                pair = Pair::connect(servers, protocol)?;
                answers = Answers::default();
                break;
            }
        }
    }
    Ok(None)
}
