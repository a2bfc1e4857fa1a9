//! HSTRLEN

use kv_protocol::ReplyWriter;
use kv_types::listpack::Value;

use super::hash;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static HSTRLEN: Command = Command {
    name: "HSTRLEN",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns the length in bytes of the value of a field of the hash at a key, 0 if there is no such field.",
    arity: Arity::Exactly(3),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::String("field")],
    reply: Shape::Int,
    examples: "> HSET h a hello b -12\n(integer) 2\n> HSTRLEN h a\n(integer) 5\n> HSTRLEN h b\n(integer) 3\n> HSTRLEN h x\n(integer) 0",
    handler: Handler::Fn(hstrlen),
};

fn hstrlen(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, field) = (args.key()?, args.bytes()?);
    out.int(hash(ctx, key)?.get(field).map_or(0, Value::text_len) as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn missing_and_wrong_keys() {
        check(
            "> HSTRLEN h a\n(integer) 0\n> HSET h a \"\"\n(integer) 1\n> HSTRLEN h a\n(integer) 0
             > SET s v\nOK\n> HSTRLEN s a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
