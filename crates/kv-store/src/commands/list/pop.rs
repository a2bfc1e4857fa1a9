//! LPOP, RPOP

use kv_protocol::ReplyWriter;
use kv_types::list::End;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_element;
use crate::{Args, Ctx, Error};

const ARGS: &[Arg] = &[Arg::Key("key"), Arg::Optional(&Arg::Int("count"))];
const REPLY: Shape = Shape::OneOf(&[Shape::Bulk, Shape::Null, Shape::Array(&Shape::Bulk)]);

pub(crate) static LPOP: Command = Command {
    name: "LPOP",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements returned",
    summary: "Removes elements from the front of the list at a key and returns them; an empty list goes.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: ARGS,
    reply: REPLY,
    examples: "> RPUSH l a b c\n(integer) 3\n> LPOP l\n\"a\"\n> LPOP l 5\n1) \"b\"\n2) \"c\"\n> LPOP l\n(nil)",
    handler: Handler::Fn(|ctx, args, out| pop(ctx, args, out, End::Front, "lpop")),
};

pub(crate) static RPOP: Command = Command {
    name: "RPOP",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements returned",
    summary: "Removes elements from the end of the list at a key and returns them; an empty list goes.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: ARGS,
    reply: REPLY,
    examples: "> RPUSH l a b c\n(integer) 3\n> RPOP l\n\"c\"\n> RPOP l 5\n1) \"b\"\n2) \"a\"\n> RPOP l\n(nil)",
    handler: Handler::Fn(|ctx, args, out| pop(ctx, args, out, End::Back, "rpop")),
};

fn pop(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    end: End,
    name: &'static str,
) -> Result<(), Error> {
    let key = args.key()?;
    if args.remaining() > 1 {
        return Err(Error::Arity(name.into()));
    }
    match args.last_count()? {
        None => {
            if !super::pop(ctx, key, end, |element| reply_element(element, out))? {
                out.null();
            }
        }
        Some(count) => {
            if !super::pop_many(ctx, key, end, count, out, |_| {})? {
                out.null_array();
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn counts() {
        check(
            "> RPUSH l a b c\n(integer) 3\n> LPOP l 0\n(empty array)\n> RPOP l 2\n1) \"c\"\n2) \"b\"
             > LPOP l 9\n1) \"a\"\n> EXISTS l\n(integer) 0\n> LPOP l 9\n(nil)\n> LPOP l 0\n(nil)",
        );
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        assert_eq!(stage.run("LPOP l"), Some(Frame::Null));
        assert_eq!(stage.run("LPOP l 2"), Some(Frame::NullArray));
    }

    #[test]
    fn an_expired_list_is_missing() {
        check(
            "> RPUSH l a\n(integer) 1\n> PEXPIRE l 5\n(integer) 1\n~ 6\n> LPOP l\n(nil)\n> EXISTS l\n(integer) 0",
        );
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> LPOP k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > RPOP k 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > LPOP k -1\n(error) ERR value is out of range, must be positive
             > LPOP k x\n(error) ERR value is out of range, must be positive
             > RPOP k 1 2\n(error) ERR wrong number of arguments for 'rpop' command",
        );
    }
}
