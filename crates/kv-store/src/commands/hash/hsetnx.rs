//! HSETNX

use kv_protocol::ReplyWriter;
use kv_types::hash::HashRef;
use kv_types::{Kind, hash};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static HSETNX: Command = Command {
    name: "HSETNX",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Sets a field of the hash at a key if it is not there yet; 1 if it was set, 0 if not.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::String("field"), Arg::String("value")],
    reply: Shape::Int,
    examples: "> HSETNX h a 1\n(integer) 1\n> HSETNX h a 2\n(integer) 0\n> HGET h a\n\"1\"",
    handler: Handler::Fn(hsetnx),
};

fn hsetnx(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, field, value) = (args.key()?, args.bytes()?, args.bytes()?);
    let now = ctx.now();
    let added = ctx.update_collection(key, Kind::Hash, Missing::Create, |record, limits| {
        if HashRef::new(record, now).is_some_and(|hash| hash.contains(field)) {
            return Ok((false, &[]));
        }
        Ok((hash::set(record, field, value, limits), &[Event::HSET]))
    })?;
    out.int(i64::from(added == Some(true)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn a_field_that_is_over_is_not_there() {
        check(
            "> HSETEX h PX 5 FIELDS 1 a 1\n(integer) 1\n> HSETNX h a 2\n(integer) 0\n~ 6\n> HSETNX h a 2\n(integer) 1
             > HTTL h FIELDS 1 a\n1) (integer) -1\n> SET s v\nOK\n> HSETNX s a 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn events() {
        check_events(&[("HSETNX h a 1", "0 h hset"), ("HSETNX h a 1", "")]);
    }
}
