//! LINDEX

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_element;
use crate::{Args, Ctx, Error};

pub(crate) static LINDEX: Command = Command {
    name: "LINDEX",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements between it and the nearer end, hundreds at a step",
    summary: "Returns an element of the list at a key by its number, from the end if that is negative.",
    arity: Arity::Exactly(3),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Int("index")],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null]),
    examples: "> RPUSH l a b c\n(integer) 3\n> LINDEX l 0\n\"a\"\n> LINDEX l -1\n\"c\"\n> LINDEX l 3\n(nil)",
    handler: Handler::Fn(lindex),
};

/// The number is not looked at where there is no list: so it is in Redis.
fn lindex(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, mut index) = (args.key()?, *args);
    match super::list(ctx, key)? {
        None => out.null(),
        Some(list) => match super::position(index.int()?, list.len()).and_then(|at| list.get(at)) {
            Some(element) => reply_element(element, out),
            None => out.null(),
        },
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn numbers_from_either_end() {
        check(
            "> RPUSH l 1 b 3\n(integer) 3\n> LINDEX l 1\n\"b\"\n> LINDEX l -3\n\"1\"\n> LINDEX l -4\n(nil)
             > LINDEX l 9223372036854775807\n(nil)\n> LINDEX l -9223372036854775808\n(nil)
             > LINDEX l x\n(error) ERR value is not an integer or out of range\n> LINDEX missing x\n(nil)
             > SET k v\nOK\n> LINDEX k x\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
