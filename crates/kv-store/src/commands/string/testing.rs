//! What the tests of these commands share.

use kv_protocol::{Frame, Protocol, RequestBuf};

use crate::Registry;
use crate::testing::Stage;

/// Runs requests of frames on a fresh store, in the native dialect, and returns the replies.
pub(in crate::commands) fn native<const N: usize>(requests: [Vec<Frame>; N]) -> [Frame; N] {
    let mut stage = Stage::new(Protocol::Native, Registry::builtin());
    requests.map(|frames| {
        let mut request = RequestBuf::new();
        frames.iter().for_each(|frame| request.push_frame(frame));
        stage.session.call_request(request.as_request()).expect("every request is answered")
    })
}
