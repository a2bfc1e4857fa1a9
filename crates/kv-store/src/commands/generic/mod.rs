//! Commands on keys of any type.

pub(super) mod copy;
pub(super) mod del;
pub(super) mod dump;
pub(super) mod exists;
pub(super) mod expire;
pub(super) mod fieldttl;
pub(super) mod key_type;
pub(super) mod keys;
pub(super) mod r#move;
pub(super) mod object;
pub(super) mod persist;
pub(super) mod randomkey;
pub(super) mod rename;
pub(super) mod restore;
pub(super) mod scan;
pub(super) mod sort;
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

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;

    #[test]
    fn every_change_is_announced() {
        check_events(&[
            ("SET a 1", "0 a set"),
            ("EXPIRE a 9", "0 a expire"),
            ("PERSIST a", "0 a persist"),
            ("PERSIST a", ""),
            ("RENAME a b", "0 a rename_from, 0 b rename_to"),
            ("RENAME b b", ""),
            ("COPY b c", "0 c copy_to"),
            ("COPY b c", ""),
            ("MOVE c 1", "0 c move_from, 1 c move_to"),
            ("TOUCH b", ""),
            ("SET e 1 EX 9", "0 e set, 0 e expire"),
            ("DEL e", "0 e del"),
            ("SWAPDB 3 2", "2 3 swapped"),
            ("SELECT 5", ""),
            ("FLUSHDB", "5 flushed"),
            ("SELECT 0", ""),
            ("EXPIRE b -1", "0 b del"),
            ("SET d 1 PX 5", "0 d set, 0 d expire"),
            ("SET e 1", "0 e set"),
            ("~ 6", ""),
            ("RENAME e d", "0 e rename_from, 0 d expired, 0 d rename_to"),
            ("DEL d missing", "0 d del"),
        ]);
    }
}
