//! SINTERCARD

use std::ops::ControlFlow;

use kv_protocol::ReplyWriter;
use kv_types::integer;
use kv_types::set::intersection;

use super::sources;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static SINTERCARD: Command = Command {
    name: "SINTERCARD",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(N*M) for the N members of the smallest of M sets",
    summary: "Returns how many members the sets at all keys have in common; counting ends at a limit if one is given.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY,
    keys: Keys::Counted { destination: None, count: 1, step: 1, access: Access::Read },
    log: Log::Nothing,
    args: &[
        Arg::Int("numkeys"),
        Arg::Multiple(&Arg::Key("key")),
        Arg::Optional(&Arg::Option("LIMIT", &Arg::Int("limit"))),
    ],
    reply: Shape::Int,
    examples: "> SADD a 1 2 3\n(integer) 3\n> SADD b 2 3\n(integer) 2\n> SINTERCARD 2 a b\n(integer) 2\n> SINTERCARD 2 a b LIMIT 1\n(integer) 1",
    handler: Handler::Fn(sintercard),
};

fn sintercard(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let count = numkeys(args)?;
    let limit = limit(args, count)?;
    let sets = sources::sets(ctx, args, count)?;
    let mut common = 0;
    let _ = intersection(&sets, |_| {
        common += 1;
        if common == limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    out.int(common);
    Ok(())
}

/// Takes the number of keys, of which there must be so many.
fn numkeys(args: &mut Args<'_>) -> Result<usize, Error> {
    let count = args.positive("numkeys should be greater than 0")?;
    let count = Some(count).filter(|count| *count <= args.remaining());
    count.ok_or_else(|| Error::new("Number of keys can't be greater than number of args"))
}

/// Looks at what stands behind so many keys, which are not taken: the number to stop at, or 0.
fn limit(args: &Args<'_>, keys: usize) -> Result<i64, Error> {
    let mut args = *args;
    for _ in 0..keys {
        args.value()?;
    }
    let mut limit = 0;
    while !args.is_empty() {
        if !args.token("LIMIT") {
            return Err(Error::Syntax);
        }
        let number = integer::parse(args.bytes()?).filter(|number| *number >= 0);
        limit = number.ok_or_else(|| Error::new("LIMIT can't be negative"))?;
    }
    Ok(limit)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn counting_ends_at_the_limit() {
        check(
            "> SADD a 1 2 3 4\n(integer) 4\n> SADD b 1 2 3 x\n(integer) 4\n> SINTERCARD 2 a b\n(integer) 3
             > SINTERCARD 2 a b LIMIT 2\n(integer) 2\n> SINTERCARD 2 a b limit 0\n(integer) 3
             > SINTERCARD 2 a b LIMIT 9223372036854775807\n(integer) 3\n> SINTERCARD 2 a b LIMIT 1 LIMIT 2\n(integer) 2
             > SINTERCARD 2 a missing\n(integer) 0\n> SINTERCARD 1 a LIMIT 4\n(integer) 4",
        );
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> SINTERCARD 0 k\n(error) ERR numkeys should be greater than 0
             > SINTERCARD x k\n(error) ERR numkeys should be greater than 0
             > SINTERCARD 3 k k\n(error) ERR Number of keys can't be greater than number of args
             > SINTERCARD 9223372036854775807 k\n(error) ERR Number of keys can't be greater than number of args
             > SINTERCARD 1 k LIMIT -1\n(error) ERR LIMIT can't be negative
             > SINTERCARD 1 k LIMIT x\n(error) ERR LIMIT can't be negative
             > SINTERCARD 1 k LIMIT\n(error) ERR syntax error\n> SINTERCARD 1 k k\n(error) ERR syntax error
             > SINTERCARD 2 missing k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SINTERCARD 1\n(error) ERR wrong number of arguments for 'sintercard' command",
        );
    }
}
