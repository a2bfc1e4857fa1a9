//! HGET

use kv_protocol::ReplyWriter;

use super::hash;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_found;
use crate::{Args, Ctx, Error};

pub(crate) static HGET: Command = Command {
    name: "HGET",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns the value of a field of the hash at a key.",
    arity: Arity::Exactly(3),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::String("field")],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null]),
    examples: "> HSET h a 1\n(integer) 1\n> HGET h a\n\"1\"\n> HGET h b\n(nil)",
    handler: Handler::Fn(hget),
};

fn hget(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, field) = (args.key()?, args.bytes()?);
    reply_found(hash(ctx, key)?.get(field), out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn fields_of_small_and_large_hashes() {
        let long = "x".repeat(100);
        check(&format!(
            "> HGET h a\n(nil)\n> HSET h a 1 1 b\n(integer) 2\n> HGET h a\n\"1\"\n> HGET h 1\n\"b\"\n> HGET h b\n(nil)
             > HSET h l {long}\n(integer) 1\n> HGET h a\n\"1\"\n> HGET h 1\n\"b\"\n> HGET h l\n\"{long}\"\n> HGET h b\n(nil)
             > SET s v\nOK\n> HGET s a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value"
        ));
    }

    #[test]
    fn a_field_ends_after_its_deadline() {
        check(
            "> HSETEX h PX 5 FIELDS 1 a 1\n(integer) 1\n> HSET h b 2\n(integer) 1\n~ 5\n> HGET h a\n\"1\"
             ~ 1\n> HGET h a\n(nil)\n> HGET h b\n\"2\"",
        );
    }
}
