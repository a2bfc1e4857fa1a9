//! ZSCORE and ZMSCORE

use kv_protocol::ReplyWriter;

use super::zset;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static ZSCORE: Command = Command {
    name: "ZSCORE",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns the score of a member of the sorted set at a key.",
    arity: Arity::Exactly(3),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::String("member")],
    reply: Shape::OneOf(&[Shape::Double, Shape::Null]),
    examples: "> ZADD z 1.5 a\n(integer) 1\n> ZSCORE z a\n\"1.5\"\n> ZSCORE z b\n(nil)",
    handler: Handler::Fn(zscore),
};

pub(crate) static ZMSCORE: Command = Command {
    name: "ZMSCORE",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(N) for N members given",
    summary: "Returns the scores of members of the sorted set at a key, a null for each that is not there.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Multiple(&Arg::String("member"))],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Double, Shape::Null])),
    examples: "> ZADD z 1.5 a\n(integer) 1\n> ZMSCORE z a b\n1) \"1.5\"\n2) (nil)",
    handler: Handler::Fn(zmscore),
};

fn zscore(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, member) = (args.key()?, args.bytes()?);
    reply_score(zset(ctx, key)?.score(member), out);
    Ok(())
}

fn zmscore(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let zset = zset(ctx, key)?;
    out.array(args.remaining());
    while !args.is_empty() {
        reply_score(zset.score(args.bytes()?), out);
    }
    Ok(())
}

fn reply_score(score: Option<f64>, out: &mut ReplyWriter<'_>) {
    match score {
        Some(score) => out.double(score),
        None => out.null(),
    }
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn what_is_missing_and_wrong() {
        check(
            "> ZSCORE missing a\n(nil)\n> ZMSCORE missing a b\n1) (nil)\n2) (nil)
             > SET k v\nOK\n> ZSCORE k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > ZMSCORE k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn resp3_has_doubles() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        stage.run("ZADD z inf a");
        assert_eq!(stage.run("ZSCORE z a"), Some(Frame::Double(f64::INFINITY)));
        assert_eq!(stage.run("ZMSCORE z b"), Some(Frame::Array(vec![Frame::Null])));
    }
}
