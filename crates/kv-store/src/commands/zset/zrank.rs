//! ZRANK and ZREVRANK

use kv_protocol::ReplyWriter;

use super::zset;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

const FLAGS: Flags = Flags::READONLY.and(Flags::FAST);
const ARGS: &[Arg] =
    &[Arg::Key("key"), Arg::String("member"), Arg::Optional(&Arg::Token("WITHSCORE"))];
const REPLY: Shape = Shape::OneOf(&[
    Shape::Int,
    Shape::Null,
    Shape::Array(&Shape::OneOf(&[Shape::Int, Shape::Double])),
]);

pub(crate) static ZRANK: Command = Command {
    name: "ZRANK",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(log(N)) in a sorted set of N",
    summary: "Returns how many elements of the sorted set at a key are in front of a member, and its score if that is asked for.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: ARGS,
    reply: REPLY,
    examples: "> ZADD z 1 a 2 b\n(integer) 2\n> ZRANK z b\n(integer) 1\n> ZRANK z b WITHSCORE\n1) (integer) 1\n2) \"2\"",
    handler: Handler::Fn(|ctx, args, out| rank(ctx, args, out, "zrank", false)),
};

pub(crate) static ZREVRANK: Command = Command {
    name: "ZREVRANK",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(log(N)) in a sorted set of N",
    summary: "Returns how many elements of the sorted set at a key are behind a member, and its score if that is asked for.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: ARGS,
    reply: REPLY,
    examples: "> ZADD z 1 a 2 b\n(integer) 2\n> ZREVRANK z b\n(integer) 0\n> ZREVRANK z missing\n(nil)",
    handler: Handler::Fn(|ctx, args, out| rank(ctx, args, out, "zrevrank", true)),
};

fn rank(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    name: &'static str,
    reverse: bool,
) -> Result<(), Error> {
    let (key, member) = (args.key()?, args.bytes()?);
    if args.remaining() > 1 {
        return Err(Error::Arity(name.into()));
    }
    let with_score = args.token("WITHSCORE");
    args.finish()?;
    let zset = zset(ctx, key)?;
    match zset.rank(member) {
        None if with_score => out.null_array(),
        None => out.null(),
        Some((rank, score)) => {
            let rank = if reverse { zset.len() - 1 - rank } else { rank };
            if with_score {
                out.array(2);
            }
            out.int(rank as i64);
            if with_score {
                out.double(score);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Protocol;

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn ranks_of_small_and_large_sets() {
        for count in [50, 500] {
            let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
            for n in 0..count {
                stage.run(&format!("ZADD z {} m{n:03}", n / 3));
            }
            let last = count - 11;
            stage.play(&format!(
                "> ZRANK z m010\n(integer) 10\n> ZREVRANK z m010 WITHSCORE\n1) (integer) {last}\n2) \"3\"\n> ZRANK z x\n(nil)",
            ));
        }
    }

    #[test]
    fn errors_in_redis_order() {
        check(
            "> ZRANK missing a\n(nil)\n> ZRANK missing a withscore\n(nil)\n> ZRANK z a foo\n(error) ERR syntax error
             > ZRANK z a withscore x\n(error) ERR wrong number of arguments for 'zrank' command
             > ZREVRANK z a x y\n(error) ERR wrong number of arguments for 'zrevrank' command
             > SET k v\nOK\n> ZRANK k a x\n(error) ERR syntax error
             > ZREVRANK k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
