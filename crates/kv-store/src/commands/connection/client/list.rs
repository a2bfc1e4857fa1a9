//! CLIENT INFO, LIST

use kv_protocol::ReplyWriter;

use super::LOOKS;
use super::filter::{self, Filter};
use crate::command::{Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(super) static INFO: Command = Command {
    name: "CLIENT INFO",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells about this connection, in a line like those of CLIENT LIST.",
    arity: Arity::Exactly(2),
    flags: LOOKS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Verbatim,
    examples: "> CLIENT INFO\n\"id=1 …",
    handler: Handler::Fn(info),
};

pub(super) static LIST: Command = Command {
    name: "CLIENT LIST",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(N) where N is the number of connections",
    summary: "Tells about all connections, or those that every filter lets pass, in a line each.",
    arity: Arity::AtLeast(2),
    flags: LOOKS.and(Flags::ADMIN),
    keys: Keys::None,
    log: Log::Nothing,
    args: filter::ARGS,
    reply: Shape::Verbatim,
    examples: "> CLIENT LIST TYPE normal\n\"id=1 …\n> CLIENT LIST ID 7 8\n\"\"",
    handler: Handler::Fn(list),
};

fn info(ctx: &mut Ctx<'_>, _args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let session = &mut *ctx.session;
    session.publish(ctx.store);
    out.verbatim(b"txt", format!("{}\n", session.client.describe(session.now_us)).as_bytes());
    Ok(())
}

fn list(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let filter = Filter::read(args)?;
    let session = &mut *ctx.session;
    session.publish(ctx.store);
    let mut lines = String::new();
    for client in filter.select(ctx.store, session, false) {
        lines.push_str(&client.describe(session.now_us));
        lines.push('\n');
    }
    out.verbatim(b"txt", lines.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kv_protocol::{Frame, Protocol};

    use crate::testing::{Stage, check};
    use crate::{Peer, Registry};

    fn text(reply: Option<Frame>) -> String {
        reply.expect("a reply").as_str().expect("a text").to_owned()
    }

    #[test]
    fn a_line_has_the_fields_of_a_real_server_in_their_order() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        let names = "id addr laddr fd name age idle flags db sub psub ssub multi watch qbuf qbuf-free \
                     argv-mem multi-mem rbs rbp obl oll omem tot-mem events cmd user redir resp \
                     lib-name lib-ver tot-net-in tot-net-out tot-cmds";
        let line = text(stage.run("CLIENT INFO"));
        let found: Vec<&str> =
            line.split_whitespace().filter_map(|field| Some(field.split_once('=')?.0)).collect();
        assert_eq!(found, names.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn the_line_says_what_is() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        let peer = Peer { addr: "10.0.0.1:9".into(), laddr: "10.0.0.2:6379".into(), fd: 8 };
        let mut other = stage.store.connect(peer, Protocol::Resp3);
        other.count_io(70, 7);
        other.call(["CLIENT", "SETNAME", "other"]);
        other.call(["CLIENT", "NO-EVICT", "ON"]);
        other.call(["SELECT", "3"]);
        stage.clock.wind(Duration::from_millis(12_900));
        let line = text(stage.run("CLIENT LIST ID 2"));
        for field in [
            "id=2 addr=10.0.0.1:9 laddr=10.0.0.2:6379 fd=8 name=other age=12 idle=12 flags=e db=3 ",
            " cmd=select user=default redir=-1 resp=3 ",
            " tot-net-in=70 tot-net-out=7 tot-cmds=3\n",
        ] {
            assert!(line.contains(field), "{field} in {line}");
        }
        drop(other);
        assert_eq!(text(stage.run("CLIENT LIST ID 2")), "");
        let _idle = stage.store.session();
        assert!(text(stage.run("CLIENT LIST")).contains("cmd=NULL"));
    }

    #[test]
    fn filters() {
        check(
            "
            > CLIENT LIST TYPE pubsub
            \"\"
            > CLIENT LIST USER default ID 1
            \"id=1 …
            > CLIENT LIST SKIPME yes
            \"\"
            > CLIENT LIST MAXAGE 1
            \"\"
            ~ 1000
            > CLIENT LIST MAXAGE 1
            \"id=1 …
            > CLIENT LIST ADDR 1.2.3.4:5
            \"\"
            > CLIENT LIST LADDR 1.2.3.4:5
            \"\"
            > CLIENT LIST ID TYPE normal
            \"\"
            > CLIENT LIST ID
            (error) ERR syntax error
            > CLIENT LIST ID x
            (error) ERR syntax error
            > CLIENT LIST ID 1 0
            (error) ERR client-id should be greater than 0
            > CLIENT LIST TYPE foo
            (error) ERR Unknown client type 'foo'
            > CLIENT LIST USER nobody
            (error) ERR No such user 'nobody'
            > CLIENT LIST MAXAGE 0
            (error) ERR maxage should be greater than 0
            > CLIENT LIST MAXAGE x
            (error) ERR maxage is not an integer or out of range
            > CLIENT LIST SKIPME maybe
            (error) ERR syntax error
            > CLIENT LIST FOO bar
            (error) ERR syntax error
            ",
        );
    }
}
