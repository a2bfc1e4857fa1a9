//! FLUSH, FLUSHDB, FLUSHALL

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

const FLAGS: Flags = Flags::WRITE.and(Flags::DANGEROUS).and(Flags::KEYSPACE);
const ARGS: &[Arg] =
    &[Arg::Optional(&Arg::OneOf("flush-type", &[Arg::Token("ASYNC"), Arg::Token("SYNC")]))];

pub(crate) static FLUSH: Command = Command {
    name: "FLUSH",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) for N keys in the database",
    summary: "Removes every key of the database and tells how many there were.",
    arity: Arity::Exactly(1),
    flags: FLAGS,
    keys: Keys::Database(Access::Write),
    log: Log::Verbatim,
    args: &[],
    reply: Shape::Int,
    examples: "> MSET a 1 b 2\nOK\n> FLUSH\n(integer) 2\n> FLUSH\n(integer) 0",
    handler: Handler::Fn(flush),
};

pub(crate) static FLUSHDB: Command = Command {
    name: "FLUSHDB",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) for N keys in the database",
    summary: "Removes every key of the database.",
    arity: Arity::AtLeast(1),
    flags: FLAGS,
    keys: Keys::Database(Access::Write),
    log: Log::Verbatim,
    args: ARGS,
    reply: Shape::Ok,
    examples: "> SET k v\nOK\n> FLUSHDB\nOK\n> DBSIZE\n(integer) 0",
    handler: Handler::Fn(clear),
};

pub(crate) static FLUSHALL: Command = Command {
    name: "FLUSHALL",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) for N keys in all databases",
    summary: "Removes every key of every database.",
    arity: Arity::AtLeast(1),
    flags: FLAGS,
    keys: Keys::Everything(Access::Write),
    log: Log::Verbatim,
    args: ARGS,
    reply: Shape::Ok,
    examples: "> SET k v\nOK\n> FLUSHALL ASYNC\nOK\n> DBSIZE\n(integer) 0",
    handler: Handler::Fn(clear),
};

fn flush(ctx: &mut Ctx<'_>, _: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let removed = ctx.view.clear(true, false)?;
    out.int(removed as i64);
    Ok(())
}

/// Clears what the command has locked. Either way the memory is freed after the locks are gone; with
/// `SYNC` the client waits for it.
fn clear(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let how = args.one_of(&["ASYNC", "SYNC"]);
    args.finish()?;
    ctx.view.clear(false, how == Some("SYNC"))?;
    out.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, check_native};

    #[test]
    fn one_database_or_all() {
        check(
            "> SET a 1\nOK\n> SELECT 1\nOK\n> MSET a 1 b 2\nOK\n> FLUSH\n(integer) 2
             > SET a 1\nOK\n> FLUSHDB sync\nOK\n> KEYS *\n(empty array)\n> SELECT 0\nOK\n> DBSIZE\n(integer) 1
             > FLUSHALL\nOK\n> DBSIZE\n(integer) 0\n> GET a\n(nil)",
        );
        check_native("> SET a 1\n(integer) 1\n> FLUSH\n(integer) 1\n> DBSIZE\n(integer) 0");
    }

    #[test]
    fn an_expired_key_is_not_counted() {
        check("> SET a 1 PX 5\nOK\n> SET b 1 PX 6\nOK\n> SET c 1\nOK\n~ 6\n> FLUSH\n(integer) 2");
    }

    #[test]
    fn a_flushed_database_is_as_new() {
        check(
            "> SET a 1 PX 5\nOK\n> FLUSHALL\nOK\n> SET a 2\nOK\n~ 6\n> GET a\n\"2\"\n> DBSIZE\n(integer) 1",
        );
    }

    #[test]
    fn errors_change_nothing() {
        check(
            "> SET a 1\nOK\n> FLUSHALL FOO\n(error) ERR syntax error\n> FLUSHDB ASYNC SYNC
             (error) ERR syntax error\n> FLUSH x\n(error) ERR wrong number of arguments for 'flush' command
             > DBSIZE\n(integer) 1",
        );
    }
}
