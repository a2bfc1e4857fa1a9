//! ZINTER and ZINTERSTORE

use kv_protocol::ReplyWriter;

use super::algebra::{self, AGGREGATE, Operation, WEIGHTS};
use super::listing::ELEMENTS;
use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Log, Shape};
use crate::{Args, Ctx, Error, Event};

const COMPLEXITY: &str =
    "O(N*K)+O(M*log(M)) for N elements in the smallest of K sets and M in the result";

pub(crate) static ZINTER: Command = Command {
    name: "ZINTER",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns the members that several sorted sets or sets have in common; scores are weighted and aggregated.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY,
    keys: algebra::READ,
    log: Log::Nothing,
    args: &[
        Arg::Int("numkeys"),
        Arg::Multiple(&Arg::Key("key")),
        WEIGHTS,
        AGGREGATE,
        Arg::Optional(&Arg::Token("WITHSCORES")),
    ],
    reply: ELEMENTS,
    examples: "> ZADD a 1 x 2 y\n(integer) 2\n> ZADD b 5 y\n(integer) 1\n> ZINTER 2 a b WITHSCORES\n1) \"y\"\n2) \"7\"",
    handler: Handler::Fn(|ctx, args, out| {
        algebra::answer(ctx, args, out, "zinter", Operation::Intersection)
    }),
};

pub(crate) static ZINTERSTORE: Command = Command {
    name: "ZINTERSTORE",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Puts the members that several sorted sets or sets have in common at a key, with weighted and aggregated scores, and returns their number.",
    arity: Arity::AtLeast(4),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: algebra::STORE,
    log: Log::Verbatim,
    args: &[
        Arg::Key("destination"),
        Arg::Int("numkeys"),
        Arg::Multiple(&Arg::Key("key")),
        WEIGHTS,
        AGGREGATE,
    ],
    reply: Shape::Int,
    examples: "> ZADD a 1 x 2 y\n(integer) 2\n> SADD b y z\n(integer) 2\n> ZINTERSTORE c 2 a b WEIGHTS 1 10\n(integer) 1\n> ZSCORE c y\n\"12\"",
    handler: Handler::Fn(zinterstore),
};

fn zinterstore(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    algebra::store(ctx, args, out, "zinterstore", Operation::Intersection, Event::ZINTERSTORE)
}
