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

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn the_first_key_that_has_elements() {
        check(
            "> ZADD a 1 x 2 y 3 z\n(integer) 3\n> ZMPOP 2 missing a MAX COUNT 2\n1) \"a\"\n2) 1) 1) \"z\"\n2) \"3\"\n2) 1) \"y\"\n2) \"2\"
             > ZMPOP 1 missing MIN\n(nil)\n> SET k v\nOK\n> ZMPOP 2 a k MIN\n1) \"a\"\n2) 1) 1) \"x\"\n2) \"1\"
             > ZMPOP 2 a k MIN\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn resp3_has_doubles() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        stage.run("ZADD z 1 a");
        let pair = Frame::Array(vec!["a".into(), Frame::Double(1.0)]);
        let expected = Frame::Array(vec!["z".into(), Frame::Array(vec![pair])]);
        assert_eq!(stage.run("ZMPOP 1 z MIN"), Some(expected));
        assert_eq!(stage.run("ZMPOP 1 z MIN"), Some(Frame::Null));
    }

    #[test]
    fn errors() {
        check(
            "> ZMPOP 0 z MIN\n(error) ERR numkeys should be greater than 0\n> ZMPOP x z MIN\n(error) ERR numkeys should be greater than 0
             > ZMPOP 2 z MIN\n(error) ERR syntax error\n> ZMPOP 1 z MID\n(error) ERR syntax error
             > ZMPOP 1 z MIN COUNT\n(error) ERR syntax error\n> ZMPOP 1 z MIN COUNT 0\n(error) ERR count should be greater than 0
             > ZMPOP 1 z MIN COUNT 1 COUNT 1\n(error) ERR syntax error\n> ZMPOP 1 z\n(error) ERR wrong number of arguments for 'zmpop' command",
        );
    }
}
