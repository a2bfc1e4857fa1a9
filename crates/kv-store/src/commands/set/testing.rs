//! What the tests of set commands share.

use std::collections::BTreeSet;

use kv_protocol::{Frame, Protocol};

use crate::Registry;
use crate::testing::Stage;

fn stage_after(commands: &[String]) -> Stage {
    let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
    for command in commands {
        let reply = stage.run(command);
        assert!(!matches!(reply, Some(Frame::Error(_))), "{command}: {reply:?}");
    }
    stage
}

fn text(frame: &Frame) -> String {
    String::from_utf8_lossy(frame.as_bytes().expect("a string")).into_owned()
}

/// How the set at `s` is held after these commands, in Redis's words.
pub(super) fn encoding_after(commands: &[String]) -> String {
    text(&stage_after(commands).run("OBJECT ENCODING s").expect("a reply"))
}

/// The members that `command` answers after these commands, as a set and each once.
pub(super) fn members(commands: &[String], command: &str) -> BTreeSet<String> {
    let Some(Frame::Set(members)) = stage_after(commands).run(command) else {
        panic!("{command} answers a set")
    };
    let unique: BTreeSet<String> = members.iter().map(text).collect();
    assert_eq!(unique.len(), members.len(), "{members:?}");
    unique
}
