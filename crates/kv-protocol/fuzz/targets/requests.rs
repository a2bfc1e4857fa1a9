//! A stream of requests gives the same whole as in pieces, in both syntaxes, within its limits.

#![no_main]

use kv_protocol::{Decoded, Limits, ProtocolError, RequestDecoder, RequestSyntax};
use libfuzzer_sys::fuzz_target;

/// Limits that short inputs reach.
const TIGHT: Limits = Limits {
    max_bulk: 24,
    max_args: 6,
    max_inline: 40,
    max_depth: 3,
    max_request: 200,
    authenticated: true,
};

fuzz_target!(|input: &[u8]| {
    // The first bytes choose what isn't the stream itself.
    let [choice, split, stream @ ..] = input else { return };
    let limits = match choice % 4 {
        0 => Limits::DEFAULT,
        1 => Limits::UNAUTHENTICATED,
        2 => TIGHT,
        _ => Limits { authenticated: false, ..TIGHT },
    };
    let at = usize::from(*split) * stream.len() / 255;
    for syntax in [RequestSyntax::Redis, RequestSyntax::Native] {
        let whole = decode(syntax, limits, [stream]);
        let (head, tail) = stream.split_at(at);
        assert_eq!(decode(syntax, limits, [head, tail]), whole);
        if choice & 4 != 0 {
            assert_eq!(decode(syntax, limits, stream.chunks(1)), whole);
        }
        assert_eq!(decode_many(syntax, limits, stream), whole);
    }
});

/// As `decode`, several requests at a time.
fn decode_many(syntax: RequestSyntax, limits: Limits, stream: &[u8]) -> Outcome {
    let mut decoder = RequestDecoder::new(syntax, limits);
    let (mut start, mut out) = (0, Vec::new());
    loop {
        match decoder.decode_many(&stream[start..], 5) {
            Ok(requests) => {
                requests.iter().for_each(|request| request.encode(&mut out));
                if requests.consumed() == 0 {
                    return (out, stream.len() - start, None);
                }
                start += requests.consumed();
            }
            Err(error) => return (out, 0, Some(error)),
        }
    }
}

/// The requests as they'd be sent again, the unfinished rest, and the error.
type Outcome = (Vec<u8>, usize, Option<ProtocolError>);

fn decode<'a>(
    syntax: RequestSyntax,
    limits: Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Outcome {
    let mut decoder = RequestDecoder::new(syntax, limits);
    let (mut buf, mut out) = (Vec::new(), Vec::new());
    for piece in pieces {
        buf.extend_from_slice(piece);
        let mut start = 0;
        loop {
            match decoder.decode(&buf[start..]) {
                Ok(Decoded::Request { request, consumed }) => {
                    assert!(!request.is_empty() && consumed > 0);
                    request.iter().for_each(|arg| {
                        arg.text();
                    });
                    request.encode(&mut out);
                    start += consumed;
                }
                Ok(Decoded::Empty { consumed }) => {
                    assert!(consumed > 0);
                    start += consumed;
                }
                Ok(Decoded::Incomplete) => break,
                Err(error) => return (out, 0, Some(error)),
            }
        }
        assert!(decoder.needed() >= 1);
        // No more than what came can account for: a span is 8 bytes, a counter of an open
        // aggregate too, and a list grows by doubling.
        assert!(decoder.memory() <= 16 * buf.len() + (64 << 10));
        buf.drain(..start);
    }
    // What was taken is valid when it's sent again.
    (out, buf.len(), None)
}
