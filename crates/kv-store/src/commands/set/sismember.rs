//! SISMEMBER and SMISMEMBER

use kv_protocol::ReplyWriter;

use super::set;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static SISMEMBER: Command = Command {
    name: "SISMEMBER",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells whether a string is a member of the set at a key: 1 if so, 0 if not.",
    arity: Arity::Exactly(3),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::String("member")],
    reply: Shape::Int,
    examples: "> SADD s a\n(integer) 1\n> SISMEMBER s a\n(integer) 1\n> SISMEMBER s b\n(integer) 0",
    handler: Handler::Fn(sismember),
};

pub(crate) static SMISMEMBER: Command = Command {
    name: "SMISMEMBER",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(N) for N strings",
    summary: "Tells of several strings whether each is a member of the set at a key: 1 if so, 0 if not.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Multiple(&Arg::String("member"))],
    reply: Shape::Array(&Shape::Int),
    examples: "> SADD s a b\n(integer) 2\n> SMISMEMBER s a x b\n1) (integer) 1\n2) (integer) 0\n3) (integer) 1",
    handler: Handler::Fn(smismember),
};

fn sismember(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let (key, member) = (args.key()?, args.bytes()?);
    out.int(set(ctx, key)?.contains(member).into());
    Ok(())
}

fn smismember(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let (key, members) = (args.key()?, args.texts()?);
    let set = set(ctx, key)?;
    out.array(members.len());
    members.iter().for_each(|member| out.int(set.contains(member).into()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn missing_keys_have_no_members() {
        check(
            "> SISMEMBER s a\n(integer) 0\n> SMISMEMBER s a b\n1) (integer) 0\n2) (integer) 0
             > SET k v\nOK\n> SISMEMBER k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SMISMEMBER k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SMISMEMBER s\n(error) ERR wrong number of arguments for 'smismember' command",
        );
    }

    #[test]
    fn integers_are_strings() {
        check(
            "> SADD s 7 -3\n(integer) 2\n> SISMEMBER s 7\n(integer) 1\n> SISMEMBER s 07\n(integer) 0
             > SADD s 07\n(integer) 1\n> SMISMEMBER s 7 07 -3 +7\n1) (integer) 1\n2) (integer) 1\n3) (integer) 1\n4) (integer) 0",
        );
    }
}
