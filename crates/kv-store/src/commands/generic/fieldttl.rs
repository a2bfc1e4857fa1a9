//! FIELDTTL

use kv_protocol::ReplyWriter;
use kv_types::hash::HashRef;
use kv_types::set::SetRef;
use kv_types::{Kind, Record};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry::{Unit, told};
use crate::{Args, Ctx, Error};

pub(crate) static FIELDTTL: Command = Command {
    name: "FIELDTTL",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells in how many seconds a member of a set or a field of a hash ends: -1 if it stays, -2 if there is no key, -3 if it is not there.",
    arity: Arity::Exactly(3),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::String("field")],
    reply: Shape::Int,
    examples: "> SADDEX s 60 a\n(integer) 1\n> SADD s b\n(integer) 1\n> FIELDTTL s a\n(integer) 60\n> FIELDTTL s b\n(integer) -1\n> FIELDTTL s c\n(integer) -3",
    handler: Handler::Fn(fieldttl),
};

/// The answer for an element that is not in the collection.
const NO_ELEMENT: i64 = -3;

fn fieldttl(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let (key, element) = (args.key()?, args.bytes()?);
    let now = ctx.now();
    let answer = match ctx.look(key) {
        None => told(None, now, Unit::Seconds),
        Some(record) => match deadline_of(record, element, now)? {
            None => NO_ELEMENT,
            deadline => told(deadline, now, Unit::Seconds),
        },
    };
    out.int(answer);
    Ok(())
}

/// When an element ends (milliseconds), `Some(None)` if it stays; `None` if it is not there.
fn deadline_of(record: &Record, element: &[u8], now: u64) -> Result<Option<Option<u64>>, Error> {
    match record.kind() {
        Kind::Set => Ok(SetRef::new(record, now).and_then(|set| set.deadline(element))),
        Kind::Hash => Ok(HashRef::new(record, now).and_then(|hash| hash.deadline(element))),
        Kind::String | Kind::Frame | Kind::List | Kind::Zset => Err(Error::WrongType),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn members_of_sets() {
        check(
            "> FIELDTTL s a\n(integer) -2\n> SADDEX s 2 a\n(integer) 1\n> SADD s b\n(integer) 1
             > FIELDTTL s a\n(integer) 2\n~ 501\n> FIELDTTL s a\n(integer) 1\n> FIELDTTL s b\n(integer) -1
             ~ 1500\n> FIELDTTL s a\n(integer) -3\n> SADD ints 1\n(integer) 1\n> FIELDTTL ints 1\n(integer) -1
             > FIELDTTL ints 01\n(integer) -3",
        );
    }

    #[test]
    fn other_kinds_have_none() {
        check(
            "> SET k v\nOK\n> FIELDTTL k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > FIELDTTL k\n(error) ERR wrong number of arguments for 'fieldttl' command",
        );
    }
}
