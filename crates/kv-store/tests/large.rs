//! Large values: taken over from the buffer that they were received in, and handed out uncopied.

#![expect(clippy::unwrap_used, reason = "in a test, what must not fail may panic")]

use bytes::Bytes;
use kv_protocol::{
    Frame, Limits, Output, Protocol, ReplyWriter, RequestBuf, RequestDecoder, RequestSyntax, Tree,
};
use kv_store::testing::Stage;
use kv_store::{Registry, Session};
use kv_types::Record;

const LARGE: usize = 100_000;

fn stage() -> Stage {
    Stage::new(Protocol::Resp2, Registry::builtin())
}

/// Runs a request that was received in a buffer with `spare` bytes of room behind it; returns the
/// reply, and where the request's last argument lay in how large an allocation.
fn receive(session: &mut Session, args: &[&[u8]], spare: usize) -> (Frame, *const u8, usize) {
    let mut request = RequestBuf::new();
    args.iter().for_each(|arg| request.push(arg));
    let mut encoded = Vec::new();
    request.as_request().encode(&mut encoded);
    let mut buffer = Vec::with_capacity(encoded.len() + spare);
    buffer.extend_from_slice(&encoded);
    let allocated = buffer.capacity();
    let buffer = Bytes::from(buffer);
    let mut decoder = RequestDecoder::new(RequestSyntax::Redis, Limits::DEFAULT);
    let requests = decoder.decode_many(&buffer, 1).unwrap();
    let value = requests.iter().next().unwrap().arg(args.len() - 1).unwrap().raw().as_ptr();
    let mut tree = Tree::new();
    let mut out = ReplyWriter::tree(&mut tree, session.protocol());
    session.begin_batch_in(&buffer, allocated);
    assert_eq!(session.execute_many(&requests, usize::MAX, &mut out), 1);
    session.end_batch();
    (tree.into_frame().unwrap(), value, allocated)
}

/// The value at `key` and where it lies: the reply is not a copy, or else no two are in one place.
fn get(session: &mut Session, key: &str) -> Bytes {
    match session.call(["GET", key]) {
        Frame::Bulk(bytes) => bytes,
        other => panic!("not a string: {other:?}"),
    }
}

fn memory(session: &mut Session) -> i64 {
    match session.call(["MEMORY", "USAGE", "k"]) {
        Frame::Integer(bytes) => bytes,
        other => panic!("not a number: {other:?}"),
    }
}

#[test]
fn a_value_that_fills_its_buffer_stays_there() {
    let value = vec![b'v'; LARGE];
    let requests: [&[&[u8]]; 5] = [
        &[b"SET", b"k", &value],
        &[b"SETEX", b"k", b"100", &value],
        &[b"GETSET", b"k", &value],
        &[b"SETNX", b"k", &value],
        &[b"MSET", b"j", b"short", b"k", &value],
    ];
    for (spare, request) in requests.iter().enumerate() {
        for before in [None, Some("short"), Some("expired")] {
            let mut stage = stage();
            match before {
                Some("expired") => {
                    stage.session.call(["SET", "k", "v", "PX", "5"]);
                    stage.clock.wind(std::time::Duration::from_millis(6));
                }
                Some(_) if request[0] != b"SETNX" => {
                    stage.session.call(["SET", "k", "v", "EX", "5"]);
                }
                _ => {}
            }
            let (_, place, allocated) = receive(&mut stage.session, request, spare * 1000);
            assert_eq!(get(&mut stage.session, "k").as_ptr(), place);
            assert_eq!(get(&mut stage.session, "k"), value);
            // Charged is all of the allocation, with what lies before and behind the value.
            let record = Record::memory_of(1, allocated, request[0] == b"SETEX");
            assert_eq!(memory(&mut stage.session) as usize, record + size_of::<Record>());
            let ttl = stage.session.call(["TTL", "k"]);
            assert_eq!(ttl, if request[0] == b"SETEX" { 100 } else { -1 }.into());
            let used = stage.store.used_memory();
            stage.session.call(["DEL", "k", "j"]);
            assert_eq!(stage.session.call(["DBSIZE"]), 0.into());
            assert!(used - stage.store.used_memory() > LARGE as u64);
        }
    }
}

#[test]
fn the_time_to_live_is_kept_where_it_should_be() {
    let mut stage = stage();
    let value = vec![b'v'; LARGE];
    stage.session.call(["SET", "k", "v", "EX", "50"]);
    let request: &[&[u8]] = &[b"SET", b"k", &value, b"KEEPTTL"];
    receive(&mut stage.session, request, 0);
    assert_eq!(stage.session.call(["TTL", "k"]), 50.into());
    assert_eq!(get(&mut stage.session, "k"), value);
}

#[test]
fn a_value_that_is_little_of_its_buffer_is_copied() {
    let value = vec![b'v'; LARGE];
    let requests: [(&[&[u8]], usize); 4] = [
        (&[b"MSET", b"k", &value, b"l", &value], 0),
        (&[b"SET", b"k", &value], LARGE / 4),
        (&[b"SET", b"k", &value[..60_000]], 0),
        (&[b"APPEND", b"k", b"short"], LARGE),
    ];
    for (request, spare) in requests {
        let mut stage = stage();
        let (_, place, _) = receive(&mut stage.session, request, spare);
        let key = if request[0] == b"MSET" { "l" } else { "k" };
        assert_ne!(get(&mut stage.session, key).as_ptr(), place);
        let len = request[2].len();
        assert!((memory(&mut stage.session) as usize) < len + 200);
    }
}

#[test]
fn a_value_taken_over_is_changed_in_place() {
    let mut stage = stage();
    let value = vec![b'v'; LARGE];
    let (_, place, _) = receive(&mut stage.session, &[b"SET", b"k", &value], 1000);
    let before = memory(&mut stage.session);
    for _ in 0..10 {
        stage.session.call(["APPEND", "k", "more"]);
        stage.session.call(["SETRANGE", "k", "7", "!"]);
    }
    let changed = get(&mut stage.session, "k");
    assert_eq!((changed.as_ptr(), changed.len()), (place, LARGE + 40));
    assert_eq!(memory(&mut stage.session), before);
    // While somebody holds it, it is left as it is.
    stage.session.call(["SETRANGE", "k", "0", "x"]);
    assert_eq!((changed[0], changed[7]), (b'v', b'!'));
    assert_eq!(get(&mut stage.session, "k")[0], b'x');
}

#[test]
fn replies_hold_values_and_copy_none() {
    let mut stage = stage();
    let value = vec![b'v'; LARGE];
    receive(&mut stage.session, &[b"SET", b"k", &value], 0);
    let place = get(&mut stage.session, "k").as_ptr();
    let session = &mut stage.session;
    for (request, offset) in [
        (&["GET", "k"][..], 0),
        (&["GETEX", "k", "PERSIST"], 0),
        (&["SET", "k", "new", "NX", "GET"], 0),
        (&["GETRANGE", "k", "1", "-2"], 1),
    ] {
        let Frame::Bulk(got) = session.call(request) else { panic!("not a string") };
        assert_eq!(got.as_ptr(), place.wrapping_add(offset), "{request:?}");
    }
    // A small part is not worth holding the whole.
    let Frame::Bulk(part) = session.call(["GETRANGE", "k", "1", "40000"]) else { panic!() };
    assert_ne!(part.as_ptr(), place.wrapping_add(1));
    let many = vec!["k"; 100];
    let Frame::Array(got) = session.call([&["MGET"][..], &many].concat()) else { panic!() };
    assert!(got.iter().all(|got| matches!(got, Frame::Bulk(got) if got.as_ptr() == place)));
    drop(got);
    // The same on the wire; what is overwritten meanwhile is sent as it was.
    let mut request = RequestBuf::new();
    [&["MGET"][..], &many].concat().iter().for_each(|word| request.push(word.as_bytes()));
    let mut output = Output::new();
    session.begin_batch();
    let mut out = ReplyWriter::output(&mut output, Protocol::Resp2);
    session.execute(request.as_request(), &mut out);
    session.end_batch();
    assert!(output.memory() < 20_000);
    session.call(["SET", "k", "other"]);
    let sent = bytes::Buf::copy_to_bytes(&mut output, 100 * LARGE);
    assert!(sent.starts_with(b"*100\r\n$100000\r\nvvv") && !sent.contains(&b'o'));
}
