//! LMOVE, RPOPLPUSH

use kv_protocol::ReplyWriter;
use kv_types::list::End;

use super::END;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event, Key};

const KEYS: Keys = Keys::Range { first: 1, last: 2, step: 1, access: Access::Write };

pub(crate) static LMOVE: Command = Command {
    name: "LMOVE",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Moves an element from an end of one list to an end of another, or of the same, and returns it.",
    arity: Arity::Exactly(5),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: KEYS,
    log: Log::Verbatim,
    args: &[
        Arg::Key("source"),
        Arg::Key("destination"),
        Arg::OneOf("wherefrom", &END),
        Arg::OneOf("whereto", &END),
    ],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null]),
    examples: "> RPUSH l a b c\n(integer) 3\n> LMOVE l m LEFT RIGHT\n\"a\"\n> LMOVE missing m LEFT LEFT\n(nil)",
    handler: Handler::Fn(lmove),
};

pub(crate) static RPOPLPUSH: Command = Command {
    name: "RPOPLPUSH",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Moves an element from the end of one list to the front of another, or of the same, and returns it.",
    arity: Arity::Exactly(3),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: KEYS,
    log: Log::Verbatim,
    args: &[Arg::Key("source"), Arg::Key("destination")],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null]),
    examples: "> RPUSH l a b c\n(integer) 3\n> RPOPLPUSH l l\n\"c\"\n> LRANGE l 0 -1\n1) \"c\"\n2) \"a\"\n3) \"b\"",
    handler: Handler::Fn(|ctx, args, out| {
        let keys = [args.key()?, args.key()?];
        transfer(ctx, keys, [End::Back, End::Front], out)
    }),
};

fn lmove(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let keys = [args.key()?, args.key()?];
    let ends = [super::end(args)?, super::end(args)?];
    transfer(ctx, keys, ends, out)
}

/// Moves an element from an end of the first list to an end of the second, and answers it.
///
/// It is pushed first, and popped then: where the destination is no list, nothing has changed.
fn transfer(
    ctx: &mut Ctx<'_>,
    [source, destination]: [Key<'_>; 2],
    [from, to]: [End; 2],
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    if source.bytes() == destination.bytes() {
        return turn(ctx, source, [from, to], out);
    }
    let Some(list) = super::list(ctx, source)? else {
        out.null();
        return Ok(());
    };
    let at = if from == End::Front { 0 } else { list.len() - 1 };
    let element = list.get(at).ok_or(Error::NoSuchKey)?.to_vec();
    super::push(ctx, destination, to, Missing::Create, &[&element])?;
    super::pop(ctx, source, from, |_| {})?;
    out.bulk(&element);
    Ok(())
}

/// Within one list, which is as long as before at any moment that counts.
fn turn(
    ctx: &mut Ctx<'_>,
    key: Key<'_>,
    [from, to]: [End; 2],
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let events: &[Event] = match (to, from) {
        (End::Front, End::Front) => &[Event::LPUSH, Event::LPOP],
        (End::Front, End::Back) => &[Event::LPUSH, Event::RPOP],
        (End::Back, End::Front) => &[Event::RPUSH, Event::LPOP],
        (End::Back, End::Back) => &[Event::RPUSH, Event::RPOP],
    };
    // The read counts whether the key was there.
    super::list(ctx, key)?;
    let moved = super::update(ctx, key, Missing::Leave, events, |list| {
        let moved = list.turn(from, to);
        let changed = moved.is_some();
        Ok((moved, changed))
    })?;
    match moved.flatten() {
        Some(element) => out.bulk(&element),
        None => out.null(),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn every_pair_of_ends() {
        for (ends, source, destination) in [
            ("LEFT LEFT", "1) \"b\"\n2) \"c\"", "1) \"a\"\n2) \"x\""),
            ("left RIGHT", "1) \"b\"\n2) \"c\"", "1) \"x\"\n2) \"a\""),
            ("RIGHT LEFT", "1) \"a\"\n2) \"b\"", "1) \"c\"\n2) \"x\""),
            ("RIGHT right", "1) \"a\"\n2) \"b\"", "1) \"x\"\n2) \"c\""),
        ] {
            check(&format!(
                "> RPUSH l a b c\n(integer) 3\n> RPUSH m x\n(integer) 1\n> LMOVE l m {ends}\n…
                 > LRANGE l 0 -1\n{source}\n> LRANGE m 0 -1\n{destination}"
            ));
        }
    }

    #[test]
    fn a_list_turns() {
        check(
            "> RPUSH l a b c\n(integer) 3\n> LMOVE l l LEFT RIGHT\n\"a\"\n> LMOVE l l LEFT LEFT\n\"b\"
             > LMOVE l l RIGHT RIGHT\n\"a\"\n> LRANGE l 0 -1\n1) \"b\"\n2) \"c\"\n3) \"a\"
             > RPUSH one x\n(integer) 1\n> EXPIRE one 100\n(integer) 1\n> RPOPLPUSH one one\n\"x\"
             > TTL one\n(integer) 100\n> RPOPLPUSH one l\n\"x\"\n> EXISTS one\n(integer) 0",
        );
    }

    #[test]
    fn a_list_that_turns_does_not_grow() {
        check(
            "> CONFIG SET list-max-listpack-size 3\nOK\n> RPUSH l a b c\n(integer) 3
             > LMOVE l l LEFT RIGHT\n\"a\"\n> OBJECT ENCODING l\n\"listpack\"",
        );
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> RPUSH l a\n(integer) 1\n> LMOVE missing k LEFT LEFT\n(nil)
             > LMOVE l k LEFT LEFT\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > LMOVE k l LEFT LEFT\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > LMOVE l l FOO LEFT\n(error) ERR syntax error\n> LRANGE l 0 -1\n1) \"a\"",
        );
    }
}
