//! What comes out doesn't depend on how the bytes came in.

use bytes::BytesMut;
use kv_protocol::{Frame, FrameDecoder, Limits, ProtocolError, RequestBuf, RequestSyntax};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{decode, decode_pieces, frame, resp3};

const SYNTAXES: [RequestSyntax; 2] = [RequestSyntax::Redis, RequestSyntax::Native];

/// Limits that small inputs reach.
const TIGHT: Limits = Limits {
    max_bulk: 20,
    max_args: 5,
    max_inline: 40,
    max_depth: 3,
    max_request: 150,
    ..Limits::DEFAULT
};

/// The same before authentication, and with less than there is.
const LIMITS: [Limits; 4] = [
    Limits::DEFAULT,
    TIGHT,
    Limits { authenticated: false, ..TIGHT },
    Limits { max_inline: 0, ..TIGHT },
];

/// Bytes that are nearly a request stream: pieces of the grammar in any order.
fn nearly_requests() -> impl Strategy<Value = Vec<u8>> {
    let request = vec(vec(any::<u8>(), 0..25), 1..6).prop_map(|args| {
        let mut bytes = Vec::new();
        args.iter().collect::<RequestBuf>().encode(&mut bytes);
        bytes
    });
    let frames = vec(frame(), 1..4).prop_map(|frames| {
        let mut request = RequestBuf::new();
        frames.iter().for_each(|frame| request.push_frame(frame));
        let mut bytes = Vec::new();
        request.encode(&mut bytes);
        bytes
    });
    let line = r#"[ a-z"'\\x0-9]{0,50}\r?\n"#.prop_map(String::into_bytes);
    let scrap = r"[*$:+%~|>_,#(=!-]?-?[0-9?]{0,3}(\r\n|\r|\n)?".prop_map(String::into_bytes);
    let piece = prop_oneof![
        4 => request,
        2 => frames,
        1 => line,
        2 => scrap,
        1 => vec(any::<u8>(), 0..4),
        1 => Just(b"*0\r\n".to_vec()),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// Decodes one stream of frames that arrives in pieces: the frames, what's left, the error.
fn frames_of<'a>(
    limits: Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (String, usize, Option<ProtocolError>) {
    let mut decoder = FrameDecoder::new(limits);
    let mut buf = BytesMut::new();
    let mut frames = Vec::new();
    for piece in pieces {
        buf.extend_from_slice(piece);
        loop {
            match decoder.decode(&mut buf) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (format!("{frames:?}"), 0, Some(error)),
            }
        }
        assert!(decoder.needed() >= 1);
    }
    // As text: a NaN is not equal to itself.
    (format!("{frames:?}"), buf.len(), None)
}

proptest! {
    // Each case is decoded at every split under every limit.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn requests_split_anywhere(input in nearly_requests()) {
        for (syntax, limits) in SYNTAXES.iter().flat_map(|s| LIMITS.iter().map(move |l| (*s, *l))) {
            let whole = decode(syntax, limits, &input);
            for at in 0..=input.len() {
                let (head, tail) = input.split_at(at);
                prop_assert_eq!(&decode_pieces(syntax, limits, [head, tail]), &whole, "at {}", at);
            }
            prop_assert_eq!(&decode_pieces(syntax, limits, input.chunks(1)), &whole, "one by one");
        }
    }

    #[test]
    fn frames_split_anywhere(input in nearly_requests(), frames in vec(frame(), 0..3)) {
        let input = [frames.iter().flat_map(resp3).collect(), input].concat();
        for limits in LIMITS {
            let whole = frames_of(limits, [input.as_slice()]);
            for at in 0..=input.len() {
                let (head, tail) = input.split_at(at);
                prop_assert_eq!(&frames_of(limits, [head, tail]), &whole, "at {}", at);
            }
            prop_assert_eq!(&frames_of(limits, input.chunks(1)), &whole, "one by one");
        }
    }

    #[test]
    fn any_request_comes_back(
        args in vec(prop_oneof![vec(any::<u8>(), 0..1200).prop_map(Ok), frame().prop_map(Err)], 1..8),
        pieces in 1usize..400,
    ) {
        let mut request = RequestBuf::new();
        for arg in &args {
            match arg {
                Ok(bytes) => request.push(bytes),
                Err(frame) => request.push_frame(frame),
            }
        }
        let mut bytes = Vec::new();
        request.encode(&mut bytes);
        let whole = decode(RequestSyntax::Native, Limits::DEFAULT, &bytes);
        prop_assert_eq!(whole.requests.len(), 1);
        prop_assert_eq!(&decode_pieces(RequestSyntax::Native, Limits::DEFAULT, bytes.chunks(pieces)), &whole);
        let mut decoder = kv_protocol::RequestDecoder::new(RequestSyntax::Native, Limits::DEFAULT);
        let decoded = decoder.decode(&bytes);
        let Ok(kv_protocol::Decoded::Request { request: sent, .. }) = decoded else {
            return Err(TestCaseError::fail(format!("{decoded:?}")));
        };
        prop_assert_eq!(sent, request.as_request());
    }
}

#[test]
fn a_frame_split_at_every_offset() {
    let frame = Frame::from(vec![Frame::from("payload"), Frame::from(12345i64), Frame::Null]);
    let bytes = resp3(&frame);
    for at in 0..bytes.len() {
        let (head, tail) = bytes.split_at(at);
        let mut decoder = FrameDecoder::new(Limits::DEFAULT);
        let mut buf = BytesMut::from(head);
        assert_eq!(decoder.decode(&mut buf), Ok(None), "at {at}");
        assert_eq!(buf, head, "an unfinished frame stays where it is");
        buf.extend_from_slice(tail);
        assert_eq!(decoder.decode(&mut buf), Ok(Some(frame.clone())), "at {at}");
        assert!(buf.is_empty());
    }
}
