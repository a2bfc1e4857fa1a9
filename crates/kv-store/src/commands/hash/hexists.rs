//! HEXISTS

use kv_protocol::ReplyWriter;

use super::hash;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static HEXISTS: Command = Command {
    name: "HEXISTS",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells whether the hash at a key has a field: 1 or 0.",
    arity: Arity::Exactly(3),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::String("field")],
    reply: Shape::Int,
    examples: "> HSET h a 1\n(integer) 1\n> HEXISTS h a\n(integer) 1\n> HEXISTS h b\n(integer) 0",
    handler: Handler::Fn(hexists),
};

fn hexists(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, field) = (args.key()?, args.bytes()?);
    out.int(i64::from(hash(ctx, key)?.contains(field)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn missing_and_wrong_keys_and_fields_that_are_over() {
        check(
            "> HEXISTS h a\n(integer) 0\n> HSETEX h PX 5 FIELDS 1 a 1\n(integer) 1\n> HSET h b 2\n(integer) 1
             > HEXISTS h a\n(integer) 1\n~ 6\n> HEXISTS h a\n(integer) 0\n> HEXISTS h b\n(integer) 1
             > SET s v\nOK\n> HEXISTS s a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
