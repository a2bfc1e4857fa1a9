//! Requests from bytes, and the errors for bytes that are none.

use kv_protocol::{Arg, Decoded, Limits, ProtocolError, RequestDecoder, RequestSyntax};

/// What a whole stream decodes to: the requests, and the error that ends it.
#[derive(Debug, PartialEq)]
struct Outcome {
    requests: Vec<Vec<String>>,
    rest: usize,
    error: Option<ProtocolError>,
}

fn show(arg: Arg<'_>) -> String {
    match arg {
        Arg::Bytes(bytes) => bytes.escape_ascii().to_string(),
        Arg::Frame(frame) => format!("frame {}", frame.escape_ascii()),
    }
}

fn decode(syntax: RequestSyntax, limits: Limits, mut input: &[u8]) -> Outcome {
    let mut decoder = RequestDecoder::new(syntax, limits);
    let mut requests = Vec::new();
    let error = loop {
        match decoder.decode(input) {
            Ok(Decoded::Request { request, consumed }) => {
                requests.push(request.iter().map(show).collect());
                input = &input[consumed..];
            }
            Ok(Decoded::Empty { consumed }) => input = &input[consumed..],
            Ok(Decoded::Incomplete) => break None,
            Err(error) => break Some(error),
        }
    };
    Outcome { requests, rest: input.len(), error }
}

fn redis(input: &[u8]) -> Outcome {
    decode(RequestSyntax::Redis, Limits::DEFAULT, input)
}

#[test]
fn a_pipeline() {
    let outcome = redis(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING \"a b\"\r\n*0\r\n\r\n*1\r\n$4\r\nQU");
    assert_eq!(outcome.requests, [vec!["GET", "k"], vec!["PING", "a b"]]);
    assert_eq!((outcome.rest, outcome.error), (10, None));
}

#[test]
fn native_arguments() {
    let input =
        b"*5\r\n+SET\r\n:7\r\n%1\r\n+a\r\n*2\r\n_\r\n$-1\r\n$-1\r\n|1\r\n+k\r\n+v\r\n#t\r\n";
    let outcome = decode(RequestSyntax::Native, Limits::DEFAULT, input);
    assert_eq!(
        outcome.requests,
        [vec![
            r"frame +SET\r\n",
            r"frame :7\r\n",
            r"frame %1\r\n+a\r\n*2\r\n_\r\n$-1\r\n",
            r"frame $-1\r\n",
            r"frame |1\r\n+k\r\n+v\r\n#t\r\n",
        ]]
    );
}
