//! LTRIM

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::span::ranks;
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static LTRIM: Command = Command {
    name: "LTRIM",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements removed",
    summary: "Removes all elements of the list at a key but those from one number to another, both included.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("start"), Arg::Int("stop")],
    reply: Shape::Ok,
    examples: "> RPUSH l a b c\n(integer) 3\n> LTRIM l 1 -1\nOK\n> LRANGE l 0 -1\n1) \"b\"\n2) \"c\"",
    handler: Handler::Fn(ltrim),
};

fn ltrim(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, start, stop) = (args.key()?, args.int()?, args.int()?);
    super::update(ctx, key, Missing::Leave, &[Event::LTRIM], |list| {
        let len = list.view().len();
        let kept = ranks(start, stop, len);
        list.remove(kept.end..len);
        list.remove(0..kept.start);
        Ok(((), true))
    })?;
    out.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn what_is_left() {
        check(
            "> RPUSH l a b c d e\n(integer) 5\n> LTRIM l 0 -1\nOK\n> LLEN l\n(integer) 5\n> LTRIM l 1 -2\nOK
             > LRANGE l 0 -1\n1) \"b\"\n2) \"c\"\n3) \"d\"\n> LTRIM l 5 9\nOK\n> EXISTS l\n(integer) 0
             > LTRIM missing 0 1\nOK\n> RPUSH l a\n(integer) 1\n> LTRIM l 1 0\nOK\n> EXISTS l\n(integer) 0",
        );
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> LTRIM k x 1\n(error) ERR value is not an integer or out of range
             > LTRIM k 0 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
