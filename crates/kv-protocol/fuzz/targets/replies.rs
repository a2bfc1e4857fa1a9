//! Whatever is written, in whatever protocol: the tree holds what a client decodes from the wire,
//! and no limit is passed.

#![no_main]

mod same;

use bytes::BytesMut;
use kv_protocol::{Frame, FrameDecoder, Limits, Protocol, ReplyWriter, Tree};
use libfuzzer_sys::fuzz_target;
use same::all_same;

/// Deepest nesting written here; the decoder's own limit is 128.
const DEPTH: usize = 40;

fuzz_target!(|input: &[u8]| {
    let [limit, program @ ..] = input else { return };
    for protocol in [Protocol::Native, Protocol::Resp2, Protocol::Resp3] {
        let mut wire = Vec::new();
        perform(&mut ReplyWriter::wire(&mut wire, protocol), &mut Program(program), DEPTH);
        let mut tree = Tree::new();
        perform(&mut ReplyWriter::tree(&mut tree, protocol), &mut Program(program), DEPTH);
        assert!(tree.is_complete());
        let (tree, frames) = (tree.into_frames(), decode(&wire));
        assert!(all_same(&tree, &frames), "{protocol:?}: {tree:?} but {frames:?}");

        let limit = usize::from(*limit) * 4;
        let mut bounded = Vec::new();
        let mut reply = ReplyWriter::wire(&mut bounded, protocol).limit(limit);
        perform(&mut reply, &mut Program(program), DEPTH);
        let overflowed = reply.overflowed();
        assert!(bounded.len() <= limit);
        assert!(overflowed || bounded == wire);
    }
});

fn decode(wire: &[u8]) -> Vec<Frame> {
    let mut decoder = FrameDecoder::new(Limits::DEFAULT);
    let mut buf = BytesMut::from(wire);
    let mut frames = Vec::new();
    while let Some(frame) = decoder.decode(&mut buf).expect("the writer writes frames") {
        frames.push(frame);
    }
    assert!(buf.is_empty(), "the writer writes whole frames");
    frames
}

/// The fuzzer's bytes, read as instructions.
struct Program<'a>(&'a [u8]);

impl<'a> Program<'a> {
    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn text(&mut self) -> &'a [u8] {
        let len = self.byte();
        self.take(usize::from(len % 64))
    }

    fn word(&mut self) -> u64 {
        self.take(8).iter().fold(0, |word, byte| word << 8 | u64::from(*byte))
    }
}

fn perform(reply: &mut ReplyWriter<'_>, program: &mut Program<'_>, depth: usize) {
    while !program.0.is_empty() {
        one(reply, program, depth);
    }
}

/// Writes exactly one reply.
fn one(reply: &mut ReplyWriter<'_>, program: &mut Program<'_>, depth: usize) {
    let instruction = program.byte();
    let count = usize::from(instruction >> 5);
    let nested = instruction % 32 >= 18;
    if nested && depth == 0 {
        return reply.null();
    }
    let many = |reply: &mut ReplyWriter<'_>, program: &mut Program<'_>, count: usize| {
        (0..count).for_each(|_| one(reply, program, depth - 1));
    };
    match instruction % 32 {
        0 => reply.ok(),
        1 => reply.simple_bytes(program.text()),
        2 => reply.error_bytes(program.text()),
        3 => reply.int(program.word() as i64),
        4 | 5 => reply.bulk(program.text()),
        6 => reply.bulk_int(program.word() as i64),
        7 => reply.null(),
        8 => reply.null_array(),
        9 => reply.bool(count > 3),
        10 => reply.double(f64::from_bits(program.word())),
        11 => reply.big_number(&program.word().to_string()),
        12 => reply.verbatim(b"txt", program.text()),
        13 => reply.bulk_error(program.text()),
        14..=16 => stored(reply, program.text()),
        17 => reply.simple(&String::from_utf8_lossy(program.text())),
        18 | 19 => {
            reply.array(count);
            many(reply, program, count);
        }
        20 | 21 => {
            reply.map(count);
            many(reply, program, 2 * count);
        }
        22 => {
            reply.set(count);
            many(reply, program, count);
        }
        23 => {
            reply.push(count);
            many(reply, program, count);
        }
        24 => {
            if reply.attribute(count) {
                many(reply, program, 2 * count);
            }
            one(reply, program, depth - 1);
        }
        25 => {
            let open = reply.begin_array();
            many(reply, program, count);
            reply.end(open, count);
        }
        26 => {
            let open = reply.begin_map();
            many(reply, program, 2 * count);
            reply.end(open, count);
        }
        27 => {
            let open = reply.begin_set();
            many(reply, program, count);
            reply.end(open, count);
        }
        28 => {
            let mark = reply.mark();
            many(reply, program, count);
            reply.truncate(mark);
            reply.error("ERR dropped");
        }
        _ => match Frame::parse(program.text()) {
            Ok(Some((frame, _))) => reply.frame(&frame),
            _ => reply.null(),
        },
    }
}

/// A stored frame. A native connection is handed the bytes as they are, so there they are one.
fn stored(reply: &mut ReplyWriter<'_>, bytes: &[u8]) {
    let whole = matches!(Frame::parse(bytes), Ok(Some((_, end))) if end == bytes.len());
    if whole || reply.protocol() != Protocol::Native {
        reply.raw_frame(bytes);
    } else {
        reply.bulk(bytes);
    }
}
