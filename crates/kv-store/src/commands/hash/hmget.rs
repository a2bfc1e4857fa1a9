//! HMGET

use kv_protocol::ReplyWriter;

use super::hash;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_found;
use crate::{Args, Ctx, Error};

pub(crate) static HMGET: Command = Command {
    name: "HMGET",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Returns the values of fields of the hash at a key, each or a null.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Multiple(&Arg::String("field"))],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Null])),
    examples: "> HSET h a 1 b 2\n(integer) 2\n> HMGET h b x a\n1) \"2\"\n2) (nil)\n3) \"1\"",
    handler: Handler::Fn(hmget),
};

fn hmget(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, fields) = (args.key()?, args.texts()?);
    let hash = hash(ctx, key)?;
    out.array(fields.len());
    fields.iter().for_each(|field| reply_found(hash.get(field), out));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn missing_and_wrong_keys() {
        check(
            "> HMGET h a b\n1) (nil)\n2) (nil)\n> SET s v\nOK\n> HMGET s a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > HSET h a 1\n(integer) 1\n> HMGET h a a\n1) \"1\"\n2) \"1\"",
        );
    }
}
