//! PING, ECHO

use kv_protocol::ReplyWriter;

use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static PING: Command = Command {
    name: "PING",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Answers PONG, or the message that it was given.",
    arity: Arity::AtLeast(1),
    flags: Flags::FAST,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Optional(&Arg::String("message"))],
    reply: Shape::OneOf(&[Shape::Simple, Shape::Bulk]),
    examples: "> PING\nPONG\n> PING hello\n\"hello\"",
    handler: Handler::Fn(ping),
};

pub(crate) static ECHO: Command = Command {
    name: "ECHO",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Answers the message that it was given.",
    arity: Arity::Exactly(2),
    flags: Flags::LOADING.and(Flags::STALE).and(Flags::FAST),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::String("message")],
    reply: Shape::Bulk,
    examples: "> ECHO hello\n\"hello\"",
    handler: Handler::Fn(echo),
};

fn ping(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    match args.remaining() {
        0 => out.simple("PONG"),
        1 => return echo(ctx, args, out),
        _ => return Err(Error::Arity("ping".into())),
    }
    Ok(())
}

fn echo(_ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    out.bulk(args.bytes()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, check_native};

    #[test]
    fn messages_come_back() {
        let transcript = "
            > ping
            PONG
            > PING \"\"
            \"\"
            > ECHO \"a\\x00\\r\\n\"
            \"a\\x00\\r\\n\"
            > PING a b
            (error) ERR wrong number of arguments for 'ping' command
            > ECHO
            (error) ERR wrong number of arguments for 'echo' command
        ";
        check(transcript);
        check_native(transcript);
    }
}
