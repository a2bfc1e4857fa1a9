//! SSCAN

use kv_protocol::ReplyWriter;
use kv_types::listpack::Digits;

use super::set;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_element;
use crate::commands::scanning::{self, Options};
use crate::{Args, Ctx, Error};

pub(crate) static SSCAN: Command = Command {
    name: "SSCAN",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(1) for a call, O(N) for a whole walk over N members",
    summary: "Returns some members of the set at a key and the cursor to go on with; a walk starts and ends with cursor 0.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), scanning::CURSOR, scanning::MATCH, scanning::COUNT],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Array(&Shape::Bulk)])),
    examples: "> SADD s one two\n(integer) 2\n> SSCAN s 0 MATCH t*\n1) \"0\"\n2) 1) \"two\"",
    handler: Handler::Fn(sscan),
};

fn sscan(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let cursor = scanning::cursor(args)?;
    // As in Redis, nobody looks at the options if there is nothing to walk over.
    let set = set(ctx, key)?;
    if set.is_empty() {
        scanning::begin_reply(0, 0, out);
        return Ok(());
    }
    let options = Options::all(args)?;
    let (mut members, mut digits) = (Vec::new(), Digits::new());
    let next = set.scan(cursor, options.count, |member| {
        if options.wants(member.text(&mut digits)) {
            members.push(member);
        }
    });
    scanning::begin_reply(next, members.len(), out);
    members.into_iter().for_each(|member| reply_element(member, out));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kv_protocol::Protocol;

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn a_walk_returns_every_member() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        let mut missing: BTreeSet<String> = (0..2000).map(|n| format!("\"{n}\"")).collect();
        for member in &missing {
            stage.run(&format!("SADD s {member}"));
        }
        let (members, calls) = stage.walk("SSCAN s {} COUNT 7");
        for member in members {
            missing.remove(&member.pretty());
        }
        assert!(missing.is_empty(), "{missing:?}");
        assert!(calls > 100, "{calls}");
    }

    #[test]
    fn small_sets_come_whole() {
        check(
            "> SADD s 1 2 3\n(integer) 3\n> SSCAN s 0 COUNT 1\n1) \"0\"\n2) 1) \"1\"\n2) \"2\"\n3) \"3\"
             > SSCAN s 99 MATCH [12] MATCH 2 COUNT 1 COUNT 5\n1) \"0\"\n2) 1) \"2\"
             > SADD t a b1 b2\n(integer) 3\n> SSCAN t 0 MATCH b*\n1) \"0\"\n2) 1) \"b1\"\n2) \"b2\"",
        );
    }

    #[test]
    fn errors_in_redis_order() {
        check(
            "> SSCAN s 0 COUNT x\n1) \"0\"\n2) (empty array)\n> SSCAN s x\n(error) ERR invalid cursor
             > SET k v\nOK\n> SSCAN k x\n(error) ERR invalid cursor
             > SSCAN k 0 COUNT x\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SADD s a\n(integer) 1\n> SSCAN s 0 COUNT x\n(error) ERR value is not an integer or out of range
             > SSCAN s 0 COUNT 0\n(error) ERR syntax error\n> SSCAN s 0 COUNT\n(error) ERR syntax error
             > SSCAN s 0 TYPE set\n(error) ERR syntax error
             > SSCAN s 0 NOVALUES\n(error) ERR NOVALUES option can only be used in HSCAN
             > SSCAN s\n(error) ERR wrong number of arguments for 'sscan' command",
        );
    }
}
