//! HLEN

use kv_protocol::ReplyWriter;

use super::hash;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static HLEN: Command = Command {
    name: "HLEN",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns how many fields the hash at a key has.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Int,
    examples: "> HSET h a 1 b 2\n(integer) 2\n> HLEN h\n(integer) 2\n> HLEN missing\n(integer) 0",
    handler: Handler::Fn(hlen),
};

fn hlen(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    out.int(hash(ctx, key)?.len() as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn a_field_that_is_over_is_not_counted() {
        check(
            "> HSETEX h PX 5 FIELDS 2 a 1 b 2\n(integer) 1\n> HSET h c 3\n(integer) 1\n> HLEN h\n(integer) 3
             ~ 6\n> HLEN h\n(integer) 1\n> SET s v\nOK\n> HLEN s\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
