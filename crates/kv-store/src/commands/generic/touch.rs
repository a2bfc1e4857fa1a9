//! TOUCH

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static TOUCH: Command = Command {
    name: "TOUCH",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(N) for N keys",
    summary: "Makes now the time of the keys' last access and tells how many of them exist.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::Range { first: 1, last: -1, step: 1, access: Access::Read },
    log: Log::Nothing,
    args: &[Arg::Multiple(&Arg::Key("key"))],
    reply: Shape::Int,
    examples: "> MSET a 1 b 2\nOK\n> TOUCH a b missing\n(integer) 2",
    handler: Handler::Fn(touch),
};

/// Not by [`Ctx::read`]: this command touches even for a client that has asked for `NO-TOUCH`.
fn touch(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let clock = ctx.view.clock();
    let mut touched = 0;
    while !args.is_empty() {
        let key = args.key()?;
        if let Some(record) = ctx.look(key) {
            record.touch(clock);
            touched += 1;
        }
    }
    out.int(touched);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn a_touched_key_is_not_idle() {
        check(
            "> SET k v EX 10\nOK\n~ 5000\n> OBJECT IDLETIME k\n(integer) 5\n> TOUCH k k\n(integer) 2
             > OBJECT IDLETIME k\n(integer) 0\n~ 5001\n> TOUCH k\n(integer) 0",
        );
    }

    #[test]
    fn it_touches_for_those_who_otherwise_do_not() {
        check(
            "> SET k v\nOK\n> CLIENT NO-TOUCH ON\nOK\n~ 5000\n> GET k\n\"v\"
             > OBJECT IDLETIME k\n(integer) 5\n> TOUCH k\n(integer) 1\n> OBJECT IDLETIME k\n(integer) 0",
        );
    }
}
