//! LINSERT

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static LINSERT: Command = Command {
    name: "LINSERT",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements in front of the pivot",
    summary: "Adds an element before or after the first one that equals a pivot; returns the length, -1 without a pivot, 0 without a list.",
    arity: Arity::Exactly(5),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::OneOf("where", &[Arg::Token("BEFORE"), Arg::Token("AFTER")]),
        Arg::String("pivot"),
        Arg::String("element"),
    ],
    reply: Shape::Int,
    examples: "> RPUSH l a c\n(integer) 2\n> LINSERT l BEFORE c b\n(integer) 3\n> LINSERT l AFTER z d\n(integer) -1",
    handler: Handler::Fn(linsert),
};

fn linsert(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let behind = match args.one_of(&["BEFORE", "AFTER"]) {
        Some("BEFORE") => 0,
        Some(_) => 1,
        None => return Err(Error::Syntax),
    };
    let (pivot, element) = (args.bytes()?, args.bytes()?);
    let len = super::update(ctx, key, Missing::Leave, &[Event::LINSERT], |list| {
        // As Redis does, before it looks for the place.
        list.make_room(&[element]);
        let Some(at) = list.view().iter().position(|element| element.is(pivot)) else {
            return Ok((-1, false));
        };
        list.insert(at + behind, element);
        Ok((list.view().len() as i64, true))
    })?;
    out.int(len.unwrap_or(0));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn before_and_after() {
        check(
            "> RPUSH l 1 2 1\n(integer) 3\n> LINSERT l after 1 x\n(integer) 4\n> LINSERT l BEFORE 1 y\n(integer) 5
             > LRANGE l 0 -1\n1) \"y\"\n2) \"1\"\n3) \"x\"\n4) \"2\"\n5) \"1\"
             > LINSERT l AFTER 2 z\n(integer) 6\n> LINDEX l 4\n\"z\"\n> LINSERT missing AFTER 1 x\n(integer) 0",
        );
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> LINSERT k FOO a b\n(error) ERR syntax error
             > LINSERT k BEFORE a b\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
