//! Sending the same requests to both servers, and finding the first reply that differs.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::Words;
use super::peer::{Answers, Peer, Reply, encode};
use super::{aftermath, exceptions, report, samples};
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
    /// It, or what is sent after it.
    pub(super) asked: Words,
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
    for line in ["FLUSHALL", samples::DEFAULTS] {
        let request: Words = line.split_whitespace().map(|word| word.into()).collect();
        pair.ours.call(&request)?;
        pair.theirs.call(&request)?;
    }
    let script: Vec<(usize, Cow<'_, Words>)> = requests.iter().enumerate().flat_map(step).collect();
    let mut answers = Answers::default();
    let mut start = 0;
    while start < script.len() {
        let end = script.len().min(start + BATCH);
        pair.send(&encode(script[start..end].iter().map(|(_, words)| words.as_slice())))?;
        while start < end {
            let (at, request) = (script[start].0, &*script[start].1);
            start += 1;
            if !answers.expects(request) {
                continue;
            }
            let (ours, theirs) = pair.receive(request)?;
            let over = ours == Reply::Closed || theirs == Reply::Closed;
            if !exceptions::agree(request, &ours, &theirs) {
                let difference = Difference { at, asked: request.clone(), ours, theirs };
                if !known.contains(&report::class(&difference)) {
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

/// A request and what is sent after it, all with its number.
fn step<'r>((at, request): (usize, &'r Words)) -> impl Iterator<Item = (usize, Cow<'r, Words>)> {
    let after = aftermath::of(request).into_iter().map(Cow::Owned);
    std::iter::once(Cow::Borrowed(request)).chain(after).map(move |words| (at, words))
}
