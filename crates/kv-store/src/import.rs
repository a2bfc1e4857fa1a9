//! Running again what another server has logged, command by command.

use std::sync::Arc;

use kv_protocol::{Frame, ReplyWriter, Request, Tree};

use crate::{Session, Store};

/// Runs the commands of another server's log, before anybody else uses the store.
///
/// Nothing ends while they run, as in the server that has logged them: what had ended there was removed by
/// commands of its own. (Here it would be by the time of this day. A key would be missing where a command
/// counts on it, and stay for ever where that makes it anew.) So the store must not be
/// [swept](Store::sweep) meanwhile.
pub struct Importer {
    session: Session,
    now_us: u64,
}

/// The access clock counts so many seconds, and then begins anew.
const ROUND: u64 = 1 << 24;

impl Store {
    /// What runs another server's commands.
    pub fn importer(self: &Arc<Self>) -> Importer {
        // A time long ago, at which the access clock stands as it does today.
        let now_us = self.clock.now_us() % (ROUND * 1_000_000);
        let mut session = self.session();
        session.trust();
        Importer { session, now_us }
    }
}

impl Importer {
    /// Runs a request.
    ///
    /// # Errors
    /// The text of the error that it is answered with.
    pub fn run(&mut self, request: Request<'_>) -> Result<(), Vec<u8>> {
        let mut tree = Tree::new();
        self.session.begin_batch_at(self.now_us);
        self.session.execute(request, &mut ReplyWriter::tree(&mut tree, self.session.protocol()));
        self.session.end_batch();
        match tree.into_frame() {
            Some(Frame::Error(text)) => Err(text.to_vec()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kv_protocol::{Protocol, RequestBuf};

    use super::*;
    use crate::Registry;
    use crate::testing::{START, Stage};

    fn run(importer: &mut Importer, line: &str) -> Result<(), String> {
        let mut request = RequestBuf::new();
        line.split(' ').for_each(|word| request.push(word.as_bytes()));
        importer
            .run(request.as_request())
            .map_err(|text| String::from_utf8_lossy(&text).into_owned())
    }

    #[test]
    fn nothing_ends_while_commands_are_run() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        let mut importer = stage.store.importer();
        let past = START - 1000;
        for line in [&format!("SET k 1 PXAT {past}"), "INCR k", "SELECT 2", "SET l v"] {
            assert_eq!(run(&mut importer, line), Ok(()));
        }
        // It has ended since, and is not there without an end.
        assert_eq!(stage.store.sweep(), 1);
        stage.play("> EXISTS k\n(integer) 0\n> SELECT 2\nOK\n> GET l\n\"v\"");
        stage.play("> OBJECT IDLETIME l\n(integer) 0");
        stage.clock.wind(Duration::from_secs(5));
        assert_eq!(stage.session.call(["OBJECT", "IDLETIME", "l"]), Frame::Integer(5));
    }

    #[test]
    fn errors_are_passed_on() {
        let stage = Stage::new(Protocol::Resp2, Registry::builtin());
        let mut importer = stage.store.importer();
        let refused = run(&mut importer, "INCR k v").expect_err("too many arguments");
        assert!(refused.starts_with("ERR wrong number of arguments"), "{refused}");
    }
}
