//! CLIENT KILL

use kv_protocol::ReplyWriter;

use super::LOOKS;
use super::filter::{self, Filter};
use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(super) static KILL: Command = Command {
    name: "CLIENT KILL",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(N) where N is the number of connections",
    summary: "Ends the connection from an address, or those that every filter lets pass.",
    arity: Arity::AtLeast(3),
    flags: LOOKS.and(Flags::ADMIN),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::OneOf("target", &[Arg::String("ip:port"), Arg::Block("filters", filter::ARGS)])],
    reply: Shape::OneOf(&[Shape::Ok, Shape::Int]),
    examples: "> CLIENT KILL ID 7\n(integer) 0\n> CLIENT KILL 10.0.0.1:5000\n(error) ERR No such client",
    handler: Handler::Fn(kill),
};

fn kill(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    if args.remaining() == 1 {
        // The old form: an address alone, which may be the caller's own.
        let filter = Filter::from_address(args.bytes()?);
        return match end(ctx, &filter, false) {
            0 => Err(Error::new("No such client")),
            _ => {
                out.ok();
                Ok(())
            }
        };
    }
    let filter = Filter::read(args)?;
    out.int(end(ctx, &filter, true));
    Ok(())
}

/// Ends the clients meant, the caller after its reply; how many they are.
fn end(ctx: &mut Ctx<'_>, filter: &Filter<'_>, skip_me: bool) -> i64 {
    let clients = filter.select(ctx.store, ctx.session, skip_me);
    for client in &clients {
        if client.id == ctx.session.client.id {
            ctx.session.closing = true;
        } else {
            client.kill();
        }
    }
    clients.len() as i64
}

#[cfg(test)]
mod tests {
    use kv_protocol::Protocol;

    use crate::testing::Stage;
    use crate::{Peer, Registry, Session};

    fn stage() -> (Stage, Session) {
        let stage = Stage::new(Protocol::Resp2, Registry::builtin());
        let peer = Peer { addr: "10.0.0.1:9".into(), laddr: "10.0.0.2:6379".into(), fd: 8 };
        let other = stage.store.connect(peer, Protocol::Resp2);
        (stage, other)
    }

    #[test]
    fn an_address_alone() {
        let (mut stage, other) = stage();
        stage.play("> CLIENT KILL 10.0.0.1:8\n(error) ERR No such client");
        stage.play(
            "> CLIENT KILL 10.0.0.1:9\nOK\n> CLIENT KILL 10.0.0.1:9\n(error) ERR No such client",
        );
        assert!(other.client().is_killed());
    }

    #[test]
    fn by_filters() {
        for filter in ["ID 1 2", "ID 1 ID 2", "LADDR 10.0.0.2:6379", "TYPE normal", "SKIPME yes"] {
            let (mut stage, other) = stage();
            stage.play(&format!(
                "> CLIENT KILL TYPE pubsub\n(integer) 0\n> CLIENT KILL {filter}\n(integer) 1"
            ));
            assert!(other.client().is_killed(), "{filter}");
            assert!(!stage.session.is_closing(), "{filter} spares the caller");
        }
    }

    #[test]
    fn the_caller_itself_is_answered_first() {
        let (mut stage, other) = stage();
        stage.play("> CLIENT KILL ID 1 SKIPME no\n(integer) 1");
        assert!(stage.session.is_closing());
        assert!(!other.client().is_killed());
    }

    #[test]
    fn a_word_alone_is_an_address() {
        let (mut stage, _other) = stage();
        stage.play("> CLIENT KILL ID\n(error) ERR No such client\n> CLIENT KILL ID 1 x\n(error) ERR syntax error");
        stage
            .play("> CLIENT KILL\n(error) ERR wrong number of arguments for 'client|kill' command");
    }
}
