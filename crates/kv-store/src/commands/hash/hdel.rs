//! HDEL

use kv_protocol::ReplyWriter;
use kv_types::{Kind, hash};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static HDEL: Command = Command {
    name: "HDEL",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Removes fields from the hash at a key, and the key with the last one; returns how many were there.",
    arity: Arity::AtLeast(3),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Multiple(&Arg::String("field"))],
    reply: Shape::Int,
    examples: "> HSET h a 1 b 2\n(integer) 2\n> HDEL h a x\n(integer) 1\n> HDEL h b\n(integer) 1\n> EXISTS h\n(integer) 0",
    handler: Handler::Fn(hdel),
};

fn hdel(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, fields) = (args.key()?, args.texts()?);
    let removed = ctx.update_collection(key, Kind::Hash, Missing::Leave, |record, _| {
        let removed = fields.iter().filter(|field| hash::remove(record, field)).count();
        Ok((removed, if removed > 0 { &[Event::HDEL] } else { &[] }))
    })?;
    out.int(removed.unwrap_or(0) as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn each_once() {
        check(
            "> HDEL h a\n(integer) 0\n> HSET h a 1 b 2\n(integer) 2\n> EXPIRE h 9\n(integer) 1\n> HDEL h a a\n(integer) 1
             > TTL h\n(integer) 9\n> HSETEX h PX 5 FIELDS 1 c 1\n(integer) 1\n~ 6\n> HDEL h c\n(integer) 0\n> HLEN h\n(integer) 1
             > SET s v\nOK\n> HDEL s a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn events() {
        check_events(&[
            ("HSET h a 1 b 2", "0 h hset"),
            ("HDEL h x", ""),
            ("HDEL h a", "0 h hdel"),
            ("HDEL h b", "0 h hdel, 0 h del"),
        ]);
    }
}
