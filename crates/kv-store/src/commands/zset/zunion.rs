//! ZUNION and ZUNIONSTORE

use kv_protocol::ReplyWriter;

use super::algebra::{self, AGGREGATE, Operation, WEIGHTS};
use super::listing::ELEMENTS;
use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Log, Shape};
use crate::{Args, Ctx, Error, Event};

const COMPLEXITY: &str = "O(N)+O(M*log(M)) for N elements in all sets and M in the result";

pub(crate) static ZUNION: Command = Command {
    name: "ZUNION",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns the members of any of several sorted sets or sets; scores are weighted and aggregated.",
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
    examples: "> ZADD a 1 x 2 y\n(integer) 2\n> ZADD b 5 y\n(integer) 1\n> ZUNION 2 a b WEIGHTS 2 1 WITHSCORES\n1) \"x\"\n2) \"2\"\n3) \"y\"\n4) \"9\"",
    handler: Handler::Fn(|ctx, args, out| {
        algebra::answer(ctx, args, out, "zunion", Operation::Union)
    }),
};

pub(crate) static ZUNIONSTORE: Command = Command {
    name: "ZUNIONSTORE",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Puts the members of any of several sorted sets or sets at a key, with weighted and aggregated scores, and returns their number.",
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
    examples: "> ZADD a 1 x 2 y\n(integer) 2\n> ZADD b 5 y\n(integer) 1\n> ZUNIONSTORE c 2 a b AGGREGATE MAX\n(integer) 2\n> ZSCORE c y\n\"5\"",
    handler: Handler::Fn(zunionstore),
};

fn zunionstore(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    algebra::store(ctx, args, out, "zunionstore", Operation::Union, Event::ZUNIONSTORE)
}
