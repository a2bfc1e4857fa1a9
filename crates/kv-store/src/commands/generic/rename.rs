//! RENAME, RENAMENX

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error, Event};

const KEYS: Keys = Keys::Range { first: 1, last: 2, step: 1, access: Access::Write };
const ARGS: &[Arg] = &[Arg::Key("key"), Arg::Key("newkey")];

pub(crate) static RENAME: Command = Command {
    name: "RENAME",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Gives a key another name, in place of a key that has that name already.",
    arity: Arity::Exactly(3),
    flags: Flags::WRITE,
    keys: KEYS,
    log: Log::Verbatim,
    args: ARGS,
    reply: Shape::Ok,
    examples: "> SET a 1\nOK\n> RENAME a b\nOK\n> GET b\n\"1\"\n> RENAME a b\n(error) ERR no such key",
    handler: Handler::Fn(rename),
};

pub(crate) static RENAMENX: Command = Command {
    name: "RENAMENX",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Gives a key another name unless there is a key of that name; 1 if it did, 0 if not.",
    arity: Arity::Exactly(3),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: KEYS,
    log: Log::Verbatim,
    args: ARGS,
    reply: Shape::Int,
    examples: "> MSET a 1 b 2\nOK\n> RENAMENX a b\n(integer) 0\n> RENAMENX a c\n(integer) 1",
    handler: Handler::Fn(renamenx),
};

fn rename(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    move_name(ctx, args, true)?;
    out.ok();
    Ok(())
}

fn renamenx(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let renamed = move_name(ctx, args, false)?;
    out.int(i64::from(renamed));
    Ok(())
}

/// Renames a key, over another one only if `replace`; whether anything has changed.
fn move_name(ctx: &mut Ctx<'_>, args: &mut Args<'_>, replace: bool) -> Result<bool, Error> {
    let (from, to) = (args.key()?, args.key()?);
    let record = ctx.peek(from).ok_or(Error::NoSuchKey)?;
    if from.bytes() == to.bytes() || !replace && ctx.exists(to) {
        return Ok(false);
    }
    let record = record.with_key(to.bytes());
    ctx.remove(from, Event::RENAME_FROM)?;
    ctx.view.put_record(to, record, Event::RENAME_TO)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn a_name_that_is_taken() {
        check(
            "> MSET a 1 b 2\nOK\n> RENAMENX a b\n(integer) 0\n> GET a\n\"1\"\n> RENAME a b\nOK
             > GET b\n\"1\"\n> DBSIZE\n(integer) 1",
        );
    }

    #[test]
    fn the_deadline_goes_along() {
        check(
            "> SET a 1 PX 5\nOK\n> SET b 2 EX 10\nOK\n> RENAME a b\nOK\n> PTTL b\n(integer) 5
             > SET a 1\nOK\n> RENAME a b\nOK\n> PTTL b\n(integer) -1",
        );
    }

    #[test]
    fn the_same_name_twice() {
        check(
            "> RENAME k k\n(error) ERR no such key\n> RENAMENX k k\n(error) ERR no such key
             > SET k v\nOK\n> RENAME k k\nOK\n> RENAMENX k k\n(integer) 0\n> GET k\n\"v\"",
        );
    }

    #[test]
    fn expired_keys_are_missing_and_their_names_free() {
        check(
            "> SET a 1 PX 5\nOK\n> SET b 2\nOK\n~ 6\n> RENAME a c\n(error) ERR no such key
             > SET a 1 PX 5\nOK\n~ 6\n> RENAMENX b a\n(integer) 1\n> GET a\n\"2\"\n> DBSIZE\n(integer) 1",
        );
    }
}
