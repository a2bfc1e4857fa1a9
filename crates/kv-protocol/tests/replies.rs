//! Replies as bytes, in every protocol.

use kv_protocol::{Frame, Protocol, ReplyWriter};

const ALL: [Protocol; 3] = [Protocol::Native, Protocol::Resp2, Protocol::Resp3];

/// The bytes written in the native protocol, RESP2 and RESP3.
fn written(write: impl Fn(&mut ReplyWriter<'_>)) -> [String; 3] {
    ALL.map(|protocol| {
        let mut buf = Vec::new();
        write(&mut ReplyWriter::wire(&mut buf, protocol));
        buf.escape_ascii().to_string()
    })
}

#[test]
fn maps_travel_by_the_protocol() {
    let write = |reply: &mut ReplyWriter<'_>| {
        reply.map(1);
        reply.simple("k");
        reply.double(1.5);
    };
    assert_eq!(
        written(write),
        [r"%1\r\n+k\r\n$3\r\n1.5\r\n", r"*2\r\n+k\r\n$3\r\n1.5\r\n", r"%1\r\n+k\r\n,1.5\r\n"]
    );
}

#[test]
fn a_length_told_at_the_end() {
    let write = |reply: &mut ReplyWriter<'_>| {
        let outer = reply.begin_map();
        reply.ok();
        let inner = reply.begin_set();
        (0..12).for_each(|i| reply.int(i));
        reply.end(inner, 12);
        reply.end(outer, 1);
    };
    let ints: String = (0..12).map(|i| format!(r":{i}\r\n")).collect();
    assert_eq!(
        written(write),
        [
            format!(r"%1\r\n+OK\r\n*12\r\n{ints}"),
            format!(r"*2\r\n+OK\r\n*12\r\n{ints}"),
            format!(r"%1\r\n+OK\r\n~12\r\n{ints}")
        ]
    );
}

#[test]
fn a_frame_parses_back() {
    let frame = Frame::from(vec![Frame::from("a"), Frame::Null, Frame::from(7i64)]);
    let mut bytes = Vec::new();
    frame.encode(&mut bytes, Protocol::Resp3);
    assert_eq!(Frame::parse(&bytes), Ok(Some((frame, bytes.len()))));
}
