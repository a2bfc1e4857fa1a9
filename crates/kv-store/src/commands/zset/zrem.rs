//! ZREM

use kv_protocol::ReplyWriter;
use kv_types::{Kind, zset};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static ZREM: Command = Command {
    name: "ZREM",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(log(N)) for each member given, in a sorted set of N",
    summary: "Removes members from the sorted set at a key, and returns how many were there; an empty set goes.",
    arity: Arity::AtLeast(3),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Multiple(&Arg::String("member"))],
    reply: Shape::Int,
    examples: "> ZADD z 1 a 2 b\n(integer) 2\n> ZREM z a c\n(integer) 1",
    handler: Handler::Fn(zrem),
};

fn zrem(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let members = args.texts()?;
    let removed = ctx.update_collection(key, Kind::Zset, Missing::Leave, |record, _| {
        let there = members.iter().filter(|member| zset::remove(record, member).is_some());
        let removed = there.count();
        Ok((removed, if removed > 0 { &[Event::ZREM] } else { &[] }))
    })?;
    out.int(removed.unwrap_or(0) as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn an_empty_set_goes() {
        check(
            "> ZADD z 1 a 2 b 3 c\n(integer) 3\n> ZREM z x\n(integer) 0\n> ZREM z b b\n(integer) 1
             > ZREM z a c d\n(integer) 2\n> EXISTS z\n(integer) 0\n> ZREM z a\n(integer) 0
             > SET k v\nOK\n> ZREM k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
        check_events(&[
            ("ZADD z 1 a 2 b", "0 z zadd"),
            ("ZREM z x", ""),
            ("ZREM z a", "0 z zrem"),
            ("ZREM z b", "0 z zrem, 0 z del"),
        ]);
    }
}
