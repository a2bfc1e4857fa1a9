//! Replies, as bytes and as frames, in every protocol.

use kv_protocol::{Frame, FrameDecoder, Limits, Protocol, ReplyWriter, Tree};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{PROTOCOLS, frame, resp3};

/// The bytes written in the native protocol, RESP2 and RESP3.
fn written(write: impl Fn(&mut ReplyWriter<'_>)) -> [String; 3] {
    PROTOCOLS.map(|protocol| {
        let mut buf = Vec::new();
        write(&mut ReplyWriter::wire(&mut buf, protocol));
        buf.escape_ascii().to_string()
    })
}

/// Asserts that the tree holds what a client decodes from the wire, in every protocol.
fn assert_tree_is_wire(write: impl Fn(&mut ReplyWriter<'_>)) {
    for protocol in PROTOCOLS {
        let mut buf = Vec::new();
        write(&mut ReplyWriter::wire(&mut buf, protocol));
        let mut tree = Tree::new();
        write(&mut ReplyWriter::tree(&mut tree, protocol));
        assert!(tree.is_complete());
        let mut buf = bytes::BytesMut::from(buf.as_slice());
        let mut decoder = FrameDecoder::new(Limits::DEFAULT);
        let mut frames = Vec::new();
        while let Some(frame) = decoder.decode(&mut buf).expect("the writer writes frames") {
            frames.push(frame);
        }
        assert!(buf.is_empty());
        // As text: a NaN is not equal to itself, and `-0` travels as `0`.
        let shown = |frames: &[Frame]| format!("{frames:?}").replace("(-0.0)", "(0.0)");
        assert_eq!(shown(&tree.into_frames()), shown(&frames), "{protocol:?}");
    }
}

#[test]
fn maps_travel_by_the_protocol() {
    let write = |reply: &mut ReplyWriter<'_>| {
        reply.map(1);
        reply.simple("k");
        reply.double(1.5);
    };
    let expected =
        [r"%1\r\n+k\r\n$3\r\n1.5\r\n", r"*2\r\n+k\r\n$3\r\n1.5\r\n", r"%1\r\n+k\r\n,1.5\r\n"];
    assert_eq!(written(write), expected);
}

#[test]
fn what_the_frames_do_not_show() {
    assert_eq!(written(|reply| reply.ok()), [r"+OK\r\n"; 3]);
    assert_eq!(written(|reply| reply.bulk_int(-120)), [r"$4\r\n-120\r\n"; 3]);
    assert_eq!(written(|reply| reply.bulk(&[b'x'; 12])), [r"$12\r\nxxxxxxxxxxxx\r\n"; 3]);
    assert_eq!(written(|reply| reply.int(9)), [r":9\r\n"; 3]);
    assert_eq!(written(|reply| reply.int(10)), [r":10\r\n"; 3]);
    assert_eq!(written(|reply| reply.int(-1)), [r":-1\r\n"; 3]);
    assert_eq!(written(|reply| reply.array(100)), [r"*100\r\n"; 3]);
    assert_eq!(written(|reply| reply.array(0)), [r"*0\r\n"; 3]);
    let attribute = |reply: &mut ReplyWriter<'_>| {
        if reply.attribute(1) {
            reply.ok();
            reply.ok();
        }
        reply.int(1);
    };
    assert_eq!(written(attribute), [r":1\r\n", r":1\r\n", r"|1\r\n+OK\r\n+OK\r\n:1\r\n"]);
    assert_tree_is_wire(attribute);
}

#[test]
fn line_ends_cannot_be_smuggled_into_a_line() {
    let forged = "a\r\n+FORGED\r\n\n";
    assert_eq!(written(|reply| reply.error(forged)), [r"-a  +FORGED   \r\n"; 3]);
    assert_eq!(written(|reply| reply.simple(forged)), [r"+a  +FORGED   \r\n"; 3]);
    assert_tree_is_wire(|reply| {
        reply.error(forged);
        reply.simple_bytes(b"\xff\r\n");
        reply.bulk_error(forged.as_bytes());
    });
}

#[test]
fn a_length_told_at_the_end() {
    let write = |reply: &mut ReplyWriter<'_>| {
        reply.ok();
        let outer = reply.begin_map();
        reply.ok();
        let inner = reply.begin_set();
        (0..12).for_each(|i| reply.int(i));
        reply.end(inner, 12);
        reply.ok();
        let empty = reply.begin_array();
        reply.end(empty, 0);
        reply.end(outer, 2);
        reply.ok();
    };
    let ints: String = (0..12).map(|i| format!(r":{i}\r\n")).collect();
    let expected = ["%2 *12", "*4 *12", "%2 ~12"].map(|headers| {
        let (outer, inner) = headers.split_once(' ').unwrap();
        format!(r"+OK\r\n{outer}\r\n+OK\r\n{inner}\r\n{ints}+OK\r\n*0\r\n+OK\r\n")
    });
    assert_eq!(written(write), expected);
    assert_tree_is_wire(write);
}

#[test]
fn half_a_reply_is_dropped() {
    let write = |reply: &mut ReplyWriter<'_>| {
        reply.ok();
        reply.array(2);
        let mark = reply.mark();
        assert!(!reply.written_since(&mark));
        reply.array(3);
        reply.bulk(b"half");
        assert!(reply.written_since(&mark));
        reply.truncate(mark);
        assert!(!reply.written_since(&mark));
        reply.error("ERR no");
        reply.int(1);
    };
    assert_eq!(written(write), [r"+OK\r\n*2\r\n-ERR no\r\n:1\r\n"; 3]);
    assert_tree_is_wire(write);
}

#[test]
fn the_protocol_changes_in_the_middle() {
    let write = |reply: &mut ReplyWriter<'_>| {
        reply.null();
        reply.set_protocol(Protocol::Resp3);
        assert_eq!(reply.protocol(), Protocol::Resp3);
        reply.null();
    };
    assert_eq!(written(write), [r"$-1\r\n_\r\n", r"$-1\r\n_\r\n", r"_\r\n_\r\n"]);
}

#[test]
fn a_full_buffer_takes_no_more() {
    const LIMIT: usize = 100;
    let writes: [fn(&mut ReplyWriter<'_>); 8] = [
        |reply| reply.bulk(&[b'x'; 90]),
        |reply| reply.error(&"e".repeat(98)),
        |reply| (0..30).for_each(|_| reply.ok()),
        |reply| (0..30).for_each(|_| reply.int(7)),
        |reply| (0..30).for_each(|_| reply.array(1)),
        |reply| reply.verbatim(b"txt", &[b'x'; 95]),
        |reply| reply.raw_frame(format!("+{}\r\n", "x".repeat(98)).as_bytes()),
        |reply| {
            let open = reply.begin_array();
            reply.bulk(&[b'x'; 70]);
            reply.end(open, 1);
        },
    ];
    for (i, write) in writes.into_iter().enumerate() {
        for protocol in PROTOCOLS {
            let mut buf = b"before".to_vec();
            let mut reply = ReplyWriter::wire(&mut buf, protocol).limit(LIMIT);
            let mark = reply.mark();
            write(&mut reply);
            assert!(reply.overflowed(), "write {i}");
            let full = reply.mark();
            reply.ok();
            assert!(!reply.written_since(&full), "nothing is written behind a gap");
            reply.truncate(mark);
            assert!(!reply.overflowed());
            reply.ok();
            assert_eq!(buf, b"before+OK\r\n");
        }
    }
}

#[test]
fn a_limit_holds_what_is_written_before() {
    let mut buf = Vec::new();
    let mut reply = ReplyWriter::wire(&mut buf, Protocol::Resp2).limit(1 << 20);
    let value = vec![b'v'; 100 << 10];
    reply.array(100);
    (0..100).for_each(|_| reply.bulk(&value));
    assert!(reply.overflowed());
    assert!(buf.len() <= 1 << 20 && buf.capacity() <= 2 << 20);
}

#[test]
fn stored_frames() {
    // As stored; as a Redis client reads it, RESP2 then RESP3.
    let cases = [
        (":7\r\n", ["$1\r\n7\r\n"; 2]),
        (":+7\r\n", ["$1\r\n7\r\n"; 2]),
        (",1.50\r\n", ["$4\r\n1.50\r\n"; 2]),
        ("(123\r\n", ["$3\r\n123\r\n"; 2]),
        ("#t\r\n", ["$1\r\n1\r\n"; 2]),
        ("+OK\r\n", ["$2\r\nOK\r\n"; 2]),
        ("-ERR x\r\n", ["$5\r\nERR x\r\n"; 2]),
        ("!3\r\nE\r\n\r\n", ["$3\r\nE\r\n\r\n"; 2]),
        ("=5\r\ntxt:x\r\n", ["$1\r\nx\r\n"; 2]),
        ("$3\r\nabc\r\n", ["$3\r\nabc\r\n"; 2]),
        ("$-1\r\n", ["$-1\r\n", "_\r\n"]),
        ("_\r\n", ["$-1\r\n", "_\r\n"]),
        ("*-1\r\n", ["*-1\r\n", "_\r\n"]),
        ("*0\r\n", ["*0\r\n"; 2]),
        (
            "*2\r\n:1\r\n*1\r\n_\r\n",
            ["*2\r\n$1\r\n1\r\n*1\r\n$-1\r\n", "*2\r\n$1\r\n1\r\n*1\r\n_\r\n"],
        ),
        (
            "%1\r\n+k\r\n~1\r\n#f\r\n",
            ["*2\r\n$1\r\nk\r\n*1\r\n$1\r\n0\r\n", "%1\r\n$1\r\nk\r\n~1\r\n$1\r\n0\r\n"],
        ),
        (">1\r\n+m\r\n", ["*1\r\n$1\r\nm\r\n"; 2]),
        ("|1\r\n+k\r\n*2\r\n+a\r\n+b\r\n:1\r\n", ["$1\r\n1\r\n"; 2]),
        ("*2\r\n|1\r\n+k\r\n+v\r\n+x\r\n+y\r\n", ["*2\r\n$1\r\nx\r\n$1\r\ny\r\n"; 2]),
        ("no frame", ["$8\r\nno frame\r\n"; 2]),
        ("*2\r\n:1\r\n", ["$8\r\n*2\r\n:1\r\n\r\n"; 2]),
        (":1\r\n:2\r\n", ["$8\r\n:1\r\n:2\r\n\r\n"; 2]),
    ];
    for (stored, [resp2, resp3]) in cases {
        let expected = [stored, resp2, resp3].map(|text| text.escape_default().to_string());
        assert_eq!(written(|reply| reply.raw_frame(stored.as_bytes())), expected, "{stored:?}");
    }
    let mut tree = Tree::new();
    ReplyWriter::tree(&mut tree, Protocol::Native).raw_frame(b"no frame");
    assert_eq!(tree.into_frame(), Some(Frame::from("no frame")));
}

#[test]
fn a_stored_frame_too_deep_is_not_followed() {
    let deep = format!("{}:1\r\n", "*1\r\n".repeat(100_000));
    for protocol in PROTOCOLS {
        let mut tree = Tree::new();
        ReplyWriter::tree(&mut tree, protocol).raw_frame(deep.as_bytes());
        assert_eq!(tree.into_frame(), Some(Frame::from(deep.as_bytes())));
    }
}

#[test]
fn an_unfinished_tree_holds_what_it_got() {
    let mut tree = Tree::new();
    assert!(tree.is_empty() && tree.is_complete());
    let mut reply = ReplyWriter::tree(&mut tree, Protocol::Resp3);
    reply.array(usize::MAX);
    reply.int(1);
    reply.map(usize::MAX);
    reply.int(2);
    assert!(!tree.is_complete());
    let frame = Frame::from(vec![Frame::from(1i64), Frame::Map(vec![])]);
    assert_eq!(tree.into_frame(), Some(frame));
    assert_eq!(Tree::new().into_frame(), None);
}

#[test]
fn decimals_keep_their_digits() {
    let write = |reply: &mut ReplyWriter<'_>| reply.decimal("143.42999999999999999");
    let [native, resp2, resp3] = written(write);
    assert_eq!(resp3, ",143.42999999999999999\\r\\n");
    assert_eq!(resp2, "$21\\r\\n143.42999999999999999\\r\\n");
    assert_eq!(native, resp2);
    assert_tree_is_wire(write);
}

#[test]
fn doubles_as_redis_prints_them() {
    let cases = [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (0.001, "0.001"),
        (0.000_123_4, "1.234e-4"),
        (0.000_01, "0.00001"),
        (0.000_001, "0.000001"),
        (1e-7, "1e-7"),
        (1.2e-6, "1.2e-6"),
        (1.2345e-5, "1.2345e-5"),
        (123.0e-9, "1.23e-7"),
        (5e-324, "5e-324"),
        (100_000_000.5, "100000000.5"),
        (1e5, "100000"),
        (1e15, "1000000000000000"),
        (1e18, "1000000000000000000"),
        (1_234_567_890_123_456_789.0, "1234567890123456768"),
        (9_223_372_036_854_775_807.0, "9223372036854776000"),
        (9.2e18, "9.2e+18"),
        (1e19, "1e+19"),
        (11_111_111_111_100_000_000.0, "1.11111111111e+19"),
        (12_345_678_901_230_000_000.0, "12345678901230000000"),
        (4_611_686_018_427_387_904.0, "4611686018427387904"),
        (4_611_686_018_427_388_928.0, "4611686018427389000"),
        (-1e21, "-1e+21"),
        (123_456_789_012_345_680_000.0, "123456789012345680000"),
        (12_345_678_901_234_567_890_123.0, "12345678901234568000000"),
        (1234e20, "1.234e+23"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
    ];
    for (value, text) in cases {
        let [native, resp2, resp3] = written(|reply| reply.double(value));
        let bulk = format!(r"${}\r\n{text}\r\n", text.len());
        assert_eq!([native, resp2, resp3], [bulk.clone(), bulk, format!(r",{text}\r\n")]);
    }
}

/// One thing to write.
#[derive(Clone, Debug)]
enum Step {
    Frame(Frame),
    Stored(Vec<u8>),
    Open(Vec<Step>),
    Dropped(Vec<Step>),
}

fn step() -> impl Strategy<Value = Step> {
    let leaf = prop_oneof![
        frame().prop_map(Step::Frame),
        frame().prop_map(|frame| Step::Stored(resp3(&frame))),
        frame().prop_map(|frame| {
            let mut bytes = Vec::new();
            frame.encode(&mut bytes, Protocol::Native);
            Step::Stored(bytes)
        }),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let steps = vec(inner, 0..4);
        prop_oneof![steps.clone().prop_map(Step::Open), steps.prop_map(Step::Dropped)]
    })
}

fn perform(reply: &mut ReplyWriter<'_>, steps: &[Step]) -> usize {
    let mut count = 0;
    for step in steps {
        match step {
            Step::Frame(frame) => reply.frame(frame),
            Step::Stored(bytes) => reply.raw_frame(bytes),
            Step::Open(steps) => {
                let open = reply.begin_array();
                let members = perform(reply, steps);
                reply.end(open, members);
            }
            Step::Dropped(steps) => {
                let mark = reply.mark();
                perform(reply, steps);
                reply.truncate(mark);
                continue;
            }
        }
        count += 1;
    }
    count
}

proptest! {
    #[test]
    fn the_tree_is_what_a_client_decodes(steps in vec(step(), 0..6)) {
        assert_tree_is_wire(|reply| {
            perform(reply, &steps);
        });
    }

    #[test]
    fn doubles_read_back(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(!value.is_nan());
        let bytes = resp3(&Frame::Double(value));
        prop_assert!(bytes.len() <= 30);
        prop_assert_eq!(Frame::parse(&bytes), Ok(Some((Frame::Double(value), bytes.len()))));
    }
}
