//! PERSIST

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error, Event};

pub(crate) static PERSIST: Command = Command {
    name: "PERSIST",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Takes away a key's time to live; 1 if it had one, 0 if not.",
    arity: Arity::Exactly(2),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key")],
    reply: Shape::Int,
    examples: "> SET k v EX 60\nOK\n> PERSIST k\n(integer) 1\n> TTL k\n(integer) -1",
    handler: Handler::Fn(persist),
};

fn persist(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let ends = matches!(ctx.deadline(key), Some(Some(_)));
    if ends {
        ctx.set_deadline(key, None, Event::PERSIST)?;
    }
    out.int(i64::from(ends));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn only_what_would_end_is_made_to_stay() {
        check(
            "> PERSIST missing\n(integer) 0\n> SET k v\nOK\n> PERSIST k\n(integer) 0
             > PEXPIRE k 5\n(integer) 1\n> PERSIST k\n(integer) 1\n~ 6\n> GET k\n\"v\"
             > PEXPIRE k 5\n(integer) 1\n~ 6\n> PERSIST k\n(integer) 0\n> EXISTS k\n(integer) 0",
        );
    }
}
