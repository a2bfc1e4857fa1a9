//! HELLO

use kv_protocol::{Protocol, ReplyWriter};
use kv_types::integer;

use super::auth::authenticate;
use super::client::name::printable;
use crate::command::{Arg, Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::info::REDIS_VERSION;
use crate::{Args, Ctx, Error};

pub(crate) static HELLO: Command = Command {
    name: "HELLO",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Moves the connection to the Redis dialect, in RESP2 or RESP3, and tells about the server.",
    arity: Arity::AtLeast(1),
    flags: super::ALWAYS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Optional(&Arg::Block(
        "arguments",
        &[
            Arg::Int("protover"),
            Arg::Optional(&Arg::Option(
                "AUTH",
                &Arg::Block("auth", &[Arg::String("username"), Arg::String("password")]),
            )),
            Arg::Optional(&Arg::Option("SETNAME", &Arg::String("clientname"))),
        ],
    ))],
    reply: Shape::Map,
    examples: "> HELLO 3\n1# \"server\" => \"redis\"\n2# \"version\" => …\n3# \"proto\" => (integer) 3\n…\n> HELLO 4\n(error) NOPROTO unsupported protocol version",
    handler: Handler::Fn(hello),
};

struct Greeting<'a> {
    protocol: Option<Protocol>,
    auth: Option<(&'a [u8], &'a [u8])>,
    name: Option<&'a str>,
}

fn hello(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let greeting = greeting(args)?;
    if let Some((user, password)) = greeting.auth {
        authenticate(user, password)?;
    }
    if let Some(name) = greeting.name {
        ctx.session.client.texts.lock().name = name.to_owned();
    }
    let protocol = match (greeting.protocol, ctx.session.protocol) {
        (Some(asked), _) => asked,
        (None, Protocol::Native) => Protocol::Resp2,
        (None, now) => now,
    };
    ctx.session.speak(protocol, out);
    out.map(7);
    for (name, text) in [("server", "redis"), ("version", REDIS_VERSION)] {
        out.bulk(name.as_bytes());
        out.bulk(text.as_bytes());
    }
    out.bulk(b"proto");
    out.int(if protocol == Protocol::Resp3 { 3 } else { 2 });
    out.bulk(b"id");
    out.int(ctx.session.client.id as i64);
    for (name, text) in [("mode", "standalone"), ("role", "master")] {
        out.bulk(name.as_bytes());
        out.bulk(text.as_bytes());
    }
    out.bulk(b"modules");
    out.array(0);
    Ok(())
}

fn greeting<'a>(args: &mut Args<'a>) -> Result<Greeting<'a>, Error> {
    let protocol = if args.is_empty() { None } else { Some(version(args.bytes()?)?) };
    let mut greeting = Greeting { protocol, auth: None, name: None };
    while !args.is_empty() {
        if args.remaining() > 2 && args.token("AUTH") {
            greeting.auth = Some((args.bytes()?, args.bytes()?));
        } else if args.remaining() > 1 && args.token("SETNAME") {
            greeting.name = Some(printable(args.bytes()?, "Client names")?);
        } else {
            return Err(Error::quoting("Syntax error in HELLO option '", args.bytes()?, "'"));
        }
    }
    Ok(greeting)
}

fn version(text: &[u8]) -> Result<Protocol, Error> {
    match integer::parse(text) {
        Some(2) => Ok(Protocol::Resp2),
        Some(3) => Ok(Protocol::Resp3),
        Some(_) => Err(Error::coded("NOPROTO", "unsupported protocol version")),
        None => Err(Error::new("Protocol version is not an integer or out of range")),
    }
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol, RequestSyntax};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn the_reply_is_a_map_in_the_protocol_asked_for() {
        let mut stage = Stage::new(Protocol::Native, Registry::builtin());
        assert_eq!(stage.session.syntax(), RequestSyntax::Native);
        let Some(Frame::Array(flat)) = stage.run("HELLO") else { panic!("RESP2 is flat") };
        assert_eq!(stage.session.protocol(), Protocol::Resp2);
        assert_eq!(stage.session.syntax(), RequestSyntax::Redis);
        let names: Vec<_> = flat.iter().step_by(2).filter_map(Frame::as_str).collect();
        assert_eq!(names, ["server", "version", "proto", "id", "mode", "role", "modules"]);
        let Some(Frame::Map(pairs)) = stage.run("HELLO 3") else { panic!("RESP3 has maps") };
        assert_eq!(pairs[2], (Frame::from("proto"), Frame::Integer(3)));
        assert!(matches!(stage.run("HELLO"), Some(Frame::Map(_))), "without a version it stays");
        stage.play("> RESET\nRESET\n> SET k v\n(integer) 1");
    }

    #[test]
    fn what_is_wrong_changes_nothing() {
        check(
            "
            > HELLO x
            (error) ERR Protocol version is not an integer or out of range
            > HELLO 1
            (error) NOPROTO unsupported protocol version
            > HELLO 3 x
            (error) ERR Syntax error in HELLO option 'x'
            > HELLO 3 AUTH default
            (error) ERR Syntax error in HELLO option 'AUTH'
            > HELLO 3 SETNAME
            (error) ERR Syntax error in HELLO option 'SETNAME'
            > HELLO 3 SETNAME \"a b\"
            (error) ERR Client names cannot contain spaces, newlines or special characters.
            > HELLO 3 SETNAME me AUTH nobody x
            (error) WRONGPASS invalid username-password pair or user is disabled.
            > CLIENT GETNAME
            (nil)
            > HELLO 2 AUTH default x SETNAME me
            …
            > CLIENT GETNAME
            \"me\"
            ",
        );
    }
}
