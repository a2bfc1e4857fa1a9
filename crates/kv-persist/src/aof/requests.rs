//! The commands of a file, one after the other.

use std::io::Read;

use kv_store::protocol::{Decoded, Limits, Request, RequestDecoder, RequestSyntax};

use super::Reason;
use crate::rdb::input::Input;
use crate::rdb::{self, Reason as Snapshot};

/// What a client may send is told by settings, and they were another server's: all is taken that any allow.
const LIMITS: Limits = Limits {
    max_bulk: Limits::LARGEST,
    max_args: Limits::LARGEST,
    max_inline: Limits::DEFAULT.max_inline,
    max_depth: 0,
    max_request: Limits::LARGEST,
    authenticated: true,
};

/// What is to be done with the requests of a file.
pub(super) trait Run {
    /// Runs one; an error is the text it is answered with.
    fn request(&mut self, request: Request<'_>) -> Result<(), Vec<u8>>;

    /// So many bytes of the file are done with.
    fn progress(&mut self, bytes: u64);
}

/// What was found in a file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// Requests that were run.
    pub(super) requests: u64,
    /// Those among all that change function libraries, and were not run.
    pub(super) functions: u64,
    /// Where the file breaks off, if it ends within a request or a transaction.
    pub(super) torn_at: Option<u64>,
}

/// A transaction that has not ended.
#[derive(Default)]
struct Block {
    /// Where it begins in the file, if there is one.
    at: Option<u64>,
    /// Its requests: where each is in the file, and its bytes.
    requests: Vec<(u64, Vec<u8>)>,
}

/// Runs the requests that follow in `input`, to its end. Those of a transaction are run when its end is there.
///
/// # Errors
/// Where it is wrong, and how.
pub(super) fn run_all<R: Read>(
    input: &mut Input<R>,
    run: &mut impl Run,
) -> Result<Found, (u64, Reason)> {
    let mut found = Found::default();
    let mut block = Block::default();
    let mut decoder = decoder();
    loop {
        let at = input.offset();
        let missing = match input.unread().first() {
            None => 1,
            Some(b'#') => match input.unread().iter().position(|byte| *byte == b'\n') {
                // An annotation: when what follows was written.
                Some(end) => {
                    input.advance(end + 1);
                    continue;
                }
                None if input.unread().len() > LIMITS.max_inline => {
                    return Err((at, Reason::NoRequest));
                }
                None => 1,
            },
            Some(b'*') => {
                match decoder.decode(input.unread()).map_err(|error| (at, error.into()))? {
                    Decoded::Request { request, consumed } => {
                        take(request, at, &mut block, run, &mut found)?;
                        input.advance(consumed);
                        continue;
                    }
                    Decoded::Empty { .. } => return Err((at, Reason::NoRequest)),
                    Decoded::Incomplete => 0,
                }
            }
            Some(_) => return Err((at, Reason::NoRequest)),
        };
        let missing = if missing == 0 { decoder.needed() } else { missing };
        run.progress(at);
        input.forget();
        match input.more(missing as u64) {
            Ok(()) => {}
            Err(rdb::Error { reason: Snapshot::Truncated, .. }) => {
                let is_torn = block.at.is_some() || !input.unread().is_empty();
                found.torn_at = block.at.or(is_torn.then_some(at));
                return Ok(found);
            }
            Err(rdb::Error { at, reason: Snapshot::Io(error) }) => return Err((at, error.into())),
            Err(rdb::Error { at, reason }) => return Err((at, Reason::Snapshot(reason))),
        }
    }
}

fn decoder() -> RequestDecoder {
    RequestDecoder::new(RequestSyntax::Redis, LIMITS)
}

/// Runs a request, or keeps it until its transaction ends.
fn take(
    request: Request<'_>,
    at: u64,
    block: &mut Block,
    run: &mut impl Run,
    found: &mut Found,
) -> Result<(), (u64, Reason)> {
    let name = request.arg(0).map(|name| name.raw()).unwrap_or_default();
    let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
    if is("MULTI") || is("EXEC") {
        if is("MULTI") == block.at.is_some() {
            return Err((at, Reason::Transaction));
        }
        if is("MULTI") {
            block.at = Some(at);
            return Ok(());
        }
        block.at = None;
        let mut decoder = decoder();
        return std::mem::take(&mut block.requests).into_iter().try_for_each(|(at, bytes)| {
            match decoder.decode(&bytes) {
                Ok(Decoded::Request { request, .. }) => run_one(request, at, run, found),
                _ => Err((at, Reason::NoRequest)),
            }
        });
    }
    if block.at.is_some() {
        let mut bytes = Vec::new();
        request.encode(&mut bytes);
        block.requests.push((at, bytes));
        return Ok(());
    }
    run_one(request, at, run, found)
}

fn run_one(
    request: Request<'_>,
    at: u64,
    run: &mut impl Run,
    found: &mut Found,
) -> Result<(), (u64, Reason)> {
    let name = request.arg(0).map(|name| name.raw()).unwrap_or_default();
    if name.eq_ignore_ascii_case(b"FUNCTION") {
        found.functions += 1;
        return Ok(());
    }
    run.request(request).map_err(|error| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let name = &name[..name.len().min(80)];
        (at, Reason::Refused { command: text(name), error: text(&error) })
    })?;
    found.requests += 1;
    Ok(())
}
