//! ZMPOP

use kv_protocol::ReplyWriter;
use kv_types::Kind;
use smallvec::SmallVec;

use super::listing::Scores;
use super::zpop::End;
use super::zset;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Key};

pub(crate) static ZMPOP: Command = Command {
    name: "ZMPOP",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(K) for K keys, and O(log(N)) for each element popped of a sorted set of N",
    summary: "Removes the elements with the lowest or the highest scores from the first sorted set that has any, and returns its key and them.",
    arity: Arity::AtLeast(4),
    flags: Flags::WRITE,
    keys: Keys::Counted { destination: None, count: 1, step: 1, access: Access::Write },
    log: Log::Verbatim,
    args: &[
        Arg::Int("numkeys"),
        Arg::Multiple(&Arg::Key("key")),
        Arg::OneOf("where", &[Arg::Token("MIN"), Arg::Token("MAX")]),
        Arg::Optional(&Arg::Option("COUNT", &Arg::Int("count"))),
    ],
    reply: Shape::OneOf(&[Shape::Array(&Shape::Any), Shape::Null]),
    examples: "> ZADD z 1 a 2 b\n(integer) 2\n> ZMPOP 2 missing z MIN\n1) \"z\"\n2) 1) 1) \"a\"\n      2) \"1\"",
    handler: Handler::Fn(zmpop),
};

fn zmpop(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let keys = args.positive("numkeys should be greater than 0")?;
    // The end must be said behind the keys.
    if keys >= args.remaining() {
        return Err(Error::Syntax);
    }
    let keys = (0..keys).map(|_| args.key()).collect::<Result<SmallVec<[Key<'_>; 4]>, _>>()?;
    let end = match args.one_of(&["MIN", "MAX"]) {
        Some("MIN") => End::Min,
        Some(_) => End::Max,
        None => return Err(Error::Syntax),
    };
    let mut count = 1;
    if args.remaining() > 1 && args.token("COUNT") {
        count = args.positive("count should be greater than 0")?;
    }
    args.finish()?;
    for key in keys {
        if zset(ctx, key)?.is_empty() {
            continue;
        }
        out.array(2);
        out.bulk(key.bytes());
        ctx.update_collection(key, Kind::Zset, Missing::Leave, |record, _| {
            Ok(((), end.pop(record, count, Scores::Nested, out)))
        })?;
        return Ok(());
    }
    out.null_array();
    Ok(())
}
