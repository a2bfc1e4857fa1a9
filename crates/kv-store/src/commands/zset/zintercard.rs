//! ZINTERCARD

use super::algebra;
use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Log, Shape};

pub(crate) static ZINTERCARD: Command = Command {
    name: "ZINTERCARD",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(N*K) for N elements in the smallest of K sets",
    summary: "Returns how many members several sorted sets or sets have in common; counting ends at a limit if one is given.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY,
    keys: algebra::READ,
    log: Log::Nothing,
    args: &[
        Arg::Int("numkeys"),
        Arg::Multiple(&Arg::Key("key")),
        Arg::Optional(&Arg::Option("LIMIT", &Arg::Int("limit"))),
    ],
    reply: Shape::Int,
    examples: "> ZADD a 1 x 2 y\n(integer) 2\n> ZADD b 5 y 6 x\n(integer) 2\n> ZINTERCARD 2 a b\n(integer) 2\n> ZINTERCARD 2 a b LIMIT 1\n(integer) 1",
    handler: Handler::Fn(|ctx, args, out| algebra::count_common(ctx, args, out, "zintercard")),
};
