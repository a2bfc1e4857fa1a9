//! Requests from bytes, and the answers to bytes that are none.
//!
//! The error texts and what is accepted were read off a Valkey 9.1.2 and a Redis 7.0.15, byte for
//! byte; where the two differ, Valkey's answer stands here.

use kv_protocol::{
    Arg, Decoded, Frame, Limits, ProtocolError, ReplyWriter, RequestBuf, RequestDecoder,
    RequestSyntax,
};

use crate::support::{Outcome, decode, decode_pieces};

const LINE: usize = Limits::DEFAULT.max_inline;

fn redis(input: &[u8]) -> Outcome {
    decode(RequestSyntax::Redis, Limits::DEFAULT, input)
}

fn native(input: &[u8]) -> Outcome {
    decode(RequestSyntax::Native, Limits::DEFAULT, input)
}

/// The words of the one inline request in `line`, or the error.
fn words(line: &[u8]) -> Result<Vec<String>, ProtocolError> {
    let mut outcome = redis(&[line, b"\r\n"].concat());
    match outcome.error {
        Some(error) => Err(error),
        None => Ok(outcome.requests.pop().unwrap_or_default()),
    }
}

#[test]
fn a_pipeline() {
    let outcome = redis(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING \"a b\"\r\n*0\r\n\r\n*1\r\n$4\r\nQU");
    assert_eq!(outcome.requests, [vec!["GET", "k"], vec!["PING", "a b"]]);
    assert_eq!((outcome.rest, outcome.error), (10, None));
}

#[test]
fn requests_without_arguments_are_dropped() {
    for nothing in ["*0\r\n", "*-1\r\n", "*-2\r\n", "*-2147483649\r\n", "\r\n", "\n", "  \t \r\n"] {
        let input = format!("{nothing}*1\r\n$4\r\nPING\r\n");
        assert_eq!(redis(input.as_bytes()).requests, [["PING"]], "{nothing:?}");
    }
}

#[test]
fn malformed_requests() {
    let cases: [(&[u8], &str); 33] = [
        (b"*\r\n", "invalid multibulk length"),
        (b"*a\r\n", "invalid multibulk length"),
        (b"*1a\r\n", "invalid multibulk length"),
        (b"*1 \r\n", "invalid multibulk length"),
        (b"* 1\r\n", "invalid multibulk length"),
        (b"*+1\r\n", "invalid multibulk length"),
        (b"*01\r\n", "invalid multibulk length"),
        (b"*00\r\n", "invalid multibulk length"),
        (b"*-0\r\n", "invalid multibulk length"),
        (b"*1\0\r\n", "invalid multibulk length"),
        (b"*1\n$4\nPING\n*1\r\n", "invalid multibulk length"),
        (b"*2147483648\r\n", "invalid multibulk length"),
        (b"*9223372036854775807\r\n", "invalid multibulk length"),
        (b"*9223372036854775808\r\n", "invalid multibulk length"),
        (b"*1\rX", "invalid CRLF in request"),
        (b"*a\rX", "invalid CRLF in request"),
        (b"*1\r\n$a\rX", "invalid CRLF in request"),
        (b"*1\r\n$4\r\nPINGxx", "invalid CRLF in request"),
        (b"*1\r\n$4\r\nPING\r\r", "invalid CRLF in request"),
        (b"*1\r\n$-1\r\n", "invalid bulk length"),
        (b"*1\r\n$-0\r\n", "invalid bulk length"),
        (b"*1\r\n$\r\n", "invalid bulk length"),
        (b"*1\r\n$04\r\n", "invalid bulk length"),
        (b"*1\r\n$+4\r\n", "invalid bulk length"),
        (b"*1\r\n$4 \r\n", "invalid bulk length"),
        (b"*1\r\n$536870913\r\n", "invalid bulk length"),
        (b"*1\r\n$9223372036854775808\r\n", "invalid bulk length"),
        (b"*1\r\n+PING\r\n", "expected '$', got '+'"),
        (b"*1\r\nx\rX", "expected '$', got 'x'"),
        (b"*1\r\n*1\r\n$4\r\nPING\r\n", "expected '$', got '*'"),
        (b"*1\r\n\xff\r\n", "expected '$', got '\u{ff}'"),
        (b"PING \"a\r\n", "unbalanced quotes in request"),
        (b"PING 'a\r\n", "unbalanced quotes in request"),
    ];
    for (input, text) in cases {
        let ping = b"*1\r\n$4\r\nPING\r\n".as_slice();
        let outcome = redis(&[ping, input, ping].concat());
        let error = outcome.error.map(|error| error.to_string());
        let shown = input.escape_ascii();
        assert_eq!(error, Some(format!("Protocol error: {text}")), "{shown}");
        assert_eq!(outcome.requests, [["PING"]], "what came before {shown} is still valid");
    }
}

#[test]
fn the_reply_to_malformed_input() {
    let mut buf = Vec::new();
    let mut reply = ReplyWriter::wire(&mut buf, kv_protocol::Protocol::Resp2);
    reply.protocol_error(&ProtocolError::ExpectedBulk(0xff));
    reply.protocol_error(&ProtocolError::ExpectedBulk(b'\r'));
    reply.protocol_error(&ProtocolError::UnknownType(b'?'));
    reply.protocol_error(&ProtocolError::InvalidBulkLength);
    let expected = b"-ERR Protocol error: expected '$', got '\xff'\r\n\
        -ERR Protocol error: expected '$', got ' '\r\n\
        -ERR Protocol error: unknown frame type '?'\r\n\
        -ERR Protocol error: invalid bulk length\r\n";
    assert_eq!(buf, expected);
}

#[test]
fn the_page_on_the_protocol_lists_every_error() {
    use ProtocolError::*;
    let page = include_str!("../../../../docs/protocol.md");
    let errors = [
        InvalidMultibulkLength,
        InvalidBulkLength,
        TooBigInlineRequest,
        TooBigMultibulkCount,
        TooBigBulkCount,
        ExpectedBulk(b'x'),
        UnbalancedQuotes,
        UnauthenticatedMultibulk,
        UnauthenticatedBulk,
        InvalidCrlf,
        TooBigRequest,
        TooDeep,
        TooBigLine,
        Streamed,
        UnknownType(b'x'),
        InvalidScalar("integer"),
    ];
    for error in errors {
        assert!(page.contains(&format!("| `{error}` |")), "{error}");
    }
}

#[test]
fn unfinished_requests_wait() {
    let inputs: [&[u8]; 8] = [
        b"*1\r\nx",
        b"*1\r\n$536870912\r\n",
        b"*2147483647\r\n",
        b"*1\r\n$4\r\nPING\r",
        b"*1\r",
        b"PING\r",
        b"PING \"a",
        b"*",
    ];
    for input in inputs {
        let outcome = redis(input);
        assert_eq!((outcome.rest, outcome.error), (input.len(), None), "{}", input.escape_ascii());
    }
}

#[test]
fn lines_have_a_longest() {
    use ProtocolError::{TooBigBulkCount, TooBigInlineRequest, TooBigLine, TooBigMultibulkCount};
    let (redis, native) = (RequestSyntax::Redis, RequestSyntax::Native);
    // What stands before the line, the line's first byte, the error when it's one byte too long.
    let cases = [
        (redis, "", "a", TooBigInlineRequest),
        (redis, "", "*", TooBigMultibulkCount),
        (redis, "*1\r\n", "$", TooBigBulkCount),
        (redis, "*1\r\n", "x", TooBigBulkCount),
        (native, "*1\r\n", "$", TooBigBulkCount),
        (native, "*1\r\n", "=", TooBigBulkCount),
        (native, "*1\r\n", "%", TooBigMultibulkCount),
        (native, "*1\r\n", ":", TooBigLine),
        (native, "*1\r\n", "x", TooBigLine),
    ];
    for (syntax, before, first, error) in cases {
        let ones = "1".repeat(LINE - 1);
        let longest = format!("{before}{first}{ones}");
        let outcome = decode(syntax, Limits::DEFAULT, longest.as_bytes());
        assert_eq!((outcome.rest, outcome.error), (longest.len(), None), "{before}{first}");
        for longer in [format!("{longest}1"), format!("{longest}1\r\n")] {
            let outcome = decode(syntax, Limits::DEFAULT, longer.as_bytes());
            assert_eq!(outcome.error, Some(error), "{before}{first}");
        }
    }
    let longest = format!("{}\n", "a".repeat(LINE));
    assert_eq!(decode(redis, Limits::DEFAULT, longest.as_bytes()).requests.len(), 1);
}

#[test]
fn before_authentication() {
    let check =
        |input: &str| decode(RequestSyntax::Redis, Limits::UNAUTHENTICATED, input.as_bytes());
    let cases = [
        ("*11\r\n", "unauthenticated multibulk length"),
        ("*2147483647\r\n", "unauthenticated multibulk length"),
        ("*2147483648\r\n", "invalid multibulk length"),
        ("*1\r\n$16385\r\n", "unauthenticated bulk length"),
        ("*1\r\n$536870912\r\n", "unauthenticated bulk length"),
        ("*1\r\n$536870913\r\n", "invalid bulk length"),
        ("*1\r\n$-1\r\n", "invalid bulk length"),
    ];
    for (input, text) in cases {
        let error = check(input).error.map(|error| error.to_string());
        assert_eq!(error, Some(format!("Protocol error: {text}")), "{input:?}");
    }
    assert_eq!(check("*10\r\n$16384\r\n").error, None);
    let words = "PING a b c d e f g h i j k l\r\n";
    assert_eq!(check(words).requests[0].len(), 13, "words of a line are not counted");
}

#[test]
fn limits_change_between_requests() {
    let mut decoder = RequestDecoder::new(RequestSyntax::Redis, Limits::UNAUTHENTICATED);
    let auth = b"*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n";
    assert!(matches!(decoder.decode(auth), Ok(Decoded::Request { consumed: 21, .. })));
    decoder.set_limits(Limits::DEFAULT);
    assert!(matches!(decoder.decode(b"*11\r\n"), Ok(Decoded::Incomplete)));
    decoder.set_syntax(RequestSyntax::Native);
    let arguments =
        b"*11\r\n".iter().chain(b":1\r\n".repeat(11).iter()).copied().collect::<Vec<_>>();
    assert!(matches!(decoder.decode(&arguments), Ok(Decoded::Request { consumed: 49, .. })));
}

#[test]
fn inline_words() {
    let cases: [(&[u8], &[&str]); 22] = [
        (b"PING", &["PING"]),
        (b"  PING   x  ", &["PING", "x"]),
        (b"PING\tx", &["PING", "x"]),
        (b"PING a\rb", &["PING", "a", "b"]),
        (b"PING a\r", &["PING", "a"]),
        (b"\x0b\x0cPING \x0bx", &["PING", "x"]),
        (b"PING\x0bx\x0c", &[r"PING\x0bx\x0c"]),
        (b"PING \"a b\"", &["PING", "a b"]),
        (b"PING \"a\"b", &["PING", "ab"]),
        (b"PING 'x''y'", &["PING", "xy"]),
        (b"PING a\"b c\"", &["PING", "ab c"]),
        (b"PING a'b'", &["PING", "ab"]),
        (b"PING 'a'\tx", &["PING", "a", "x"]),
        (b"\"\"", &[""]),
        (b"PING ''", &["PING", ""]),
        (br#"PING "\x41\x6F\n\r\t\b\a\"\\\q\xZZ\x4""#, &["PING", r#"Ao\n\r\t\x08\x07\"\\qxZZx4"#]),
        (br"PING 'a\'b\n'", &["PING", r"a\'b\\n"]),
        (br"PING 'a\\'b'", &["PING", r"a\\\'b"]),
        (br"PING a\x41", &["PING", r"a\\x41"]),
        (b"PING \"a\rb\"", &["PING", r"a\rb"]),
        (b"PING \xa0a\x1cb\x85", &["PING", r"\xa0a\x1cb\x85"]),
        (b"PING a\0b", &["PING", r"a\x00b"]),
    ];
    for (line, expected) in cases {
        let expected = expected.iter().map(ToString::to_string).collect();
        assert_eq!(words(line), Ok(expected), "{}", line.escape_ascii());
    }
}

#[test]
fn unbalanced_quotes() {
    let lines: [&[u8]; 8] =
        [b"\"", b"'", b"a \"b", b"a b'", b"\\\"a", br#""a\""#, br"'a\'", b"\"a\" \"b"];
    for line in lines {
        let shown = line.escape_ascii();
        assert_eq!(words(line), Err(ProtocolError::UnbalancedQuotes), "{shown}");
    }
}

#[test]
fn inline_lines_may_end_in_lf_alone() {
    assert_eq!(redis(b"PING\nECHO x\n").requests, [vec!["PING"], vec!["ECHO", "x"]]);
}

#[test]
fn what_is_no_array_is_inline_in_both_syntaxes() {
    for input in [b"$4\r\n".as_slice(), b"+PING\r\n", b"%1\r\n", b":1\r\n"] {
        let word = input[..input.len() - 2].escape_ascii().to_string();
        assert_eq!(redis(input).requests, [[word.clone()]]);
        assert_eq!(native(input).requests, [[word]]);
    }
}

#[test]
fn native_arguments() {
    let frames = [
        "+SET\r\n",
        ":-7\r\n",
        "%1\r\n+a\r\n*2\r\n_\r\n$-1\r\n",
        "$-1\r\n",
        "*-1\r\n",
        "*0\r\n",
        "%0\r\n",
        "~1\r\n#f\r\n",
        ",1.50\r\n",
        "(123456789012345678901234567890\r\n",
        "=5\r\ntxt:x\r\n",
        "!3\r\nERR\r\n",
        "-ERR no\r\n",
        ">1\r\n$1\r\nx\r\n",
        "|1\r\n+k\r\n+v\r\n|0\r\n*1\r\n:1\r\n",
    ];
    let input = format!("*{}\r\n{}$3\r\nend\r\n", frames.len() + 1, frames.concat());
    let outcome = native(input.as_bytes());
    let mut expected: Vec<String> =
        frames.iter().map(|frame| format!("frame {}", frame.escape_default())).collect();
    expected.push("end".into());
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.requests, [expected]);
}

#[test]
fn text_of_arguments() {
    let cases: [(&[u8], Option<&[u8]>); 16] = [
        (b":-12\r\n", Some(b"-12")),
        (b":+12\r\n", Some(b"12")),
        (b"+OK\r\n", Some(b"OK")),
        (b",1.50\r\n", Some(b"1.50")),
        (b",-inf\r\n", Some(b"-inf")),
        (b"(-123\r\n", Some(b"-123")),
        (b"#t\r\n", Some(b"1")),
        (b"#f\r\n", Some(b"0")),
        (b"=7\r\ntxt:a\r\n\r\n", Some(b"a\r\n")),
        (b"$-1\r\n", None),
        (b"*-1\r\n", None),
        (b"_\r\n", None),
        (b"-ERR\r\n", None),
        (b"!1\r\nE\r\n", None),
        (b"*1\r\n:1\r\n", None),
        (b"|0\r\n:1\r\n", None),
    ];
    for (frame, text) in cases {
        assert_eq!(Arg::Frame(frame).text(), text, "{}", frame.escape_ascii());
    }
    assert_eq!(Arg::Bytes(b":1").text(), Some(b":1".as_slice()));
    assert_eq!(Arg::Frame(b"no frame").text(), None);
}

#[test]
fn malformed_native_arguments() {
    let cases = [
        ("x\r\n", "unknown frame type 'x'"),
        ("\r\n", "unknown frame type '\r'"),
        ("+a\n+b\r\n", "invalid line"),
        ("-a\n\r\n", "invalid line"),
        (":1a\r\n", "invalid integer"),
        (":\r\n", "invalid integer"),
        (":+-1\r\n", "invalid integer"),
        (":9223372036854775808\r\n", "invalid integer"),
        (",x\r\n", "invalid double"),
        (",\r\n", "invalid double"),
        (",infinity\r\n", "invalid double"),
        (",1e\r\n", "invalid double"),
        ("#x\r\n", "invalid boolean"),
        ("#true\r\n", "invalid boolean"),
        ("(\r\n", "invalid big number"),
        ("(12x\r\n", "invalid big number"),
        ("_x\r\n", "invalid null"),
        ("=3\r\n", "invalid verbatim string"),
        ("=4\r\ntxt-\r\n", "invalid verbatim string"),
        ("$-2\r\n", "invalid bulk length"),
        ("!-1\r\n", "invalid bulk length"),
        ("*-2\r\n", "invalid multibulk length"),
        ("%-1\r\n", "invalid multibulk length"),
        ("~2147483648\r\n", "invalid multibulk length"),
        ("*?\r\n", "streamed types are not supported"),
        ("%?\r\n", "streamed types are not supported"),
        ("$?\r\n", "streamed types are not supported"),
        (";4\r\n", "streamed types are not supported"),
        (".\r\n", "streamed types are not supported"),
        (":1\rx", "invalid CRLF in request"),
        ("*1\r\n$1\r\nabc", "invalid CRLF in request"),
    ];
    for (frame, text) in cases {
        let outcome = native(format!("*2\r\n$3\r\nSET\r\n{frame}").as_bytes());
        let error = outcome.error.map(|error| error.to_string());
        assert_eq!(error, Some(format!("Protocol error: {text}")), "{frame:?}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| format!("*2\r\n+SET\r\n{}:1\r\n", "*1\r\n".repeat(levels));
    assert_eq!(native(nested(128).as_bytes()).requests.len(), 1);
    assert_eq!(native(nested(129).as_bytes()).error, Some(ProtocolError::TooDeep));
    let attributes = format!("*1\r\n{}:1\r\n", "|0\r\n".repeat(129));
    assert_eq!(native(attributes.as_bytes()).error, Some(ProtocolError::TooDeep));
    let empty = format!("*1\r\n{}*0\r\n", "*1\r\n".repeat(128));
    assert_eq!(native(empty.as_bytes()).error, Some(ProtocolError::TooDeep));
    // However high it's set, there's an end.
    let limits = Limits { max_depth: usize::MAX, ..Limits::DEFAULT };
    let deepest = |levels| decode(RequestSyntax::Native, limits, nested(levels).as_bytes());
    assert_eq!(deepest(Limits::DEEPEST).requests.len(), 1);
    assert_eq!(deepest(Limits::DEEPEST + 1).error, Some(ProtocolError::TooDeep));
}

#[test]
fn whole_requests_have_a_largest() {
    let limits = Limits { max_request: 100, ..Limits::DEFAULT };
    for syntax in [RequestSyntax::Redis, RequestSyntax::Native] {
        let check = |input: &str| decode(syntax, limits, input.as_bytes());
        let fits = format!("*1\r\n$89\r\n{}\r\n", "x".repeat(89));
        assert_eq!((fits.len(), check(&fits).requests.len()), (100, 1));
        // One byte more: told when the length is announced, or when an argument passes the end.
        for input in
            ["*1\r\n$99\r\n", "*1\r\n$91\r\n", &fits.replace("89", "90").replace("xx\r", "xxx\r")]
        {
            let outcome = check(input);
            assert_eq!(outcome.error, Some(ProtocolError::TooBigRequest), "{input:?}");
        }
        let inline = format!("{}\n", "x".repeat(100));
        assert_eq!(check(&inline).error, Some(ProtocolError::TooBigRequest));
    }
    for frames in
        ["*2\r\n*1\r\n$90\r\n".to_owned(), format!("*2\r\n*100\r\n{}", ":1\r\n".repeat(23))]
    {
        let outcome = decode(RequestSyntax::Native, limits, frames.as_bytes());
        assert_eq!(outcome.error, Some(ProtocolError::TooBigRequest), "{frames:?}");
    }
}

#[test]
fn memory_follows_what_was_sent_not_what_was_announced() {
    let huge = [
        "*2147483647\r\n",
        "*1\r\n*2147483647\r\n",
        "*1\r\n%2147483647\r\n",
        "*1\r\n$536870912\r\n",
    ];
    for announced in huge {
        let mut decoder = RequestDecoder::new(RequestSyntax::Native, Limits::DEFAULT);
        assert!(matches!(decoder.decode(announced.as_bytes()), Ok(Decoded::Incomplete)));
        assert!(decoder.memory() < 100, "{announced:?} took {}", decoder.memory());
    }
    let many = format!("*2147483647\r\n{}", "$0\r\n\r\n".repeat(100_000));
    let mut decoder = RequestDecoder::new(RequestSyntax::Native, Limits::DEFAULT);
    assert!(matches!(decoder.decode(many.as_bytes()), Ok(Decoded::Incomplete)));
    assert!(decoder.memory() <= 16 * 2 * 100_000, "took {}", decoder.memory());
}

#[test]
fn memory_of_a_large_request_is_released() {
    let mut decoder = RequestDecoder::new(RequestSyntax::Redis, Limits::DEFAULT);
    let many = format!("*5000\r\n{}", "$1\r\na\r\n".repeat(5000));
    assert!(matches!(decoder.decode(many.as_bytes()), Ok(Decoded::Request { .. })));
    let long = format!("PING {}\r\n", "a".repeat(50_000));
    assert!(decoder.memory() >= 5000 * 8);
    assert!(matches!(decoder.decode(long.as_bytes()), Ok(Decoded::Request { .. })));
    assert!((50_000..80_000).contains(&decoder.memory()), "{}", decoder.memory());
    assert!(matches!(decoder.decode(b""), Ok(Decoded::Incomplete)));
    assert!(decoder.memory() <= 16 << 10, "{}", decoder.memory());
}

#[test]
fn needed_is_what_a_payload_lacks() {
    let mut decoder = RequestDecoder::new(RequestSyntax::Native, Limits::DEFAULT);
    let input = b"*2\r\n$3\r\nSET\r\n$100\r\nabc";
    assert!(matches!(decoder.decode(input), Ok(Decoded::Incomplete)));
    assert_eq!(decoder.needed(), 99);
    let input = b"*2\r\n*1\r\n$100\r\nabc";
    let mut decoder = RequestDecoder::new(RequestSyntax::Native, Limits::DEFAULT);
    assert!(matches!(decoder.decode(input), Ok(Decoded::Incomplete)));
    assert_eq!(decoder.needed(), 99);
    let mut decoder = RequestDecoder::new(RequestSyntax::Redis, Limits::DEFAULT);
    assert!(matches!(decoder.decode(b"*2\r\n$10"), Ok(Decoded::Incomplete)));
    assert_eq!(decoder.needed(), 1);
}

#[test]
fn after_an_error_the_decoder_starts_anew() {
    let mut decoder = RequestDecoder::new(RequestSyntax::Native, Limits::DEFAULT);
    for broken in [
        b"*3\r\n$1\r\na\r\n*1\r\n:x\r\n".as_slice(),
        b"*2\r\n$3\r\nabcd\r",
        b"*5\r\n*3\r\n$1\r\nab\r",
    ] {
        let failed = (0..=broken.len()).any(|end| decoder.decode(&broken[..end]).is_err());
        assert!(failed, "{}", broken.escape_ascii());
        for next in [b"PING\r\n".as_slice(), b"*1\r\n$4\r\nPING\r\n", b"*1\r\n+PING\r\n"] {
            let decoded = decoder.decode(next);
            let Ok(Decoded::Request { request, consumed }) = decoded else { panic!("{decoded:?}") };
            assert_eq!((request.len(), consumed), (1, next.len()));
            assert_eq!(request.arg(0).and_then(Arg::text), Some(b"PING".as_slice()));
        }
    }
}

#[test]
fn a_request_of_ones_own() {
    let mut request = RequestBuf::new();
    request.push(b"SET");
    request.push_frame(&Frame::from("key"));
    request.push_frame(&Frame::from(vec![
        Frame::Null,
        Frame::NullArray,
        Frame::from(1.5),
        Frame::Set(vec![Frame::from(true)]),
        Frame::Map(vec![(Frame::from("k"), Frame::from(1i64))]),
    ]));
    request.push_frame(&Frame::Null);
    let mut bytes = Vec::new();
    request.encode(&mut bytes);
    let expected = "*4\r\n$3\r\nSET\r\n$3\r\nkey\r\n\
        *5\r\n$-1\r\n*-1\r\n,1.5\r\n~1\r\n#t\r\n%1\r\n$1\r\nk\r\n:1\r\n$-1\r\n";
    assert_eq!(String::from_utf8_lossy(&bytes), expected);

    let mut decoder = RequestDecoder::new(RequestSyntax::Native, Limits::DEFAULT);
    let decoded = decoder.decode(&bytes);
    let Ok(Decoded::Request { request: sent, consumed }) = decoded else { panic!("{decoded:?}") };
    assert_eq!((sent, consumed), (request.as_request(), bytes.len()));
    let copy = RequestBuf::from(sent);
    assert_eq!(copy.as_request(), sent);
    assert!(copy.memory() < bytes.len() + 4 * 8);
    assert!(sent.iter().rev().eq(copy.as_request().iter().collect::<Vec<_>>().into_iter().rev()));

    request.clear();
    assert!(request.as_request().is_empty());
    assert_eq!(request.as_request().arg(0), None);
}

#[test]
fn large_payloads_in_pieces() {
    let value = vec![b'\r'; 3 << 20];
    let request: RequestBuf = [b"SET".as_slice(), b"k", &value].into_iter().collect();
    let mut bytes = Vec::new();
    request.encode(&mut bytes);
    let outcome = decode_pieces(RequestSyntax::Redis, Limits::DEFAULT, bytes.chunks(16 << 10));
    assert_eq!(outcome.rest, 0);
    assert_eq!(outcome.requests[0][2].len(), 2 * value.len());
}
