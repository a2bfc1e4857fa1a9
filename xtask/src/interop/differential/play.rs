//! Sending the same requests to both servers, and finding the first reply that differs.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use kv_protocol::Frame;

use super::Words;
use super::exceptions;
use super::peer::{Answers, Peer, encode};

/// Requests that are written before their replies are read.
const BATCH: usize = 200;

/// The two servers that are compared.
#[derive(Clone, Copy)]
pub(crate) struct Servers {
    pub(crate) ours: SocketAddr,
    pub(crate) theirs: SocketAddr,
}

/// A request that the two servers answer differently. No reply is an end of the connection.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) at: usize,
    pub(super) ours: Option<Frame>,
    pub(super) theirs: Option<Frame>,
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

    fn receive(&mut self, request: &Words) -> Result<(Option<Frame>, Option<Frame>)> {
        let shown = || super::report::line(request);
        let ours = self.ours.receive().with_context(|| format!("our server: {}", shown()))?;
        let theirs = self.theirs.receive().with_context(|| format!("real server: {}", shown()))?;
        Ok((ours, theirs))
    }
}

/// Plays `requests` to both servers, emptied before, and returns the first difference.
///
/// Where both close the connection at the same request, a new one goes on with the next.
///
/// # Errors
/// If a server does not answer, or not in RESP.
pub(super) fn play(
    servers: Servers,
    protocol: u8,
    requests: &[Words],
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
        start = match compare(&mut pair, &mut answers, requests, start..end)? {
            Outcome::Equal => end,
            Outcome::Different(difference) => return Ok(Some(difference)),
            Outcome::Closed(at) => {
                pair = Pair::connect(servers, protocol)?;
                answers = Answers::default();
                at + 1
            }
        };
    }
    Ok(None)
}

enum Outcome {
    Equal,
    Different(Difference),
    /// Both closed the connection instead of answering this request.
    Closed(usize),
}

fn compare(
    pair: &mut Pair,
    answers: &mut Answers,
    requests: &[Words],
    range: std::ops::Range<usize>,
) -> Result<Outcome> {
    for at in range {
        if !answers.expects(&requests[at]) {
            continue;
        }
        let (ours, theirs) = pair.receive(&requests[at])?;
        if !exceptions::agree(&requests[at], &ours, &theirs) {
            return Ok(Outcome::Different(Difference { at, ours, theirs }));
        }
        if ours.is_none() {
            return Ok(Outcome::Closed(at));
        }
    }
    Ok(Outcome::Equal)
}
