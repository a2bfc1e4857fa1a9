//! Commands on keys of any type.

pub(super) mod copy;
pub(super) mod del;
pub(super) mod exists;
pub(super) mod expire;
pub(super) mod key_type;
pub(super) mod keys;
pub(super) mod r#move;
pub(super) mod object;
pub(super) mod persist;
pub(super) mod randomkey;
pub(super) mod rename;
pub(super) mod scan;
pub(super) mod touch;
pub(super) mod ttl;

#[cfg(test)]
pub(in crate::commands) mod testing {
    use kv_protocol::{Frame, Protocol, RequestBuf};

    use crate::Registry;
    use crate::testing::Stage;

    /// A native session on a store that holds these frames: a transcript cannot write them down.
    pub(in crate::commands) fn stage_with(frames: &[(&str, Frame)]) -> Stage {
        let mut stage = Stage::new(Protocol::Native, Registry::builtin());
        for (key, frame) in frames {
            let mut request = RequestBuf::from_iter(["SET", key]);
            request.push_frame(frame);
            let reply = stage.session.call_request(request.as_request());
            assert_eq!(reply, Some(Frame::Integer(1)));
        }
        stage
    }
}
