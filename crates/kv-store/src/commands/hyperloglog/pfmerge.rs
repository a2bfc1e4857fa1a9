//! PFMERGE

use kv_protocol::{ReplyWriter, Request};
use kv_types::hll::{self, Encoding, Hll, Registers};

use super::{refused, sparse_max};
use crate::command::{
    Access, Arg, Arity, Command, Flags, Group, Handler, KeySink, Keys, Log, Shape,
};
use crate::{Args, Ctx, Error, Event};

pub(crate) static PFMERGE: Command = Command {
    name: "PFMERGE",
    group: Group::HyperLogLog,
    since: "0.1.0",
    complexity: "O(N) for N HyperLogLogs, with a large constant",
    summary: "Adds to a HyperLogLog, which is made if it is missing, what was added to others.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::Custom { wire: (1, -1, 1), movable: false, find: keys },
    log: Log::Verbatim,
    args: &[Arg::Key("destkey"), Arg::Optional(&Arg::Multiple(&Arg::Key("sourcekey")))],
    reply: Shape::Ok,
    examples: "> PFADD a x y\n(integer) 1\n> PFADD b y z\n(integer) 1\n> PFMERGE c a b\nOK\n> PFCOUNT c\n(integer) 3",
    handler: Handler::Fn(pfmerge),
};

fn keys(request: Request<'_>, db: usize, sink: &mut KeySink) -> Result<(), Error> {
    sink.add(1, db, Access::Write);
    (2..request.len()).for_each(|at| sink.add(at, db, Access::Read));
    Ok(())
}

fn pfmerge(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let mut sources = *args;
    let target = args.key()?;
    let missing = !ctx.exists(target);
    let mut registers = Registers::new();
    let mut dense = false;
    // What the target has already is part of the result.
    while !sources.is_empty() {
        let Some(string) = ctx.string(sources.key()?)? else { continue };
        let source = Hll::parse(string).map_err(refused)?;
        dense |= source.encoding() == Encoding::Dense;
        registers.merge(source).map_err(refused)?;
    }
    let sparse_max = sparse_max(ctx);
    let raised = ctx.edit_if(target, Event::PFADD, |value| {
        if missing {
            value.extend_from_slice(&hll::EMPTY);
        }
        (hll::raise_all(value, &registers, dense, sparse_max), true)
    })?;
    raised.map_err(refused)?;
    out.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn the_target_keeps_what_it_has_and_its_time_to_live() {
        check(
            "> PFADD a x y\n(integer) 1\n> PFADD b z\n(integer) 1\n> PEXPIRE b 5\n(integer) 1
             > PFMERGE b a missing a\nOK\n> PFCOUNT b\n(integer) 3\n> PTTL b\n(integer) 5\n> PFCOUNT a\n(integer) 2
             ~ 6\n> PFMERGE b a\nOK\n> PFCOUNT b\n(integer) 2\n> PTTL b\n(integer) -1",
        );
    }

    #[test]
    fn without_sources_the_key_is_made() {
        check("> PFMERGE k\nOK\n> PFCOUNT k\n(integer) 0\n> GETRANGE k 16 17\n\"\\x7f\\xff\"");
        check_events(&[("PFMERGE k", "0 k pfadd"), ("PFMERGE k k", "0 k pfadd")]);
    }

    #[test]
    fn one_that_is_dense_makes_the_target_dense() {
        check(
            "> PFADD a x\n(integer) 1\n> PFADD b y\n(integer) 1\n> PFMERGE c a b\nOK\n> PFDEBUG ENCODING c\nsparse
             > PFDEBUG TODENSE b\n(integer) 1\n> PFMERGE c b\nOK\n> PFDEBUG ENCODING c\ndense
             > PFCOUNT c\n(integer) 2\n> PFMERGE b a\nOK\n> PFCOUNT b\n(integer) 2\n> PFDEBUG ENCODING a\nsparse",
        );
    }

    #[test]
    fn many_registers_become_dense() {
        check(
            "> CONFIG SET hll-sparse-max-bytes 30\nOK\n> PFADD a 1 2 3\n(integer) 1\n> PFADD b 4 5 6\n(integer) 1
             > PFDEBUG ENCODING b\nsparse\n> PFMERGE c a\nOK\n> PFDEBUG ENCODING c\nsparse
             > PFMERGE c b\nOK\n> PFDEBUG ENCODING c\ndense\n> PFCOUNT c\n(integer) 6",
        );
    }
}
