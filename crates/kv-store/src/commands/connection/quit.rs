//! QUIT, RESET

use std::sync::atomic::Ordering;

use kv_protocol::ReplyWriter;

use crate::command::{Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::session::ReplyMode;
use crate::{Args, Ctx, Error};

pub(crate) static QUIT: Command = Command {
    name: "QUIT",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Ends the connection when everything it has asked for is answered.",
    arity: Arity::AtLeast(1),
    flags: super::ALWAYS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Ok,
    examples: "> QUIT\nOK",
    handler: Handler::Fn(quit),
};

pub(crate) static RESET: Command = Command {
    name: "RESET",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns the connection to the state and the dialect it began in.",
    arity: Arity::Exactly(1),
    flags: super::ALWAYS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Simple,
    examples: "> SELECT 1\nOK\n> RESET\nRESET",
    handler: Handler::Fn(reset),
};

fn quit(ctx: &mut Ctx<'_>, _args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    ctx.session.closing = true;
    out.ok();
    Ok(())
}

fn reset(ctx: &mut Ctx<'_>, _args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let session = &mut *ctx.session;
    session.select(0);
    session.speak(session.home, out);
    // A reply that is to be skipped stays so, this one's too.
    if session.reply == ReplyMode::Off {
        session.reply = ReplyMode::On;
    }
    session.set_no_touch(false);
    session.client.no_evict.store(false, Ordering::Relaxed);
    session.client.texts.lock().name.clear();
    out.simple("RESET");
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Protocol;

    use crate::Registry;
    use crate::testing::Stage;

    #[test]
    fn quit_ends_the_session() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        assert!(!stage.session.is_closing());
        stage.play("> QUIT now\nOK");
        assert!(stage.session.is_closing());
    }

    #[test]
    fn reset_forgets_all_but_the_library() {
        let mut stage = Stage::new(Protocol::Native, Registry::builtin());
        stage.play(
            "
            > HELLO 3 SETNAME me
            …
            > SELECT 2
            OK
            > CLIENT SETINFO LIB-NAME lib
            OK
            > CLIENT NO-TOUCH ON
            OK
            > CLIENT NO-EVICT ON
            OK
            > CLIENT REPLY OFF
            > PING
            > RESET
            RESET
            > CLIENT INFO
            \"id=1 addr= laddr= fd=0 name= age=0 idle=0 flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 watch=0 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=0 events=r cmd=client|info user=default redir=-1 resp=2 lib-name=lib lib-ver= tot-net-in=0 tot-net-out=0 tot-cmds=9\\n\"
            > SET k v
            (integer) 1
            > RESET now
            (error) ERR wrong number of arguments for 'reset' command
            > CLIENT REPLY SKIP
            > RESET
            > SET k v
            (integer) 1
            ",
        );
        assert_eq!(stage.session.protocol(), Protocol::Native);
    }
}
