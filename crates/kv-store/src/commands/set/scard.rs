//! SCARD

use kv_protocol::ReplyWriter;

use super::set;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static SCARD: Command = Command {
    name: "SCARD",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns how many members the set at a key has; 0 if there is no key.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Int,
    examples: "> SADD s a b\n(integer) 2\n> SCARD s\n(integer) 2\n> SCARD missing\n(integer) 0",
    handler: Handler::Fn(scard),
};

fn scard(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    out.int(set(ctx, key)?.len() as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn members_whose_time_is_over_do_not_count() {
        check(
            "> SADD s a b\n(integer) 2\n> SADDEX s 1 c\n(integer) 1\n> SCARD s\n(integer) 3
             ~ 1001\n> SCARD s\n(integer) 2
             > SET k v\nOK\n> SCARD k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
