//! Every type of frame, there and back.

use bytes::{Bytes, BytesMut};
use kv_protocol::{Frame, FrameDecoder, Limits, Protocol, ProtocolError, ReplyWriter, Tree};
use proptest::prelude::*;

use crate::support::{PROTOCOLS, frame, resp3};

/// One frame of each type and its bytes in the native protocol, RESP2 and RESP3.
fn every_type() -> Vec<(Frame, [&'static str; 3])> {
    let bytes = Bytes::from_static;
    let int = |value: i64| Frame::Integer(value);
    let pair = || vec![(Frame::from("k"), Frame::from(1.5))];
    vec![
        (Frame::Simple(bytes(b"OK")), ["+OK\r\n"; 3]),
        (Frame::Error(bytes(b"ERR no")), ["-ERR no\r\n"; 3]),
        (int(0), [":0\r\n"; 3]),
        (int(i64::MIN), [":-9223372036854775808\r\n"; 3]),
        (int(i64::MAX), [":9223372036854775807\r\n"; 3]),
        (Frame::from(""), ["$0\r\n\r\n"; 3]),
        (Frame::from("a\r\nb"), ["$4\r\na\r\nb\r\n"; 3]),
        (Frame::Array(vec![]), ["*0\r\n"; 3]),
        (Frame::from(vec![int(1), int(2)]), ["*2\r\n:1\r\n:2\r\n"; 3]),
        (Frame::Null, ["$-1\r\n", "$-1\r\n", "_\r\n"]),
        (Frame::NullArray, ["*-1\r\n", "*-1\r\n", "_\r\n"]),
        (Frame::from(true), [":1\r\n", ":1\r\n", "#t\r\n"]),
        (Frame::from(false), [":0\r\n", ":0\r\n", "#f\r\n"]),
        (Frame::from(-1.5), ["$4\r\n-1.5\r\n", "$4\r\n-1.5\r\n", ",-1.5\r\n"]),
        (Frame::BigNumber(bytes(b"-12")), ["$3\r\n-12\r\n", "$3\r\n-12\r\n", "(-12\r\n"]),
        (Frame::BulkError(bytes(b"E\r\nx")), ["-E  x\r\n", "-E  x\r\n", "!4\r\nE\r\nx\r\n"]),
        (
            Frame::Verbatim { format: *b"mkd", text: bytes(b"# a") },
            ["$3\r\n# a\r\n", "$3\r\n# a\r\n", "=7\r\nmkd:# a\r\n"],
        ),
        (
            Frame::Map(pair()),
            [
                "%1\r\n$1\r\nk\r\n$3\r\n1.5\r\n",
                "*2\r\n$1\r\nk\r\n$3\r\n1.5\r\n",
                "%1\r\n$1\r\nk\r\n,1.5\r\n",
            ],
        ),
        (Frame::Set(vec![int(1)]), ["*1\r\n:1\r\n", "*1\r\n:1\r\n", "~1\r\n:1\r\n"]),
        (Frame::Push(vec![int(1)]), ["*1\r\n:1\r\n", "*1\r\n:1\r\n", ">1\r\n:1\r\n"]),
        (
            Frame::Attribute { attributes: pair(), frame: Box::new(int(1)) },
            [":1\r\n", ":1\r\n", "|1\r\n$1\r\nk\r\n,1.5\r\n:1\r\n"],
        ),
    ]
}

#[test]
fn bytes_of_every_type() {
    for (frame, expected) in every_type() {
        for (protocol, expected) in PROTOCOLS.into_iter().zip(expected) {
            let mut bytes = Vec::new();
            frame.encode(&mut bytes, protocol);
            assert_eq!(String::from_utf8_lossy(&bytes), expected, "{frame:?} in {protocol:?}");
        }
    }
}

#[test]
fn every_type_parses() {
    for (frame, [_, _, bytes]) in every_type() {
        let frame = if frame == Frame::NullArray { Frame::Null } else { frame };
        let more = [bytes.as_bytes(), b":7"].concat();
        assert_eq!(Frame::parse(&more), Ok(Some((frame, bytes.len()))), "{bytes:?}");
        for end in 0..bytes.len() {
            assert_eq!(Frame::parse(&bytes.as_bytes()[..end]), Ok(None), "{bytes:?} up to {end}");
        }
    }
}

#[test]
fn the_examples_on_the_page_parse() {
    let page = include_str!("../../../../docs/protocol.md");
    let table = page.split("## ").find(|section| section.starts_with("Frames")).unwrap();
    let mut types = std::collections::BTreeSet::new();
    for row in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let bytes = row.replace("\\|", "\u{1}").split('|').nth(2).unwrap().replace('\u{1}', "|");
        for example in bytes.split('`').skip(1).step_by(2) {
            let example = example.replace("\\r", "\r").replace("\\n", "\n");
            let parsed = Frame::parse(example.as_bytes());
            assert!(matches!(parsed, Ok(Some((_, end))) if end == example.len()), "{example:?}");
            types.insert(example.as_bytes()[0]);
        }
    }
    assert_eq!(types, b"+-:$*_#,(!=%~>|".iter().copied().collect());
}

#[test]
fn other_spellings_parse() {
    let cases: [(&[u8], Frame); 11] = [
        (b":+7\r\n", Frame::Integer(7)),
        (b"$-1\r\n", Frame::Null),
        (b"*-1\r\n", Frame::NullArray),
        (b",10\r\n", Frame::Double(10.0)),
        (b",+.5\r\n", Frame::Double(0.5)),
        (b",1E3\r\n", Frame::Double(1000.0)),
        (b",1.23e-7\r\n", Frame::Double(1.23e-7)),
        (b",inf\r\n", Frame::Double(f64::INFINITY)),
        (b",-inf\r\n", Frame::Double(f64::NEG_INFINITY)),
        (b"(+12\r\n", Frame::BigNumber(Bytes::from_static(b"+12"))),
        (
            b"|0\r\n+a\r\n",
            Frame::Attribute {
                attributes: vec![],
                frame: Box::new(Frame::Simple(Bytes::from_static(b"a"))),
            },
        ),
    ];
    for (bytes, frame) in cases {
        let shown = bytes.escape_ascii();
        assert_eq!(Frame::parse(bytes), Ok(Some((frame, bytes.len()))), "{shown}");
    }
    for nan in [b",nan\r\n".as_slice(), b",-nan\r\n"] {
        let parsed = Frame::parse(nan);
        assert!(
            matches!(parsed, Ok(Some((Frame::Double(value), _))) if value.is_nan()),
            "{parsed:?}"
        );
    }
}

#[test]
fn what_is_no_frame() {
    let deep = "*1\r\n".repeat(129);
    let cases = [
        ("x\r\n", ProtocolError::UnknownType(b'x')),
        ("PING\r\n", ProtocolError::UnknownType(b'P')),
        (":1 \r\n", ProtocolError::InvalidScalar("integer")),
        (":01\r\n", ProtocolError::InvalidScalar("integer")),
        ("*3000000000\r\n", ProtocolError::InvalidMultibulkLength),
        ("$9223372036854775807\r\n", ProtocolError::InvalidBulkLength),
        ("%?\r\n", ProtocolError::Streamed),
        ("+a\rb\r\n", ProtocolError::InvalidCrlf),
        ("*9\r\n$1\r\nabc", ProtocolError::InvalidCrlf),
        (&deep, ProtocolError::TooDeep),
    ];
    for (bytes, error) in cases {
        assert_eq!(Frame::parse(bytes.as_bytes()), Err(error), "{bytes:?}");
        let mut decoder = FrameDecoder::new(Limits::DEFAULT);
        let mut buf = BytesMut::new();
        let found = bytes.bytes().find_map(|byte| {
            buf.extend_from_slice(&[byte]);
            decoder.decode(&mut buf).err()
        });
        assert_eq!(found, Some(error), "{bytes:?}");
        // The decoder doesn't go on in the middle of what it gave up.
        let next = decoder.decode(&mut BytesMut::from("+PONG\r\n"));
        assert_eq!(next, Ok(Some(Frame::Simple(Bytes::from_static(b"PONG")))));
    }
}

#[test]
fn the_deepest_frame_fits_a_small_stack() {
    let limits = Limits { max_depth: usize::MAX, ..Limits::DEFAULT };
    let work = move || {
        let bytes = format!("{}:1\r\n", "%1\r\n+k\r\n".repeat(Limits::DEEPEST));
        let decoded = FrameDecoder::new(limits).decode(&mut BytesMut::from(bytes.as_str()));
        let frame = decoded.expect("within the limits").expect("whole");
        assert_eq!(frame.clone(), frame);
        assert_eq!(resp3(&frame), bytes.as_bytes());
        let mut tree = Tree::new();
        ReplyWriter::tree(&mut tree, Protocol::Resp3).frame(&frame);
        assert_eq!(tree.into_frame(), Some(frame));
    };
    // Half of what a thread of the standard library has, even without optimisation.
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(work);
    thread.expect("a thread").join().expect("no panic");
}

#[test]
fn payloads_are_not_copied() {
    let mut buf = BytesMut::from("*2\r\n$5\r\nhello\r\n+world\r\n$3\r\nbye\r\n");
    let memory = buf.as_ptr_range();
    let mut decoder = FrameDecoder::new(Limits::DEFAULT);
    let mut texts = Vec::new();
    while let Ok(Some(frame)) = decoder.decode(&mut buf) {
        let members = frame.as_array().map_or(vec![frame.clone()], <[Frame]>::to_vec);
        texts.extend(members.iter().map(|text| Bytes::copy_from_slice(text.as_bytes().unwrap())));
        for text in &members {
            assert!(memory.contains(&text.as_bytes().unwrap().as_ptr()), "{text:?} is a copy");
        }
    }
    assert_eq!(texts, ["hello", "world", "bye"]);
}

#[test]
fn a_decoder_says_what_it_needs() {
    let mut decoder = FrameDecoder::new(Limits::DEFAULT);
    let mut buf = BytesMut::from("*1\r\n$1000\r\nab");
    assert_eq!(decoder.decode(&mut buf), Ok(None));
    assert_eq!(decoder.needed(), 1000);
}

#[test]
fn plain_values_become_frames() {
    assert_eq!(Frame::from(String::from("a")), Frame::from(b"a"));
    assert_eq!(Frame::from(vec![b'a']), Frame::from(b"a".as_slice()));
    assert_eq!(Frame::from(7u32), Frame::Integer(7));
    assert_eq!(Frame::from(None::<i64>), Frame::Null);
    assert_eq!(Frame::from(Some("x")), Frame::from("x"));
    assert_eq!(
        Frame::from(vec![(Frame::from("k"), Frame::from(1i64))]).as_map(),
        Some([(Frame::from("k"), Frame::Integer(1))].as_slice())
    );
}

#[test]
fn frames_become_plain_values() {
    assert_eq!(Frame::from("é").as_str(), Some("é"));
    assert_eq!(Frame::from(b"\xff").as_str(), None);
    assert_eq!(Frame::from(b"\xff").as_bytes(), Some(b"\xff".as_slice()));
    assert_eq!(Frame::from(7i64).as_int(), Some(7));
    assert_eq!(Frame::from("7").as_int(), None);
    assert_eq!(Frame::from(1.5).as_double(), Some(1.5));
    assert_eq!(Frame::from(true).as_bool(), Some(true));
    assert_eq!(Frame::Set(vec![Frame::Null]).as_array(), Some([Frame::Null].as_slice()));
    assert!(Frame::NullArray.is_null() && Frame::Null.is_null() && !Frame::from("").is_null());
    let error = Frame::BulkError(Bytes::from_static(b"ERR"));
    assert!(error.is_error() && error.as_error() == Some(b"ERR"));
    let attribute = Frame::Attribute { attributes: vec![], frame: Box::new(Frame::from(1i64)) };
    let nested = Frame::Attribute { attributes: vec![], frame: Box::new(attribute) };
    assert_eq!(nested.without_attributes(), Frame::Integer(1));
}

/// The frame a client decodes when `frame` was written in `protocol`.
fn received(frame: &Frame, protocol: Protocol) -> Frame {
    let text = |bytes: &Bytes| Frame::Bulk(bytes.clone());
    let all = |frames: &[Frame]| frames.iter().map(|f| received(f, protocol)).collect::<Vec<_>>();
    let both = |pairs: &[(Frame, Frame)]| {
        pairs
            .iter()
            .map(|(k, v)| (received(k, protocol), received(v, protocol)))
            .collect::<Vec<_>>()
    };
    let flat = |bytes: &Bytes| {
        Bytes::from_iter(bytes.iter().map(|b| match b {
            b'\r' | b'\n' => b' ',
            other => *other,
        }))
    };
    let resp3 = protocol == Protocol::Resp3;
    match frame {
        Frame::NullArray if resp3 => Frame::Null,
        Frame::Boolean(value) if !resp3 => Frame::Integer(i64::from(*value)),
        Frame::Double(value) if !resp3 => {
            let mut bytes = Vec::new();
            Frame::Double(*value).encode(&mut bytes, Protocol::Resp3);
            Frame::from(&bytes[1..bytes.len() - 2])
        }
        Frame::BigNumber(digits) if !resp3 => text(digits),
        Frame::BulkError(error) if !resp3 => Frame::Error(flat(error)),
        Frame::Verbatim { text: bytes, .. } if !resp3 => text(bytes),
        Frame::Array(frames) => Frame::Array(all(frames)),
        Frame::Set(frames) if resp3 => Frame::Set(all(frames)),
        Frame::Push(frames) if resp3 => Frame::Push(all(frames)),
        Frame::Set(frames) | Frame::Push(frames) => Frame::Array(all(frames)),
        Frame::Map(pairs) if protocol == Protocol::Resp2 => {
            Frame::Array(both(pairs).into_iter().flat_map(|(k, v)| [k, v]).collect())
        }
        Frame::Map(pairs) => Frame::Map(both(pairs)),
        Frame::Attribute { frame, .. } if !resp3 => received(frame, protocol),
        Frame::Attribute { attributes, frame } => Frame::Attribute {
            attributes: both(attributes),
            frame: Box::new(received(frame, protocol)),
        },
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn any_frame_comes_back(frame in frame()) {
        for protocol in PROTOCOLS {
            let mut bytes = Vec::new();
            frame.encode(&mut bytes, protocol);
            let expected = received(&frame, protocol);
            prop_assert_eq!(Frame::parse(&bytes), Ok(Some((expected.clone(), bytes.len()))));
            let mut buf = BytesMut::from(bytes.as_slice());
            let decoded = FrameDecoder::new(Limits::DEFAULT).decode(&mut buf);
            prop_assert_eq!(decoded, Ok(Some(expected)));
            prop_assert!(buf.is_empty());
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        // And what parses has the same meaning when it's written again.
        if let Ok(Some((frame, _))) = Frame::parse(&bytes) {
            let again = resp3(&frame);
            let reparsed = Frame::parse(&again);
            prop_assert!(matches!(reparsed, Ok(Some((_, end))) if end == again.len()));
        }
    }
}
