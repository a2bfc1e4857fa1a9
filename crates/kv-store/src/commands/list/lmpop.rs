//! LMPOP

use kv_protocol::ReplyWriter;

use super::END;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static LMPOP: Command = Command {
    name: "LMPOP",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N+M) for N keys and M elements returned",
    summary: "Removes elements from an end of the first of several lists that is there, and returns its key and them.",
    arity: Arity::AtLeast(4),
    flags: Flags::WRITE,
    keys: Keys::Counted { destination: None, count: 1, step: 1, access: Access::Write },
    log: Log::Verbatim,
    args: &[
        Arg::Int("numkeys"),
        Arg::Multiple(&Arg::Key("key")),
        Arg::OneOf("where", &END),
        Arg::Optional(&Arg::Option("COUNT", &Arg::Int("count"))),
    ],
    reply: Shape::OneOf(&[
        Shape::Null,
        Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Array(&Shape::Bulk)])),
    ]),
    examples: "> RPUSH l a b c\n(integer) 3\n> LMPOP 2 missing l LEFT COUNT 2\n1) \"l\"\n2) 1) \"a\"\n2) \"b\"",
    handler: Handler::Fn(lmpop),
};

fn lmpop(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let keys = args.positive("numkeys should be greater than 0")?;
    // An end follows.
    if keys >= args.remaining() {
        return Err(Error::Syntax);
    }
    let mut options = *args;
    for _ in 0..keys {
        options.value()?;
    }
    let end = super::end(&mut options)?;
    let count = match options.is_empty() {
        true => 1,
        false if options.token("COUNT") && !options.is_empty() => {
            options.positive("count should be greater than 0")?
        }
        false => return Err(Error::Syntax),
    };
    options.finish()?;
    for _ in 0..keys {
        let key = args.key()?;
        let begin = |out: &mut ReplyWriter<'_>| {
            out.array(2);
            out.bulk(key.bytes());
        };
        if super::pop_many(ctx, key, end, count, out, begin)? {
            return Ok(());
        }
    }
    out.null_array();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn the_first_list_that_is_there() {
        check(
            "> RPUSH l a b c\n(integer) 3\n> LMPOP 2 nope l RIGHT\n1) \"l\"\n2) 1) \"c\"
             > LMPOP 1 l left COUNT 9\n1) \"l\"\n2) 1) \"a\"\n2) \"b\"\n> EXISTS l\n(integer) 0
             > LMPOP 2 nope l LEFT\n(nil)",
        );
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> LMPOP 2 nope k LEFT\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > LMPOP 0 k LEFT\n(error) ERR numkeys should be greater than 0
             > LMPOP x k LEFT\n(error) ERR numkeys should be greater than 0\n> LMPOP 2 k LEFT\n(error) ERR syntax error
             > LMPOP 1 k FOO\n(error) ERR syntax error\n> LMPOP 1 k LEFT COUNT 0\n(error) ERR count should be greater than 0
             > LMPOP 1 k LEFT COUNT 1 COUNT 2\n(error) ERR syntax error\n> LMPOP 1 k LEFT COUNT\n(error) ERR syntax error
             > LMPOP 1 k LEFT FOO\n(error) ERR syntax error",
        );
    }
}
