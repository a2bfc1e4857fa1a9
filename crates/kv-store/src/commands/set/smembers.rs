//! SMEMBERS

use kv_protocol::ReplyWriter;
use kv_types::set::SetRef;

use super::set;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_element;
use crate::commands::entries::{Part, reply_later};
use crate::ctx::LATER;
use crate::{Args, Ctx, Error};

pub(crate) static SMEMBERS: Command = Command {
    name: "SMEMBERS",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(N) for N members",
    summary: "Returns all members of the set at a key.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Set(&Shape::Bulk),
    examples: "> SADD s a\n(integer) 1\n> SMEMBERS s\n1) \"a\"\n> SMEMBERS missing\n(empty array)",
    handler: Handler::Fn(smembers),
};

fn smembers(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let key = args.key()?;
    let set = set(ctx, key)?;
    let len = set.len();
    out.set(len);
    match set {
        SetRef::Table(table, now) if len > LATER => {
            let table = table.clone();
            reply_later(ctx, table, now, Part::Keys);
        }
        _ => set.iter().for_each(|member| reply_element(member, out)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn sets_of_every_form() {
        check(
            "> SMEMBERS s\n(empty array)\n> SADD s 2 1\n(integer) 2\n> SMEMBERS s\n1) \"1\"\n2) \"2\"
             > SADD s b\n(integer) 1\n> SMEMBERS s\n1) \"1\"\n2) \"2\"\n3) \"b\"
             > SET k v\nOK\n> SMEMBERS k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn a_long_reply_is_of_one_moment() {
        for count in [999, 1001, 5000] {
            let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
            for n in 0..count {
                stage.run(&format!("SADD s {n}"));
            }
            stage.run("SADDEX s 1 over");
            stage.play("~ 1001");
            let Some(Frame::Set(members)) = stage.run("SMEMBERS s") else { panic!() };
            let mut numbers: Vec<u32> =
                members.iter().map(|member| member.as_str().unwrap().parse().unwrap()).collect();
            numbers.sort_unstable();
            assert!(numbers.into_iter().eq(0..count));
        }
    }
}
