//! SREM

use kv_protocol::ReplyWriter;
use kv_types::{Kind, set};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static SREM: Command = Command {
    name: "SREM",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(N) for N members given",
    summary: "Removes members from the set at a key and returns how many were there; an empty set goes.",
    arity: Arity::AtLeast(3),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Multiple(&Arg::String("member"))],
    reply: Shape::Int,
    examples: "> SADD s a b\n(integer) 2\n> SREM s a x\n(integer) 1\n> SREM s b\n(integer) 1\n> EXISTS s\n(integer) 0",
    handler: Handler::Fn(srem),
};

fn srem(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, members) = (args.key()?, args.texts()?);
    let removed = ctx.update_collection(key, Kind::Set, Missing::Leave, |record, _| {
        let removed = members.iter().filter(|member| set::remove(record, member)).count();
        Ok((removed, if removed > 0 { &[Event::SREM] } else { &[] }))
    })?;
    out.int(removed.unwrap_or(0) as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn removed_members_are_counted() {
        check(
            "> SADD s 1 2 3\n(integer) 3\n> SREM s 1 1 x 01\n(integer) 1\n> EXPIRE s 10\n(integer) 1
             > SREM s 2\n(integer) 1\n> TTL s\n(integer) 10\n> SREM s 3 3\n(integer) 1
             > EXISTS s\n(integer) 0\n> SREM s 3\n(integer) 0",
        );
    }

    #[test]
    fn an_empty_set_goes_however_it_was_held() {
        for member in ["1", "a", &"x".repeat(65)] {
            check(&format!(
                "> SADD s {member}\n(integer) 1\n> SREM s {member}\n(integer) 1\n> TYPE s\nnone\n> DBSIZE\n(integer) 0"
            ));
        }
    }

    #[test]
    fn errors() {
        check(
            "> SREM s\n(error) ERR wrong number of arguments for 'srem' command
             > SET k v\nOK\n> SREM k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn events() {
        check_events(&[
            ("SADD s a b", "0 s sadd"),
            ("SREM s a x", "0 s srem"),
            ("SREM s x", ""),
            ("SREM s b", "0 s srem, 0 s del"),
            ("SREM s b", ""),
        ]);
    }
}
