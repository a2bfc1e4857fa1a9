//! CLIENT REPLY, NO-EVICT, NO-TOUCH, UNPAUSE: how the connection is treated

use std::sync::atomic::Ordering;

use kv_protocol::ReplyWriter;

use super::{LOOKS, SIMPLE};
use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::session::ReplyMode;
use crate::{Args, Ctx, Error};

const ON_OR_OFF: Arg = Arg::OneOf("enabled", &[Arg::Token("ON"), Arg::Token("OFF")]);

pub(super) static REPLY: Command = Command {
    name: "CLIENT REPLY",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Switches this connection's replies on or off, or skips the next one.",
    arity: Arity::Exactly(3),
    flags: SIMPLE.and(Flags::NO_MULTI),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::OneOf("action", &[Arg::Token("ON"), Arg::Token("OFF"), Arg::Token("SKIP")])],
    reply: Shape::Ok,
    examples: "> CLIENT REPLY OFF\n> PING\n> CLIENT REPLY ON\nOK",
    handler: Handler::Fn(reply),
};

pub(super) static NO_EVICT: Command = Command {
    name: "CLIENT NO-EVICT",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Marks the connection as one not to be given up when memory for clients is short.",
    arity: Arity::Exactly(3),
    flags: SIMPLE.and(Flags::ADMIN),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[ON_OR_OFF],
    reply: Shape::Ok,
    examples: "> CLIENT NO-EVICT ON\nOK",
    handler: Handler::Fn(no_evict),
};

pub(super) static NO_TOUCH: Command = Command {
    name: "CLIENT NO-TOUCH",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Lets this connection's reads leave the access times of keys alone, or not.",
    arity: Arity::Exactly(3),
    flags: SIMPLE,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[ON_OR_OFF],
    reply: Shape::Ok,
    examples: "> CLIENT NO-TOUCH ON\nOK",
    handler: Handler::Fn(no_touch),
};

pub(super) static UNPAUSE: Command = Command {
    name: "CLIENT UNPAUSE",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Lets paused clients go on; none is ever paused here.",
    arity: Arity::Exactly(2),
    flags: LOOKS.and(Flags::ADMIN),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Ok,
    examples: "> CLIENT UNPAUSE\nOK",
    handler: Handler::Fn(unpause),
};

fn reply(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    // Dispatch leaves out the replies: that of OFF and of SKIP itself, too.
    let mode = &mut ctx.session.reply;
    match args.one_of(&["ON", "OFF", "SKIP"]) {
        Some("ON") => *mode = ReplyMode::On,
        Some("OFF") => *mode = ReplyMode::Off,
        Some(_) if *mode == ReplyMode::Off => {}
        Some(_) => *mode = ReplyMode::SkipNext,
        None => return Err(Error::Syntax),
    }
    out.ok();
    Ok(())
}

fn no_evict(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    ctx.session.client.no_evict.store(on_or_off(args)?, Ordering::Relaxed);
    out.ok();
    Ok(())
}

fn no_touch(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    ctx.session.set_no_touch(on_or_off(args)?);
    out.ok();
    Ok(())
}

fn unpause(
    _ctx: &mut Ctx<'_>,
    _args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    out.ok();
    Ok(())
}

fn on_or_off(args: &mut Args<'_>) -> Result<bool, Error> {
    args.one_of(&["ON", "OFF"]).map(|word| word == "ON").ok_or(Error::Syntax)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn replies_off_until_on() {
        check(
            "
            > CLIENT REPLY OFF
            > PING 1
            > NOSUCH
            > CLIENT REPLY SKIP
            > CLIENT REPLY x
            > PING 2
            > HELLO 3
            > CLIENT REPLY ON
            OK
            > CLIENT REPLY ON
            OK
            > PING 3
            \"3\"
            ",
        );
    }

    #[test]
    fn one_reply_is_skipped() {
        check(
            "
            > CLIENT REPLY SKIP
            > PING 1
            > PING 2
            \"2\"
            > CLIENT REPLY SKIP
            > CLIENT REPLY SKIP
            > PING 1
            > PING 2
            \"2\"
            > CLIENT REPLY SKIP
            > CLIENT REPLY ON
            OK
            > CLIENT REPLY SKIP
            > NOSUCH
            > PING 2
            \"2\"
            > CLIENT REPLY SKIP
            > CLIENT REPLY OFF
            > PING 3
            > RESET
            RESET
            ",
        );
    }

    #[test]
    fn switches() {
        check(
            "
            > CLIENT REPLY maybe
            (error) ERR syntax error
            > CLIENT NO-EVICT maybe
            (error) ERR syntax error
            > CLIENT NO-TOUCH maybe
            (error) ERR syntax error
            > CLIENT NO-TOUCH on
            OK
            > CLIENT NO-EVICT on
            OK
            > CLIENT LIST ID 1
            \"id=1 addr= laddr= fd=0 name= age=0 idle=0 flags=eT …
            > CLIENT NO-TOUCH off
            OK
            > CLIENT NO-EVICT Off
            OK
            > CLIENT INFO
            \"id=1 addr= laddr= fd=0 name= age=0 idle=0 flags=N …
            ",
        );
    }
}
