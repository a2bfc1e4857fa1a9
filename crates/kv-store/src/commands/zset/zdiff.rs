//! ZDIFF and ZDIFFSTORE

use kv_protocol::ReplyWriter;

use super::algebra::{self, Operation};
use super::listing::ELEMENTS;
use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Log, Shape};
use crate::{Args, Ctx, Error, Event};

const COMPLEXITY: &str =
    "O(N*K)+O(M*log(M)) for N elements in the first of K sets and M in the result";

pub(crate) static ZDIFF: Command = Command {
    name: "ZDIFF",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns the members of the first of several sorted sets or sets that no other has.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY,
    keys: algebra::READ,
    log: Log::Nothing,
    args: &[
        Arg::Int("numkeys"),
        Arg::Multiple(&Arg::Key("key")),
        Arg::Optional(&Arg::Token("WITHSCORES")),
    ],
    reply: ELEMENTS,
    examples: "> ZADD a 1 x 2 y\n(integer) 2\n> ZADD b 5 y\n(integer) 1\n> ZDIFF 2 a b\n1) \"x\"",
    handler: Handler::Fn(|ctx, args, out| {
        algebra::answer(ctx, args, out, "zdiff", Operation::Difference)
    }),
};

pub(crate) static ZDIFFSTORE: Command = Command {
    name: "ZDIFFSTORE",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Puts the members of the first of several sorted sets or sets that no other has at a key, and returns their number.",
    arity: Arity::AtLeast(4),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: algebra::STORE,
    log: Log::Verbatim,
    args: &[Arg::Key("destination"), Arg::Int("numkeys"), Arg::Multiple(&Arg::Key("key"))],
    reply: Shape::Int,
    examples: "> ZADD a 1 x 2 y\n(integer) 2\n> ZADD b 5 y\n(integer) 1\n> ZDIFFSTORE c 2 a b\n(integer) 1\n> ZSCORE c x\n\"1\"",
    handler: Handler::Fn(zdiffstore),
};

fn zdiffstore(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    algebra::store(ctx, args, out, "zdiffstore", Operation::Difference, Event::ZDIFFSTORE)
}
