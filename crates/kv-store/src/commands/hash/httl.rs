//! HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME

use kv_protocol::ReplyWriter;

use super::fields::{self, FIELDS};
use super::hash;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry::{Unit, told};
use crate::{Args, Ctx, Error};

const FLAGS: Flags = Flags::READONLY.and(Flags::FAST);

pub(crate) static HTTL: Command = Command {
    name: "HTTL",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Tells in how many seconds fields of a hash end: -1 for one that stays, -2 if there is no such field.",
    arity: Arity::AtLeast(5),
    flags: FLAGS,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), FIELDS],
    reply: Shape::Array(&Shape::Int),
    examples: "> HSETEX h EX 60 FIELDS 1 a 1\n(integer) 1\n> HSET h b 2\n(integer) 1\n> HTTL h FIELDS 3 a b c\n1) (integer) 60\n2) (integer) -1\n3) (integer) -2",
    handler: Handler::Fn(|ctx, args, out| ttl(ctx, args, out, Unit::Seconds)),
};

pub(crate) static HPTTL: Command = Command {
    name: "HPTTL",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Tells in how many milliseconds fields of a hash end: -1 for one that stays, -2 if there is no such field.",
    arity: Arity::AtLeast(5),
    flags: FLAGS,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), FIELDS],
    reply: Shape::Array(&Shape::Int),
    examples: "> HSETEX h PX 1500 FIELDS 1 a 1\n(integer) 1\n> HPTTL h FIELDS 2 a b\n1) (integer) 1500\n2) (integer) -2",
    handler: Handler::Fn(|ctx, args, out| ttl(ctx, args, out, Unit::Millis)),
};

pub(crate) static HEXPIRETIME: Command = Command {
    name: "HEXPIRETIME",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Tells the Unix seconds at which fields of a hash end: -1 for one that stays, -2 if there is no such field.",
    arity: Arity::AtLeast(5),
    flags: FLAGS,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), FIELDS],
    reply: Shape::Array(&Shape::Int),
    examples: "> HSETEX h EXAT 33177117420 FIELDS 1 a 1\n(integer) 1\n> HEXPIRETIME h FIELDS 1 a\n1) (integer) 33177117420",
    handler: Handler::Fn(|ctx, args, out| ttl(ctx, args, out, Unit::UnixSeconds)),
};

pub(crate) static HPEXPIRETIME: Command = Command {
    name: "HPEXPIRETIME",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Tells the Unix milliseconds at which fields of a hash end: -1 for one that stays, -2 if there is no such field.",
    arity: Arity::AtLeast(5),
    flags: FLAGS,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), FIELDS],
    reply: Shape::Array(&Shape::Int),
    examples: "> HSETEX h PXAT 33177117420000 FIELDS 1 a 1\n(integer) 1\n> HPEXPIRETIME h FIELDS 1 a\n1) (integer) 33177117420000",
    handler: Handler::Fn(|ctx, args, out| ttl(ctx, args, out, Unit::UnixMillis)),
};

fn ttl(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    unit: Unit,
) -> Result<(), Error> {
    let key = args.key()?;
    let fields = fields::counted(args, 1, Error::Syntax)?;
    let now = ctx.now();
    let hash = hash(ctx, key)?;
    out.array(fields.len());
    fields.iter().for_each(|field| out.int(told(hash.deadline(field), now, unit)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn seconds_are_rounded_and_milliseconds_exact() {
        check(
            "> HSETEX h PX 1500 FIELDS 1 a 1\n(integer) 1\n> HTTL h FIELDS 1 a\n1) (integer) 2
             > HEXPIRETIME h FIELDS 1 a\n1) (integer) 1700000002\n~ 1\n> HTTL h FIELDS 1 a\n1) (integer) 1
             > HPTTL h FIELDS 1 a\n1) (integer) 1499\n> HPEXPIRETIME h FIELDS 1 a\n1) (integer) 1700000001500
             ~ 1499\n> HPTTL h FIELDS 1 a\n1) (integer) 0\n~ 1\n> HPTTL h FIELDS 1 a\n1) (integer) -2",
        );
    }

    #[test]
    fn a_field_that_is_over_is_missing_beside_others() {
        for command in ["HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME"] {
            check(&format!(
                "> {command} h FIELDS 2 a b\n1) (integer) -2\n2) (integer) -2\n> HSET h a 1 b 2\n(integer) 2
                 > HPEXPIRE h 5 FIELDS 1 a\n1) (integer) 1\n~ 6
                 > {command} h fields 3 a b c\n1) (integer) -2\n2) (integer) -1\n3) (integer) -2"
            ));
        }
    }

    #[test]
    fn errors() {
        check(
            "> SET s v\nOK\n> HTTL s FOO x a\n(error) ERR syntax error\n> HTTL s FIELDS 2 a\n(error) ERR syntax error
             > HTTL s FIELDS 0 a\n(error) ERR syntax error\n> HTTL s FIELDS -1 a\n(error) ERR syntax error
             > HTTL s FIELDS 1 a b\n(error) ERR syntax error
             > HTTL s FIELDS x a\n(error) ERR value is not an integer or out of range
             > HTTL s FIELDS 1\n(error) ERR wrong number of arguments for 'httl' command
             > HPTTL s FIELDS 1 a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
