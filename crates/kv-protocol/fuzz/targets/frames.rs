//! A frame that decodes has a meaning that survives being written and decoded again.

#![no_main]

mod same;

use bytes::BytesMut;
use kv_protocol::{Frame, FrameDecoder, Limits, Protocol};
use libfuzzer_sys::fuzz_target;
use same::{all_same, same};

fuzz_target!(|input: &[u8]| {
    let (frames, rest, failed) = decode([input]);
    let (head, tail) = input.split_at(input.len() / 2);
    let pieces = decode([head, tail]);
    assert!(all_same(&pieces.0, &frames) && (pieces.1, pieces.2) == (rest, failed));
    if let Some(first) = frames.first() {
        let parsed = Frame::parse(input).expect("it has been decoded").expect("as a whole");
        assert!(same(&parsed.0, first));
    }
    for frame in &frames {
        for protocol in [Protocol::Native, Protocol::Resp2, Protocol::Resp3] {
            let bytes = encoded(frame, protocol);
            let parsed = Frame::parse(&bytes).expect("the writer writes frames");
            let (again, end) = parsed.expect("and whole ones");
            assert_eq!(end, bytes.len());
            assert!(protocol != Protocol::Resp3 || same(&again, frame), "{again:?} {frame:?}");
        }
    }
});

/// The frames, what's left of the stream, and whether it ended in an error.
type Outcome = (Vec<Frame>, usize, bool);

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut decoder = FrameDecoder::new(Limits::DEFAULT);
    let mut buf = BytesMut::new();
    let mut frames = Vec::new();
    for piece in pieces {
        buf.extend_from_slice(piece);
        loop {
            match decoder.decode(&mut buf) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => return (frames, 0, true),
            }
        }
    }
    (frames, buf.len(), false)
}

fn encoded(frame: &Frame, protocol: Protocol) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.encode(&mut bytes, protocol);
    bytes
}
