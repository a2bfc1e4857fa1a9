//! EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT

use kv_protocol::ReplyWriter;
use kv_types::integer;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry::{CONDITION, Condition, Unit, deadline};
use crate::{Args, Ctx, Error, Event};

const FLAGS: Flags = Flags::WRITE.and(Flags::FAST);

pub(crate) static EXPIRE: Command = Command {
    name: "EXPIRE",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Lets a key end after some seconds; if they are none or fewer, it is removed at once.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("seconds"), CONDITION],
    reply: Shape::Int,
    examples: "> SET k v\nOK\n> EXPIRE k 60\n(integer) 1\n> EXPIRE k 30 GT\n(integer) 0\n> TTL k\n(integer) 60",
    handler: Handler::Fn(|ctx, args, out| expire(ctx, args, out, Unit::Seconds, "expire")),
};

pub(crate) static PEXPIRE: Command = Command {
    name: "PEXPIRE",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Lets a key end after some milliseconds; if they are none or fewer, it is removed at once.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("milliseconds"), CONDITION],
    reply: Shape::Int,
    examples: "> SET k v\nOK\n> PEXPIRE k 1500\n(integer) 1\n> PTTL k\n(integer) 1500",
    handler: Handler::Fn(|ctx, args, out| expire(ctx, args, out, Unit::Millis, "pexpire")),
};

pub(crate) static EXPIREAT: Command = Command {
    name: "EXPIREAT",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Lets a key end at a Unix time in seconds; if that is past, it is removed at once.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::UnixTime("unix-time-seconds"), CONDITION],
    reply: Shape::Int,
    examples: "> SET k v\nOK\n> EXPIREAT k 33177117420\n(integer) 1\n> EXPIRETIME k\n(integer) 33177117420",
    handler: Handler::Fn(|ctx, args, out| expire(ctx, args, out, Unit::UnixSeconds, "expireat")),
};

pub(crate) static PEXPIREAT: Command = Command {
    name: "PEXPIREAT",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Lets a key end at a Unix time in milliseconds; if that is past, it is removed at once.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::UnixTime("unix-time-milliseconds"), CONDITION],
    reply: Shape::Int,
    examples: "> SET k v\nOK\n> PEXPIREAT k 33177117420000\n(integer) 1\n> PEXPIRETIME k\n(integer) 33177117420000",
    handler: Handler::Fn(|ctx, args, out| expire(ctx, args, out, Unit::UnixMillis, "pexpireat")),
};

/// `command` is the name that an error gives.
fn expire(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    unit: Unit,
    command: &'static str,
) -> Result<(), Error> {
    let (key, number) = (args.key()?, args.bytes()?);
    let condition = Condition::take(args, 0)?;
    let number = integer::parse(number).ok_or(Error::NotInteger)?;
    let at = deadline(number, unit, ctx.now()).ok_or(Error::InvalidExpire(command))?;
    let met = ctx.deadline(key).is_some_and(|current| condition.is_met(current, at));
    if met && at <= ctx.now() {
        ctx.remove(key, Event::DEL)?;
    } else if met {
        ctx.set_deadline(key, Some(at), Event::EXPIRE)?;
    }
    out.int(i64::from(met));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn conditions_on_a_key_that_stays() {
        check(
            "> SET k v\nOK\n> EXPIRE k 10 XX\n(integer) 0\n> EXPIRE k 10 GT\n(integer) 0
             > EXPIRE k 10 XX LT\n(integer) 0\n> TTL k\n(integer) -1\n> EXPIRE k 10 LT\n(integer) 1
             > PERSIST k\n(integer) 1\n> EXPIRE k 10 nx NX\n(integer) 1\n> TTL k\n(integer) 10",
        );
    }

    #[test]
    fn conditions_on_a_key_that_ends() {
        check(
            "> SET k v EX 10\nOK\n> EXPIRE k 20 NX\n(integer) 0\n> EXPIRE k 10 GT\n(integer) 0
             > EXPIRE k 10 LT\n(integer) 0\n> EXPIRE k 11 GT\n(integer) 1\n> TTL k\n(integer) 11
             > EXPIRE k 9 XX LT\n(integer) 1\n> EXPIRE k 5 XX GT\n(integer) 0\n> EXPIRE k 30 XX\n(integer) 1
             > EXPIRE k -1 GT\n(integer) 0\n> EXPIRE k -1 NX\n(integer) 0\n> TTL k\n(integer) 30
             > EXPIRE k -1 LT\n(integer) 1\n> EXISTS k\n(integer) 0",
        );
    }

    #[test]
    fn a_deadline_that_has_passed_removes_the_key() {
        for past in ["EXPIRE k 0", "PEXPIRE k -5", "EXPIREAT k 1700000000", "PEXPIREAT k -1"] {
            check(&format!("> SET k v\nOK\n> {past}\n(integer) 1\n> DBSIZE\n(integer) 0"));
        }
        check("> SET k v\nOK\n> PEXPIREAT k 1700000000001\n(integer) 1\n> PTTL k\n(integer) 1");
    }

    #[test]
    fn a_missing_key_gets_no_deadline() {
        check(
            "> EXPIRE k 10\n(integer) 0\n> EXPIRE k -1\n(integer) 0\n> SET k v PX 5\nOK\n~ 6
             > EXPIRE k 10\n(integer) 0\n> EXISTS k\n(integer) 0",
        );
    }

    #[test]
    fn a_key_ends_after_its_deadline() {
        check(
            "> SET k v\nOK\n> EXPIRE k 1\n(integer) 1\n~ 1000\n> GET k\n\"v\"\n~ 1\n> GET k\n(nil)",
        );
    }

    #[test]
    fn errors_come_in_this_order_whether_or_not_the_key_exists() {
        check(
            "> EXPIRE k x NX XX FOO\n(error) ERR Unsupported option FOO
             > EXPIRE k x NX LT GT\n(error) ERR NX and XX, GT or LT options at the same time are not compatible
             > EXPIRE k x LT GT\n(error) ERR GT and LT options at the same time are not compatible
             > EXPIRE k +1\n(error) ERR value is not an integer or out of range
             > EXPIRE k \"\"\n(error) ERR value is not an integer or out of range
             > EXPIRE k 9223372036854775\n(error) ERR invalid expire time in 'expire' command
             > EXPIRE k -9223372036854775808\n(error) ERR invalid expire time in 'expire' command
             > PEXPIRE k 9223372036854775807\n(error) ERR invalid expire time in 'pexpire' command
             > EXPIREAT k 9223372036854775807\n(error) ERR invalid expire time in 'expireat' command
             > PEXPIREAT k 9223372036854775807\n(integer) 0
             > PEXPIREAT k 99999999999999999999\n(error) ERR value is not an integer or out of range",
        );
    }
}
