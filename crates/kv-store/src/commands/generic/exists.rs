//! EXISTS

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static EXISTS: Command = Command {
    name: "EXISTS",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(N) for N keys",
    summary: "Tells how many of the keys exist; one that is named twice counts twice.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::Range { first: 1, last: -1, step: 1, access: Access::Read },
    log: Log::Nothing,
    args: &[Arg::Multiple(&Arg::Key("key"))],
    reply: Shape::Int,
    examples: "> SET k v\nOK\n> EXISTS k missing k\n(integer) 2",
    handler: Handler::Fn(exists),
};

fn exists(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let mut found = 0;
    while !args.is_empty() {
        let key = args.key()?;
        found += i64::from(ctx.look(key).is_some());
    }
    out.int(found);
    Ok(())
}

#[cfg(test)]
mod tests {

    use kv_protocol::Protocol;

    use crate::testing::{Stage, check};
    use crate::{Count, Registry};

    #[test]
    fn it_counts_hits_and_misses() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        stage.play("> SET k v\nOK\n> EXISTS k missing k\n(integer) 2");
        let stats = stage.store.stats();
        assert_eq!((stats.get(Count::Hits), stats.get(Count::Misses)), (2, 1));
    }

    #[test]
    fn an_expired_key_does_not_exist() {
        check(
            "> SET k v PX 5\nOK\n~ 5\n> EXISTS k\n(integer) 1\n~ 1\n> EXISTS k\n(integer) 0
             > EXISTS\n(error) ERR wrong number of arguments for 'exists' command",
        );
    }
}
