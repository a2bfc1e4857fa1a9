//! Payloads that are spliced into the output: it is the same output, sent in whatever pieces.

use std::io::IoSlice;

use bytes::{Buf, Bytes};
use kv_protocol::{Frame, Mark, Open, Output, Protocol, ReplyWriter, Tree};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::PROTOCOLS;

#[derive(Clone, Debug)]
enum Step {
    Ok,
    Int(i64),
    Bulk(usize),
    Shared(usize),
    Array(usize),
    Begin,
    End(usize),
    Mark,
    Truncate(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let length = || prop_oneof![0..50_usize, Just(16_383), Just(16_384), 16_000..70_000_usize];
    prop_oneof![
        Just(Step::Ok),
        any::<i64>().prop_map(Step::Int),
        length().prop_map(Step::Bulk),
        length().prop_map(Step::Shared),
        length().prop_map(Step::Shared),
        (0..200_usize).prop_map(Step::Array),
        Just(Step::Begin),
        (0..2000_usize).prop_map(Step::End),
        Just(Step::Mark),
        (0..4_usize).prop_map(Step::Truncate),
    ]
}

/// A place in the reply that a later step comes back to.
enum Place {
    Open(Open),
    Mark(Mark),
}

/// Takes the steps. Who comes back to a place forgets all that were noted behind it.
fn perform(reply: &mut ReplyWriter<'_>, steps: &[Step], payload: &Bytes) -> Vec<(usize, bool)> {
    let mut places: Vec<Place> = Vec::new();
    let mut seen = Vec::new();
    for step in steps {
        match *step {
            Step::Ok => reply.ok(),
            Step::Int(value) => reply.int(value),
            Step::Bulk(len) => reply.bulk(&payload[..len]),
            Step::Shared(len) => reply.bulk_shared(&payload.slice(..len)),
            Step::Array(len) => reply.array(len),
            Step::Begin => places.push(Place::Open(reply.begin_array())),
            Step::End(count) => {
                let last = places.iter().rposition(|place| matches!(place, Place::Open(_)));
                if let Some(Place::Open(open)) = last.and_then(|at| places.drain(at..).next()) {
                    reply.end(open, count);
                }
            }
            Step::Mark => places.push(Place::Mark(reply.mark())),
            Step::Truncate(back) => {
                let marks = places.iter().enumerate().rev();
                let mut marks = marks.filter(|(_, place)| matches!(place, Place::Mark(_)));
                let chosen = marks.nth(back).map(|(at, _)| at);
                if let Some(Place::Mark(mark)) = chosen.and_then(|at| places.drain(at..).next()) {
                    reply.truncate(mark);
                }
            }
        }
        seen.push((reply.len(), reply.overflowed()));
    }
    seen
}

fn payload() -> Bytes {
    (0..70_000_u32).map(|at| (at % 251) as u8).collect()
}

/// Sends everything, in pieces of these sizes, by slices or by chunks.
fn send(output: &mut Output, pieces: &[(usize, usize)]) -> Vec<u8> {
    let mut sent = Vec::new();
    for &(piece, slices) in pieces.iter().cycle() {
        if !output.has_remaining() {
            break;
        }
        let before = output.remaining();
        let mut array = [IoSlice::new(b""); 8];
        let count = output.chunks_vectored(&mut array[..slices]);
        let mut left = piece;
        for slice in &array[..count] {
            assert!(!slice.is_empty());
            let taken = left.min(slice.len());
            sent.extend_from_slice(&slice[..taken]);
            left -= taken;
        }
        if slices == 0 {
            let taken = left.min(output.chunk().len());
            sent.extend_from_slice(&output.chunk()[..taken]);
            left -= taken;
        }
        output.advance(piece - left);
        assert_eq!(output.remaining(), before - (piece - left));
    }
    assert_eq!((output.remaining(), output.chunk()), (0, &b""[..]));
    sent
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn splices_change_no_byte(
        steps in vec(step(), 0..40),
        limit in prop_oneof![Just(usize::MAX), 0..400_000_usize],
        pieces in vec((1..100_000_usize, 0..8_usize), 1..10),
        protocol in prop::sample::select(&PROTOCOLS[..]),
    ) {
        let payload = payload();
        let mut plain = Vec::new();
        let mut reply = ReplyWriter::wire(&mut plain, protocol).limit(limit);
        let expected = perform(&mut reply, &steps, &payload);
        let mut output = Output::new();
        let mut reply = ReplyWriter::output(&mut output, protocol).limit(limit);
        prop_assert_eq!(perform(&mut reply, &steps, &payload), expected);
        prop_assert_eq!(output.remaining(), plain.len());
        prop_assert!(send(&mut output, &pieces) == plain);
        // Sent or dropped, nobody else holds the payload any more.
        prop_assert!(payload.is_unique());
    }
}

#[test]
fn a_long_payload_is_not_copied() {
    let payload = payload();
    let mut output = Output::new();
    let mut reply = ReplyWriter::output(&mut output, Protocol::Resp2);
    (0..100).for_each(|_| reply.bulk_shared(&payload));
    assert_eq!(reply.len(), 100 * (70_000 + 10));
    assert!(output.memory() < 16 << 10);
    assert!(!output.is_contiguous());
    output.advance(8);
    assert_eq!(output.chunk().as_ptr(), payload.as_ptr());
    output.clear();
    assert!(payload.is_unique() && output.is_contiguous() && !output.has_remaining());

    let mut tree = Tree::new();
    ReplyWriter::tree(&mut tree, Protocol::Resp2).bulk_shared(&payload);
    let Some(Frame::Bulk(frame)) = tree.into_frame() else { panic!("it is a bulk string") };
    assert_eq!(frame.as_ptr(), payload.as_ptr());
}

#[test]
fn a_limit_holds_for_what_is_spliced() {
    let payload = payload();
    let mut output = Output::new();
    let mut reply = ReplyWriter::output(&mut output, Protocol::Resp2).limit(150_000);
    let mark = reply.mark();
    (0..3).for_each(|_| reply.bulk_shared(&payload));
    assert!(reply.overflowed());
    assert_eq!(reply.len(), 2 * 70_010);
    reply.truncate(mark);
    assert_eq!((reply.len(), reply.overflowed()), (0, false));
    (0..2).for_each(|_| reply.bulk_shared(&payload));
    assert!(!reply.overflowed());
    // What the output holds already counts for a further writer.
    let mut reply = ReplyWriter::output(&mut output, Protocol::Resp2).limit(150_000);
    assert_eq!(reply.len(), 2 * 70_010);
    reply.bulk_shared(&payload);
    assert!(reply.overflowed());
}
