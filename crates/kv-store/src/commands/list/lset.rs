//! LSET

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static LSET: Command = Command {
    name: "LSET",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements between it and the nearer end, hundreds at a step",
    summary: "Replaces an element of the list at a key by its number, from the end if that is negative.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("index"), Arg::String("element")],
    reply: Shape::Ok,
    examples: "> RPUSH l a b c\n(integer) 3\n> LSET l -1 z\nOK\n> LINDEX l 2\n\"z\"",
    handler: Handler::Fn(lset),
};

/// The number is not looked at where there is no list: so it is in Redis.
fn lset(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, mut rest) = (args.key()?, *args);
    let set = super::update(ctx, key, Missing::Leave, &[Event::LSET], |list| {
        let (index, element) = (rest.int()?, rest.bytes()?);
        // Redis makes room for one more element, and that before it looks for the one to replace.
        list.make_room(&[element]);
        let at = super::position(index, list.view().len());
        let set = at.is_some_and(|at| list.set(at, element));
        Ok((set, set))
    })?;
    if !set.ok_or(Error::NoSuchKey)? {
        return Err(Error::new("index out of range"));
    }
    out.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn elements_of_other_lengths() {
        let long = "x".repeat(9000);
        check(&format!(
            "> RPUSH l 1 b 3\n(integer) 3\n> LSET l 0 {long}\nOK\n> LSET l -2 4\nOK\n> LSET l 0 a\nOK
             > LRANGE l 0 -1\n1) \"a\"\n2) \"4\"\n3) \"3\""
        ));
    }

    #[test]
    fn errors() {
        check(
            "> LSET l x a\n(error) ERR no such key\n> RPUSH l a\n(integer) 1
             > LSET l x a\n(error) ERR value is not an integer or out of range
             > LSET l 1 a\n(error) ERR index out of range\n> LSET l -2 a\n(error) ERR index out of range
             > SET k v\nOK\n> LSET k x a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
