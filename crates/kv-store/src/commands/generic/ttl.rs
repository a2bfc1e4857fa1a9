//! TTL, PTTL, EXPIRETIME, PEXPIRETIME

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry::{Unit, told};
use crate::{Args, Ctx, Error};

const FLAGS: Flags = Flags::READONLY.and(Flags::FAST);

pub(crate) static TTL: Command = Command {
    name: "TTL",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells in how many seconds a key ends: -1 if it stays, -2 if there is no key.",
    arity: Arity::Exactly(2),
    flags: FLAGS,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Int,
    examples: "> SET k v EX 60\nOK\n> TTL k\n(integer) 60\n> TTL missing\n(integer) -2",
    handler: Handler::Fn(|ctx, args, out| ttl(ctx, args, out, Unit::Seconds)),
};

pub(crate) static PTTL: Command = Command {
    name: "PTTL",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells in how many milliseconds a key ends: -1 if it stays, -2 if there is no key.",
    arity: Arity::Exactly(2),
    flags: FLAGS,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Int,
    examples: "> SET k v PX 1500\nOK\n> PTTL k\n(integer) 1500\n> SET k v\nOK\n> PTTL k\n(integer) -1",
    handler: Handler::Fn(|ctx, args, out| ttl(ctx, args, out, Unit::Millis)),
};

pub(crate) static EXPIRETIME: Command = Command {
    name: "EXPIRETIME",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells the Unix second at which a key ends: -1 if it stays, -2 if there is no key.",
    arity: Arity::Exactly(2),
    flags: FLAGS,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Int,
    examples: "> SET k v EXAT 33177117420\nOK\n> EXPIRETIME k\n(integer) 33177117420",
    handler: Handler::Fn(|ctx, args, out| ttl(ctx, args, out, Unit::UnixSeconds)),
};

pub(crate) static PEXPIRETIME: Command = Command {
    name: "PEXPIRETIME",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells the Unix millisecond at which a key ends: -1 if it stays, -2 if there is no key.",
    arity: Arity::Exactly(2),
    flags: FLAGS,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Int,
    examples: "> SET k v PXAT 33177117420000\nOK\n> PEXPIRETIME k\n(integer) 33177117420000",
    handler: Handler::Fn(|ctx, args, out| ttl(ctx, args, out, Unit::UnixMillis)),
};

fn ttl(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    unit: Unit,
) -> Result<(), Error> {
    let key = args.key()?;
    let now = ctx.now();
    let deadline = ctx.look(key).map(|record| record.deadline());
    out.int(told(deadline, now, unit));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn seconds_are_rounded_and_milliseconds_exact() {
        check(
            "> SET k v PX 1500\nOK\n> TTL k\n(integer) 2\n> EXPIRETIME k\n(integer) 1700000002
             ~ 1\n> TTL k\n(integer) 1\n> PTTL k\n(integer) 1499\n> PEXPIRETIME k\n(integer) 1700000001500
             ~ 1499\n> PTTL k\n(integer) 0\n~ 1\n> PTTL k\n(integer) -2\n> TTL k\n(integer) -2",
        );
    }

    #[test]
    fn missing_and_staying_keys() {
        for command in ["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"] {
            check(&format!(
                "> {command} k\n(integer) -2\n> SET k v\nOK\n> {command} k\n(integer) -1"
            ));
        }
    }

    #[test]
    fn the_farthest_deadline() {
        check(
            "> SET k v PXAT 9223372036854775807\nOK\n> PEXPIRETIME k\n(integer) 9223372036854775807
             > EXPIRETIME k\n(integer) 9223372036854776\n> TTL k\n(integer) 9223370336854776",
        );
    }
}
