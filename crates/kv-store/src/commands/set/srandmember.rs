//! SRANDMEMBER

use kv_protocol::ReplyWriter;
use kv_types::listpack::Value;

use super::set;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_element;
use crate::{Args, Ctx, Error};

pub(crate) static SRANDMEMBER: Command = Command {
    name: "SRANDMEMBER",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(1), or O(N) for a count of N; of a small set, or for a large part of one, O(its members)",
    summary: "Returns random members of the set at a key: one, several different ones, or, for a negative count, ones that may repeat.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Optional(&Arg::Int("count"))],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null, Shape::Array(&Shape::Bulk)]),
    examples: "> SADD s a\n(integer) 1\n> SRANDMEMBER s\n\"a\"\n> SRANDMEMBER s 5\n1) \"a\"\n> SRANDMEMBER s -2\n1) \"a\"\n2) \"a\"",
    handler: Handler::Fn(srandmember),
};

fn srandmember(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let key = args.key()?;
    let count = count(args)?;
    let mut rng = ctx.session.rng.fork();
    let set = set(ctx, key)?;
    match count {
        None => match set.random(&mut rng) {
            Some(member) => reply_element(member, out),
            None => out.null(),
        },
        Some(0..) if set.is_empty() => out.array(0),
        Some(count @ 0..) => {
            let sample = set.sample(usize::try_from(count).unwrap_or(usize::MAX), &mut rng);
            out.array(sample.len());
            sample.into_iter().for_each(|member| reply_element(member, out));
        }
        Some(_) if set.is_empty() => out.array(0),
        Some(count) => {
            let count = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
            out.array(count);
            let write = |member: Value<'_>| {
                reply_element(member, out);
                // Nobody reads what is longer than a reply may be.
                !out.overflowed()
            };
            set.draws(count, &mut rng, write);
        }
    }
    Ok(())
}

/// How many, if it is said; too many arguments are told of before a number that is none.
fn count(args: &mut Args<'_>) -> Result<Option<i64>, Error> {
    match args.remaining() {
        0 => Ok(None),
        1 => args.signed_count().map(Some),
        _ => Err(Error::Syntax),
    }
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn counts() {
        check(
            "> SRANDMEMBER s\n(nil)\n> SRANDMEMBER s 3\n(empty array)\n> SRANDMEMBER s -3\n(empty array)
             > SADD s 1\n(integer) 1\n> SRANDMEMBER s 0\n(empty array)
             > SRANDMEMBER s 9223372036854775807\n1) \"1\"\n> SRANDMEMBER s -2\n1) \"1\"\n2) \"1\"",
        );
    }

    #[test]
    fn members_are_different_or_may_repeat() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        stage.run("SADD s a b c d");
        for _ in 0..20 {
            let Some(Frame::Array(mut three)) = stage.run("SRANDMEMBER s 3") else { panic!() };
            three.sort_by_key(|member| format!("{member:?}"));
            three.dedup();
            assert_eq!(three.len(), 3);
            let Some(Frame::Array(many)) = stage.run("SRANDMEMBER s -20") else { panic!() };
            assert_eq!(many.len(), 20);
        }
        assert_eq!(stage.run("SCARD s"), Some(4.into()));
    }

    #[test]
    fn errors() {
        check(
            "> SADD s a\n(integer) 1\n> SRANDMEMBER s x\n(error) ERR value is not an integer or out of range
             > SRANDMEMBER s x y\n(error) ERR syntax error
             > SRANDMEMBER s -9223372036854775808\n(error) ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
             > SET k v\nOK\n> SRANDMEMBER k x\n(error) ERR value is not an integer or out of range
             > SRANDMEMBER k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
