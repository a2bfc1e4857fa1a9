//! SMOVE

use kv_protocol::ReplyWriter;
use kv_types::set::{self, SetRef};
use kv_types::{Kind, Record};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event, Key};

pub(crate) static SMOVE: Command = Command {
    name: "SMOVE",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Moves a member from one set to another, with its deadline if it has one; 1 if it was there, 0 if not.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::Range { first: 1, last: 2, step: 1, access: Access::Write },
    log: Log::Verbatim,
    args: &[Arg::Key("source"), Arg::Key("destination"), Arg::String("member")],
    reply: Shape::Int,
    examples: "> SADD a 1 2\n(integer) 2\n> SMOVE a b 2\n(integer) 1\n> SMEMBERS b\n1) \"2\"\n> SMOVE a b 2\n(integer) 0",
    handler: Handler::Fn(smove),
};

fn smove(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (source, destination, member) = (args.key()?, args.key()?, args.bytes()?);
    let Some(from) = ctx.peek(source) else {
        out.int(0);
        return Ok(());
    };
    is_set(from)?;
    ctx.peek(destination).map_or(Ok(()), is_set)?;
    let from = SetRef::new(from, ctx.now()).unwrap_or(SetRef::EMPTY);
    let deadline = from.deadline(member);
    out.int(deadline.is_some().into());
    if let Some(deadline) = deadline
        && source.bytes() != destination.bytes()
    {
        move_over(ctx, source, destination, member, deadline)?;
    }
    Ok(())
}

fn is_set(record: &Record) -> Result<(), Error> {
    if record.kind() == Kind::Set { Ok(()) } else { Err(Error::WrongType) }
}

/// Moves a member that is in the source. One that is in the destination, too, stays there as it is.
fn move_over(
    ctx: &mut Ctx<'_>,
    source: Key<'_>,
    destination: Key<'_>,
    member: &[u8],
    deadline: Option<u64>,
) -> Result<(), Error> {
    ctx.update_collection(source, Kind::Set, Missing::Leave, |record, _| {
        set::remove(record, member);
        Ok(((), &[Event::SREM]))
    })?;
    ctx.update_collection(destination, Kind::Set, Missing::Create, |record, limits| {
        set::prepare(record, member, 1, limits);
        let added = match deadline {
            Some(at) => set::add_until(record, member, at, true),
            None => set::add(record, member, limits),
        };
        Ok(((), if added { &[Event::SADD] } else { &[] }))
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn a_member_moves_once() {
        check(
            "> SADD a 1 x\n(integer) 2\n> SMOVE a b x\n(integer) 1\n> SMOVE a b x\n(integer) 0
             > SMEMBERS b\n1) \"x\"\n> SADD b 1\n(integer) 1\n> SMOVE a b 1\n(integer) 1\n> EXISTS a\n(integer) 0
             > SCARD b\n(integer) 2\n> SMOVE b b 1\n(integer) 1\n> SMOVE b b 2\n(integer) 0\n> SCARD b\n(integer) 2",
        );
    }

    #[test]
    fn a_deadline_moves_along() {
        check(
            "> SADDEX a 5 x y\n(integer) 2\n> SADD b y\n(integer) 1\n> SMOVE a b x\n(integer) 1\n> SMOVE a b y\n(integer) 1
             > EXISTS a\n(integer) 0\n> SCARD b\n(integer) 2\n~ 5001\n> SMEMBERS b\n1) \"y\"",
        );
    }

    #[test]
    fn kinds_are_checked_unless_there_is_no_source() {
        check(
            "> SET k v\nOK\n> SMOVE missing k a\n(integer) 0\n> SADD s a\n(integer) 1
             > SMOVE s k zz\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SMOVE k s a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SMOVE k k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SMOVE s s zz\n(integer) 0\n> SMOVE missing missing a\n(integer) 0",
        );
    }

    #[test]
    fn events() {
        check_events(&[
            ("SADD a 1 2", "0 a sadd"),
            ("SADD b 2", "0 b sadd"),
            ("SMOVE a b 1", "0 a srem, 0 b sadd"),
            ("SMOVE a b 9", ""),
            ("SMOVE b b 2", ""),
            ("SMOVE a b 2", "0 a srem, 0 a del"),
        ]);
    }
}
