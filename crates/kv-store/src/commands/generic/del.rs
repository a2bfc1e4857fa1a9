//! DEL, UNLINK, DELETE

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error, Event};

const KEYS: Keys = Keys::Range { first: 1, last: -1, step: 1, access: Access::Write };
const ARGS: &[Arg] = &[Arg::Multiple(&Arg::Key("key"))];

pub(crate) static DEL: Command = Command {
    name: "DEL",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(N) for N keys",
    summary: "Removes keys and tells how many there were.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE,
    keys: KEYS,
    log: Log::Verbatim,
    args: ARGS,
    reply: Shape::Int,
    examples: "> MSET a 1 b 2\nOK\n> DEL a b missing\n(integer) 2",
    handler: Handler::Fn(del),
};

/// Redis frees in the background what this removes. Here every command frees large values after its
/// locks are gone, so that nobody else waits for it, and the two are the same.
pub(crate) static UNLINK: Command = Command {
    name: "UNLINK",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(N) for N keys",
    summary: "Removes keys and tells how many there were; the same as DEL.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: KEYS,
    log: Log::Verbatim,
    args: ARGS,
    reply: Shape::Int,
    examples: "> SET a 1\nOK\n> UNLINK a missing\n(integer) 1",
    handler: Handler::Fn(del),
};

pub(crate) static DELETE: Command = Command {
    name: "DELETE",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(N) for N keys",
    summary: "Removes keys and tells how many there were; the native dialect's name of DEL.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE,
    keys: KEYS,
    log: Log::Verbatim,
    args: ARGS,
    reply: Shape::Int,
    examples: "> SET a 1\nOK\n> DELETE a\n(integer) 1\n> DELETE a\n(integer) 0",
    handler: Handler::Fn(del),
};

fn del(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let mut removed = 0;
    while !args.is_empty() {
        let key = args.key()?;
        removed += i64::from(ctx.remove(key, Event::DEL)?);
    }
    out.int(removed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, check_native};

    #[test]
    fn a_key_named_twice_is_removed_once() {
        check("> SET k v\nOK\n> DEL k k\n(integer) 1\n> GET k\n(nil)\n> DBSIZE\n(integer) 0");
    }

    #[test]
    fn an_expired_key_does_not_count() {
        check(
            "> SET k v PX 5\nOK\n> SET l v\nOK\n~ 6\n> UNLINK k l\n(integer) 1\n> DBSIZE\n(integer) 0",
        );
    }

    #[test]
    fn both_dialects_have_all_three() {
        check(
            "> DELETE k\n(integer) 0\n> DEL\n(error) ERR wrong number of arguments for 'del' command",
        );
        check_native(
            "> SET 7 v\n(integer) 1\n> DELETE 7 8\n(integer) 1
             > DELETE\n(error) ERR wrong number of arguments for 'delete' command",
        );
    }
}
