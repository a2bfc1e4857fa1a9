//! LPUSH, RPUSH, LPUSHX, RPUSHX

use kv_protocol::ReplyWriter;
use kv_types::list::End;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error};

const FLAGS: Flags = Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST);
const ARGS: &[Arg] = &[Arg::Key("key"), Arg::Multiple(&Arg::String("element"))];

pub(crate) static LPUSH: Command = Command {
    name: "LPUSH",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements",
    summary: "Adds elements to the front of the list at a key, which is made if it is missing, and returns its length.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: ARGS,
    reply: Shape::Int,
    examples: "> LPUSH l a b\n(integer) 2\n> LRANGE l 0 -1\n1) \"b\"\n2) \"a\"",
    handler: Handler::Fn(|ctx, args, out| push(ctx, args, out, End::Front, Missing::Create)),
};

pub(crate) static RPUSH: Command = Command {
    name: "RPUSH",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements",
    summary: "Adds elements to the end of the list at a key, which is made if it is missing, and returns its length.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: ARGS,
    reply: Shape::Int,
    examples: "> RPUSH l a b\n(integer) 2\n> LRANGE l 0 -1\n1) \"a\"\n2) \"b\"",
    handler: Handler::Fn(|ctx, args, out| push(ctx, args, out, End::Back, Missing::Create)),
};

pub(crate) static LPUSHX: Command = Command {
    name: "LPUSHX",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements",
    summary: "Adds elements to the front of the list at a key, if there is one, and returns its length.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: ARGS,
    reply: Shape::Int,
    examples: "> LPUSHX l a\n(integer) 0\n> LPUSH l a\n(integer) 1\n> LPUSHX l b\n(integer) 2",
    handler: Handler::Fn(|ctx, args, out| push(ctx, args, out, End::Front, Missing::Leave)),
};

pub(crate) static RPUSHX: Command = Command {
    name: "RPUSHX",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements",
    summary: "Adds elements to the end of the list at a key, if there is one, and returns its length.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: ARGS,
    reply: Shape::Int,
    examples: "> RPUSHX l a\n(integer) 0\n> RPUSH l a\n(integer) 1\n> RPUSHX l b\n(integer) 2",
    handler: Handler::Fn(|ctx, args, out| push(ctx, args, out, End::Back, Missing::Leave)),
};

fn push(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    end: End,
    missing: Missing,
) -> Result<(), Error> {
    let key = args.key()?;
    // Of one, as it mostly is, no list is made.
    let len = match args.remaining() {
        1 => super::push(ctx, key, end, missing, &[args.bytes()?])?,
        _ => super::push(ctx, key, end, missing, &args.texts()?)?,
    };
    out.int(len.unwrap_or(0) as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn both_ends_and_every_form() {
        let long = "x".repeat(9000);
        check(&format!(
            "> LPUSH l b a\n(integer) 2\n> RPUSH l c d\n(integer) 4\n> LRANGE l 0 -1\n1) \"a\"\n2) \"b\"\n3) \"c\"\n4) \"d\"
             > OBJECT ENCODING l\n\"listpack\"\n> RPUSH l {long}\n(integer) 5\n> OBJECT ENCODING l\n\"quicklist\"
             > LINDEX l 3\n\"d\"\n> LINDEX l -1\n\"{long}\"\n> LPUSH l z\n(integer) 6\n> LINDEX l 0\n\"z\""
        ));
    }

    #[test]
    fn the_time_to_live_stays() {
        check(
            "> RPUSH l a\n(integer) 1\n> PEXPIRE l 5\n(integer) 1\n> LPUSH l b\n(integer) 2\n> PTTL l\n(integer) 5\n~ 6\n> RPUSH l c\n(integer) 1",
        );
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> LPUSH k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > RPUSHX k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > LPUSH l\n(error) ERR wrong number of arguments for 'lpush' command\n> EXISTS l\n(integer) 0",
        );
    }
}
