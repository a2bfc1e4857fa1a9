//! Counts the work of the decoders in tests, so that "never rescans" is a number, not a claim.
//! Outside tests the counter compiles to nothing.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Adds `bytes` looked at (or elements walked) to this thread's count.
#[inline]
pub(crate) fn count(bytes: usize) {
    #[cfg(test)]
    STEPS.with(|steps| steps.set(steps.get() + bytes));
    #[cfg(not(test))]
    let _ = bytes;
}

/// The count since the last call.
#[cfg(test)]
pub(crate) fn take() -> usize {
    STEPS.with(std::cell::Cell::take)
}

#[cfg(test)]
mod tests {
    use super::take;
    use crate::{Decoded, FrameDecoder, Limits, RequestDecoder, RequestSyntax};
    use bytes::BytesMut;

    const MIB: usize = 1 << 20;
    const LIMITS: Limits = Limits { max_inline: 2 * MIB, ..Limits::DEFAULT };

    /// Feeds a request one byte at a time: the steps it takes.
    fn trickle_request(bytes: &[u8]) -> usize {
        let mut decoder = RequestDecoder::new(RequestSyntax::Native, LIMITS);
        take();
        for len in 0..bytes.len() {
            assert!(matches!(decoder.decode(&bytes[..len]), Ok(Decoded::Incomplete)), "{len}");
        }
        let whole = decoder.decode(bytes);
        let Ok(Decoded::Request { consumed, .. }) = whole else { panic!("{whole:?}") };
        assert_eq!(consumed, bytes.len());
        take()
    }

    /// Feeds a frame one byte at a time: the steps it takes.
    fn trickle_frame(bytes: &[u8]) -> usize {
        let mut decoder = FrameDecoder::new(LIMITS);
        let mut buf = BytesMut::with_capacity(bytes.len());
        take();
        for (i, byte) in bytes.iter().enumerate() {
            assert!(decoder.decode(&mut buf).expect("well-formed so far").is_none(), "{i}");
            buf.extend_from_slice(&[*byte]);
        }
        assert!(decoder.decode(&mut buf).expect("well-formed").is_some());
        take()
    }

    fn nested(levels: usize, width: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..levels {
            bytes.extend_from_slice(format!("*{width}\r\n").as_bytes());
            bytes.extend_from_slice(&b":123456\r\n".repeat(width - 1));
        }
        bytes.extend_from_slice(b"_\r\n");
        bytes
    }

    /// At most a few looks at every byte: one while it comes, one for a whole request (a second
    /// parse builds a frame), and the call itself.
    fn assert_linear(steps: usize, bytes: usize) {
        assert!(steps <= 4 * bytes, "{steps} steps for {bytes} bytes");
    }

    #[test]
    fn a_long_line_is_searched_once() {
        let line = [b"PING ".as_slice(), &vec![b'a'; MIB], b"\r\n"].concat();
        assert_linear(trickle_request(&line), line.len());
        let line = [b"+".as_slice(), &vec![b'a'; MIB], b"\r\n"].concat();
        assert_linear(trickle_frame(&line), line.len());
        let request = [b"*1\r\n".as_slice(), &line].concat();
        assert_linear(trickle_request(&request), request.len());
    }

    #[test]
    fn a_long_payload_is_not_looked_at() {
        let bulk = [b"$1048576\r\n".as_slice(), &vec![b'\r'; MIB], b"\r\n"].concat();
        let request = [b"*2\r\n$3\r\nGET\r\n".as_slice(), &bulk].concat();
        assert_linear(trickle_request(&request), request.len());
        assert_linear(trickle_frame(&bulk), bulk.len());
    }

    #[test]
    fn nesting_is_not_walked_again() {
        let frame = nested(100, 1200);
        assert!(frame.len() > MIB);
        assert_linear(trickle_frame(&frame), frame.len());
        let request = [b"*2\r\n".as_slice(), &frame, b":1\r\n"].concat();
        assert_linear(trickle_request(&request), request.len());
    }
}
