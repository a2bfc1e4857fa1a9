//! Frames of the native dialect.

use kv_protocol::{Arg, Decoded, Limits, RequestDecoder, RequestSyntax};

use super::super::{Reader, Reason, Sink};
use super::Error;

/// In front of the only argument of a request.
const REQUEST: &[u8] = b"*1\r\n";

/// What a client may send is told by settings, and they may have changed since: here all is taken that
/// any settings allow.
const LIMITS: Limits = Limits {
    max_bulk: Limits::LARGEST,
    max_args: Limits::LARGEST,
    max_inline: Limits::LARGEST,
    max_depth: Limits::DEEPEST,
    max_request: Limits::LARGEST,
    authenticated: true,
};

pub(super) fn frame(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    let at = reader.at();
    let text = reader.string()?;
    // Replies are made of its bytes as they are, so it is read as if a client had sent it.
    let request = [REQUEST, &text].concat();
    let mut decoder = RequestDecoder::new(RequestSyntax::Native, LIMITS);
    match decoder.decode(&request) {
        Ok(Decoded::Request { request: parts, .. }) if parts.arg(0) == Some(Arg::Frame(&text)) => {
            sink.frame(&text);
            Ok(())
        }
        _ => Reader::error(at, Reason::Frame),
    }
}
