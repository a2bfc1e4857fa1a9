//! ZCARD

use kv_protocol::ReplyWriter;

use super::zset;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static ZCARD: Command = Command {
    name: "ZCARD",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns how many members the sorted set at a key has.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Int,
    examples: "> ZADD z 1 a 2 b\n(integer) 2\n> ZCARD z\n(integer) 2\n> ZCARD missing\n(integer) 0",
    handler: Handler::Fn(zcard),
};

fn zcard(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    out.int(zset(ctx, key)?.len() as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn wrong_keys() {
        check(
            "> SET k v\nOK\n> ZCARD k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
