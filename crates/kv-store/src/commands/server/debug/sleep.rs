//! DEBUG SLEEP

use std::time::Duration;

use kv_protocol::ReplyWriter;

use crate::command::{Arg, Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

/// Longest sleep, in seconds: a longer one is cut to this.
const LONGEST: f64 = 3600.0;

pub(super) static SLEEP: Command = Command {
    name: "DEBUG SLEEP",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Stops the thread that serves this client for some seconds, at most an hour.",
    arity: Arity::Exactly(3),
    flags: super::FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Float("seconds")],
    reply: Shape::Ok,
    examples: "> SET k v EX 2\nOK\n> DEBUG SLEEP 1.5\nOK\n> PTTL k\n(integer) 500",
    handler: Handler::Fn(sleep),
};

fn sleep(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let seconds = args.float()?.clamp(0.0, LONGEST);
    ctx.store.clock.sleep(Duration::from_secs_f64(seconds));
    // What comes after it in the same batch of requests sees that time has passed.
    ctx.session.set_time(ctx.store.clock.now_us());
    out.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol, ReplyWriter, RequestBuf, Tree};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn odd_lengths() {
        check(
            "> SET k v EX 3600\nOK\n> DEBUG SLEEP -1\nOK\n> DEBUG SLEEP x\n(error) ERR value is not a valid float
             > TTL k\n(integer) 3600\n> DEBUG SLEEP inf\nOK\n> TTL k\n(integer) 0",
        );
    }

    #[test]
    fn time_passes_within_a_batch() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        let mut tree = Tree::new();
        let mut out = ReplyWriter::tree(&mut tree, Protocol::Resp2);
        stage.session.begin_batch();
        for line in ["SET k v EX 5", "DEBUG SLEEP 1", "TTL k"] {
            let request: RequestBuf = line.split(' ').collect();
            stage.session.execute(request.as_request(), &mut out);
        }
        stage.session.end_batch();
        assert_eq!(tree.into_frames().pop(), Some(Frame::Integer(4)));
    }
}
