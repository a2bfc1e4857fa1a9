//! What several test files share: whole-stream decoding, and frames of every kind.

use bytes::Bytes;
use kv_protocol::{
    Arg, Decoded, Frame, Limits, Protocol, ProtocolError, RequestDecoder, RequestSyntax,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Every protocol.
pub(crate) const PROTOCOLS: [Protocol; 3] = [Protocol::Native, Protocol::Resp2, Protocol::Resp3];

/// What a whole stream decodes to.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    /// The arguments of each request, readable: bytes as they are, frames behind `frame `.
    pub(crate) requests: Vec<Vec<String>>,
    /// Bytes that belong to no request yet.
    pub(crate) rest: usize,
    /// The error that ended the stream.
    pub(crate) error: Option<ProtocolError>,
}

fn show(arg: Arg<'_>) -> String {
    match arg {
        Arg::Bytes(bytes) => bytes.escape_ascii().to_string(),
        Arg::Frame(frame) => format!("frame {}", frame.escape_ascii()),
    }
}

/// Decodes a stream that arrives in pieces, the way a transport does: what is used up is dropped,
/// the unfinished rest is kept and passed again with more behind it. One request at a time and
/// several at a time must come to the same.
pub(crate) fn decode_pieces<'a>(
    syntax: RequestSyntax,
    limits: Limits,
    pieces: impl IntoIterator<Item = &'a [u8]> + Clone,
) -> Outcome {
    let one = decode_one_by_one(syntax, limits, pieces.clone());
    for max in [1, 3] {
        assert_eq!(decode_many(syntax, limits, pieces.clone(), max), one, "{max} at a time");
    }
    one
}

fn decode_many<'a>(
    syntax: RequestSyntax,
    limits: Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    max: usize,
) -> Outcome {
    let mut decoder = RequestDecoder::new(syntax, limits);
    let mut outcome = Outcome { requests: Vec::new(), rest: 0, error: None };
    let mut buf = Vec::new();
    for piece in pieces {
        buf.extend_from_slice(piece);
        let mut start = 0;
        loop {
            match decoder.decode_many(&buf[start..], max) {
                Ok(requests) => {
                    assert!(requests.len() <= max);
                    assert!(requests.consumed_by(requests.len()) <= requests.consumed());
                    for request in requests.iter() {
                        outcome.requests.push(request.iter().map(show).collect());
                    }
                    if requests.consumed() == 0 {
                        break;
                    }
                    start += requests.consumed();
                }
                Err(error) => return Outcome { error: Some(error), ..outcome },
            }
        }
        assert!(decoder.needed() >= 1);
        buf.drain(..start);
    }
    Outcome { rest: buf.len(), ..outcome }
}

fn decode_one_by_one<'a>(
    syntax: RequestSyntax,
    limits: Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Outcome {
    let mut decoder = RequestDecoder::new(syntax, limits);
    let mut outcome = Outcome { requests: Vec::new(), rest: 0, error: None };
    let mut buf = Vec::new();
    for piece in pieces {
        buf.extend_from_slice(piece);
        let mut start = 0;
        loop {
            match decoder.decode(&buf[start..]) {
                Ok(Decoded::Request { request, consumed }) => {
                    outcome.requests.push(request.iter().map(show).collect());
                    start += consumed;
                }
                Ok(Decoded::Empty { consumed }) => start += consumed,
                Ok(Decoded::Incomplete) => break,
                Err(error) => return Outcome { error: Some(error), ..outcome },
            }
        }
        assert!(decoder.needed() >= 1);
        buf.drain(..start);
    }
    Outcome { rest: buf.len(), ..outcome }
}

/// [`decode_pieces`] of a single piece.
pub(crate) fn decode(syntax: RequestSyntax, limits: Limits, input: &[u8]) -> Outcome {
    decode_pieces(syntax, limits, [input])
}

/// A frame with no members. Texts of one line hold no CR or LF, which don't survive there.
pub(crate) fn leaf() -> impl Strategy<Value = Frame> {
    let bytes = vec(any::<u8>(), 0..40).prop_map(Bytes::from);
    let line = "[ -~é]{0,20}".prop_map(Bytes::from);
    let double = prop_oneof![
        any::<f64>().prop_filter("NaN equals nothing", |value| !value.is_nan()),
        (-1000i32..1000).prop_map(|n| f64::from(n) / 8.0),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
    ];
    prop_oneof![
        4 => bytes.clone().prop_map(Frame::Bulk),
        2 => any::<i64>().prop_map(Frame::Integer),
        1 => line.clone().prop_map(Frame::Simple),
        1 => line.prop_map(Frame::Error),
        1 => Just(Frame::Null),
        1 => Just(Frame::NullArray),
        1 => any::<bool>().prop_map(Frame::Boolean),
        1 => double.prop_map(Frame::Double),
        1 => "-?[0-9]{1,40}".prop_map(|digits| Frame::BigNumber(digits.into())),
        1 => bytes.clone().prop_map(Frame::BulkError),
        1 => (any::<[u8; 3]>(), bytes).prop_map(|(format, text)| Frame::Verbatim { format, text }),
    ]
}

/// Any frame, up to four levels deep.
pub(crate) fn frame() -> impl Strategy<Value = Frame> {
    leaf().prop_recursive(4, 48, 6, |inner| {
        let frames = vec(inner.clone(), 0..6);
        let pairs = vec((inner.clone(), inner.clone()), 0..4);
        prop_oneof![
            3 => frames.clone().prop_map(Frame::Array),
            1 => frames.clone().prop_map(Frame::Set),
            1 => frames.prop_map(Frame::Push),
            2 => pairs.clone().prop_map(Frame::Map),
            1 => (pairs, inner).prop_map(|(attributes, frame)| Frame::Attribute {
                attributes,
                frame: Box::new(frame),
            }),
        ]
    })
}

/// A frame's RESP3 bytes.
pub(crate) fn resp3(frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.encode(&mut bytes, Protocol::Resp3);
    bytes
}
