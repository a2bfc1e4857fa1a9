//! MSET and MSETNX

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Deadline, Error, Event};

const PAIRS: Keys = Keys::Range { first: 1, last: -1, step: 2, access: Access::Write };
const PAIR: Arg = Arg::Block("data", &[Arg::Key("key"), Arg::Value("value")]);

pub(crate) static MSET: Command = Command {
    name: "MSET",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(N) for N keys",
    summary: "Sets the values at several keys, whatever was there, all at one instant.",
    arity: Arity::AtLeast(3),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: PAIRS,
    log: Log::Verbatim,
    args: &[Arg::Multiple(&PAIR)],
    reply: Shape::OneOf(&[Shape::Ok, Shape::Int]),
    examples: "> MSET a 1 b 2\nOK\n> MGET a b\n1) \"1\"\n2) \"2\"",
    handler: Handler::Fn(mset),
};

pub(crate) static MSETNX: Command = Command {
    name: "MSETNX",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(N) for N keys",
    summary: "Sets the values at several keys if none of them exists, else changes nothing.",
    arity: Arity::AtLeast(3),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: PAIRS,
    log: Log::Verbatim,
    args: &[Arg::Multiple(&PAIR)],
    reply: Shape::Int,
    examples: "> MSETNX a 1 b 2\n(integer) 1\n> MSETNX b 3 c 4\n(integer) 0\n> MGET b c\n1) \"2\"\n2) (nil)",
    handler: Handler::Fn(msetnx),
};

fn mset(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let pairs = pairs(args, "mset")?;
    set_all(ctx, args)?;
    ctx.acknowledge(pairs, out);
    Ok(())
}

fn msetnx(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    pairs(args, "msetnx")?;
    let mut ahead = *args;
    let mut free = true;
    while free && !ahead.is_empty() {
        let (key, _) = (ahead.key()?, ahead.value()?);
        free = !ctx.exists(key);
    }
    if free {
        set_all(ctx, args)?;
    }
    out.int(i64::from(free));
    Ok(())
}

/// How many pairs there are, none of them half.
fn pairs(args: &Args<'_>, command: &'static str) -> Result<usize, Error> {
    match args.remaining() {
        words if words % 2 == 0 => Ok(words / 2),
        _ => Err(Error::Arity(command.into())),
    }
}

/// Sets every pair. The arguments are read on the way, but cannot fail half way: they are whole
/// pairs, and the plan has read the keys already.
fn set_all(ctx: &mut Ctx<'_>, args: &mut Args<'_>) -> Result<(), Error> {
    while !args.is_empty() {
        let (key, value) = (args.key()?, args.value()?);
        ctx.put(key, value, Deadline::Clear, Event::SET)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use crate::testing::{check, check_native};

    #[test]
    fn the_last_of_a_key_wins_and_times_to_live_end() {
        check(
            "> SET a 0 PX 5\nOK\n> MSET a 1 b 2 a 3\nOK\n~ 6\n> MGET a b\n1) \"3\"\n2) \"2\"
             > MSETNX c 1 c 2\n(integer) 1\n> GET c\n\"2\"",
        );
    }

    #[test]
    fn a_key_that_has_expired_is_free() {
        check(
            "> SET a 0 PX 5\nOK\n> MSETNX a 1 b 2\n(integer) 0\n> GET b\n(nil)
             ~ 6\n> MSETNX a 1 b 2\n(integer) 1\n> GET a\n\"1\"",
        );
    }

    #[test]
    fn a_key_without_a_value() {
        check(
            "> MSET a 1 b\n(error) ERR wrong number of arguments for 'mset' command
             > MSETNX a 1 b\n(error) ERR wrong number of arguments for 'msetnx' command
             > MSET a\n(error) ERR wrong number of arguments for 'mset' command\n> GET a\n(nil)",
        );
    }

    #[test]
    fn the_native_dialect_counts_pairs() {
        check_native("> MSET a 1 b 2 a 3\n(integer) 3\n> MSETNX c 1\n(integer) 1\n> GET a\n\"3\"");
    }

    #[test]
    fn a_key_must_be_text_or_nothing_is_set() {
        let replies = native([
            vec!["MSET".into(), "a".into(), "1".into(), Frame::Null, "2".into()],
            vec!["GET".into(), "a".into()],
        ]);
        assert!(replies[0].is_error());
        assert_eq!(replies[1], Frame::Null);
    }
}
