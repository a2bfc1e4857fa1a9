//! LREM

use kv_protocol::ReplyWriter;
use kv_types::list::End;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static LREM: Command = Command {
    name: "LREM",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements of the list",
    summary: "Removes elements that equal one from the list at a key: all, or so many from the front, or from the end.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("count"), Arg::String("element")],
    reply: Shape::Int,
    examples: "> RPUSH l a b a\n(integer) 3\n> LREM l -1 a\n(integer) 1\n> LRANGE l 0 -1\n1) \"a\"\n2) \"b\"",
    handler: Handler::Fn(lrem),
};

fn lrem(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, count, element) = (args.key()?, args.int()?, args.bytes()?);
    if count == i64::MIN {
        // It could not be counted from the end.
        return Err(Error::OutOfRange(-i64::MAX, i64::MAX));
    }
    let from = if count < 0 { End::Back } else { End::Front };
    let most = match count.unsigned_abs() as usize {
        0 => usize::MAX,
        most => most,
    };
    let removed = super::update(ctx, key, Missing::Leave, &[Event::LREM], |list| {
        let removed = list.remove_equal(element, most, from);
        Ok((removed, removed > 0))
    })?;
    out.int(removed.unwrap_or(0) as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn from_the_front_from_the_end_and_all() {
        check(
            "> RPUSH l a 1 a b a\n(integer) 5\n> LREM l 1 a\n(integer) 1\n> LREM l -1 a\n(integer) 1
             > LRANGE l 0 -1\n1) \"1\"\n2) \"a\"\n3) \"b\"\n> LREM l 0 z\n(integer) 0\n> LREM l 5 1\n(integer) 1
             > LREM l -9223372036854775807 b\n(integer) 1\n> LREM l 0 a\n(integer) 1\n> EXISTS l\n(integer) 0
             > LREM l 0 a\n(integer) 0",
        );
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> LREM k x a\n(error) ERR value is not an integer or out of range
             > LREM k -9223372036854775808 a\n(error) ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
             > LREM k 0 a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
