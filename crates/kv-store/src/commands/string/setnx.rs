//! SETNX

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Deadline, Error, Event};

pub(crate) static SETNX: Command = Command {
    name: "SETNX",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Sets the value at a key if the key does not exist. SET with NX does the same.",
    arity: Arity::Exactly(3),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Value("value")],
    reply: Shape::Int,
    examples: "> SETNX k 1\n(integer) 1\n> SETNX k 2\n(integer) 0\n> GET k\n\"1\"",
    handler: Handler::Fn(setnx),
};

fn setnx(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, value) = (args.key()?, args.value()?);
    let free = !ctx.exists(key);
    if free {
        ctx.put(key, value, Deadline::Clear, Event::SET)?;
    }
    out.int(i64::from(free));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn a_key_that_has_expired_is_free() {
        check(
            "> SET k 1 PX 5\nOK\n> SETNX k 2\n(integer) 0\n~ 6\n> SETNX k 2\n(integer) 1
             ~ 1000\n> GET k\n\"2\"",
        );
    }
}
