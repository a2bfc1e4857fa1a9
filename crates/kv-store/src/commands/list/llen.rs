//! LLEN

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static LLEN: Command = Command {
    name: "LLEN",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns how many elements the list at a key has.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Int,
    examples: "> RPUSH l a b\n(integer) 2\n> LLEN l\n(integer) 2\n> LLEN missing\n(integer) 0",
    handler: Handler::Fn(llen),
};

fn llen(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let list = super::list(ctx, args.key()?)?;
    out.int(list.map_or(0, |list| list.len()) as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn other_types_are_refused() {
        check(
            "> SET k v\nOK\n> LLEN k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
