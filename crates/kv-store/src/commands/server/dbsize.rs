//! DBSIZE

use kv_protocol::ReplyWriter;

use crate::command::{Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static DBSIZE: Command = Command {
    name: "DBSIZE",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells how many keys the database holds; one that has just ended may still count.",
    arity: Arity::Exactly(1),
    flags: Flags::READONLY.and(Flags::FAST).and(Flags::KEYSPACE),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Int,
    examples: "> DBSIZE\n(integer) 0\n> MSET a 1 b 2\nOK\n> DBSIZE\n(integer) 2",
    handler: Handler::Fn(dbsize),
};

fn dbsize(ctx: &mut Ctx<'_>, _: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    out.int(ctx.store.keyspace.totals(ctx.session.db).keys as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Protocol;

    use crate::Registry;
    use crate::testing::Stage;

    #[test]
    fn a_key_counts_until_it_is_removed() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        stage.play(
            "> SET a 1 PX 5\nOK\n> SET b 1 PX 5\nOK\n> SELECT 1\nOK\n> DBSIZE\n(integer) 0
             > SELECT 0\nOK\n~ 6\n> DBSIZE\n(integer) 2\n> GET a\n(nil)\n> DBSIZE\n(integer) 1",
        );
        assert_eq!(stage.store.sweep(), 1);
        stage.play("> DBSIZE\n(integer) 0");
    }
}
