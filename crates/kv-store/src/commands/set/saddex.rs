//! SADDEX

use kv_protocol::ReplyWriter;
use kv_types::{Kind, set};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry::{Requested, Unit};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static SADDEX: Command = Command {
    name: "SADDEX",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(N) for N members given",
    summary: "Adds members that end after some seconds to a set and returns how many are new; with KEEPTTL, those that are there stay as they are.",
    arity: Arity::AtLeast(4),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Optional(&Arg::Token("KEEPTTL")),
        Arg::Int("seconds"),
        Arg::Multiple(&Arg::String("member")),
    ],
    reply: Shape::Int,
    examples: "> SADDEX s 10 a b\n(integer) 2\n> SADDEX s KEEPTTL 60 b c\n(integer) 1\n~ 10001\n> SMEMBERS s\n1) \"c\"",
    handler: Handler::Fn(saddex),
};

fn saddex(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let keep = args.token("KEEPTTL");
    let requested = Requested { unit: Unit::Seconds, number: args.bytes()? };
    let members = args.texts()?;
    if members.is_empty() {
        return Err(Error::Syntax);
    }
    let deadline = requested.deadline(ctx.now(), "saddex")?;
    let added = ctx.update_collection(key, Kind::Set, Missing::Create, |record, _| {
        let is_new = |member: &&&[u8]| set::add_until(record, member, deadline, keep);
        let added = members.iter().filter(is_new).count();
        let events: &[Event] = match (added, keep) {
            (0, true) => &[],
            (0, false) => &[Event::SEXPIRE],
            _ => &[Event::SADD, Event::SEXPIRE],
        };
        Ok((added, events))
    })?;
    out.int(added.unwrap_or(0) as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn members_end_one_by_one_and_the_set_with_the_last() {
        check(
            "> SADDEX s 1 a b\n(integer) 2\n> SADDEX s 2 b c\n(integer) 1\n> TTL s\n(integer) -1
             ~ 1000\n> SCARD s\n(integer) 3\n~ 1\n> SCARD s\n(integer) 2\n> SISMEMBER s a\n(integer) 0
             > SREM s a\n(integer) 0\n~ 1000\n> EXISTS s\n(integer) 0\n> SADD s a\n(integer) 1\n> SCARD s\n(integer) 1",
        );
    }

    #[test]
    fn what_is_there_keeps_or_changes_its_end() {
        check(
            "> SADD s a\n(integer) 1\n> SADDEX s KEEPTTL 1 a b\n(integer) 1\n~ 1001\n> SMEMBERS s\n1) \"a\"
             > SADDEX s 1 a\n(integer) 0\n> SADD s a\n(integer) 0\n~ 1001\n> EXISTS s\n(integer) 0",
        );
    }

    #[test]
    fn errors() {
        check(
            "> SADDEX s 1\n(error) ERR wrong number of arguments for 'saddex' command
             > SADDEX s x a\n(error) ERR value is not an integer or out of range
             > SADDEX s 0 a\n(error) ERR invalid expire time in 'saddex' command
             > SADDEX s -1 a\n(error) ERR invalid expire time in 'saddex' command
             > SADDEX s 9223372036854775807 a\n(error) ERR invalid expire time in 'saddex' command
             > SADDEX s KEEPTTL 10\n(error) ERR syntax error
             > SET k v\nOK\n> SADDEX k 1 a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn events() {
        check_events(&[
            ("SADDEX s 1 a", "0 s sadd, 0 s sexpire"),
            ("SADDEX s 2 a", "0 s sexpire"),
            ("SADDEX s KEEPTTL 9 a", ""),
            ("SADDEX s 1 b", "0 s sadd, 0 s sexpire"),
            ("~ 1001", ""),
            ("SADD s c", "0 s sexpired, 0 s sadd"),
            ("SREM s c", "0 s srem"),
            ("~ 1000", ""),
            ("SADD s d", "0 s sexpired, 0 s del, 0 s sadd"),
        ]);
    }
}
