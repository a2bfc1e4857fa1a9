//! MSETEX

use kv_protocol::ReplyWriter;
use kv_types::integer;

use super::options::{Condition, Options};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry;
use crate::{Args, Ctx, Error, Event};

pub(crate) static MSETEX: Command = Command {
    name: "MSETEX",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(N) for N keys",
    summary: "Sets the values at several keys for a time, all at one instant, or none unless all of them are missing or all of them exist.",
    arity: Arity::AtLeast(4),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::Counted { destination: None, count: 1, step: 2, access: Access::Write },
    log: Log::Verbatim,
    args: &[
        Arg::Int("numkeys"),
        Arg::Multiple(&Arg::Block("data", &[Arg::Key("key"), Arg::Value("value")])),
        Arg::Optional(&Arg::OneOf("condition", &[Arg::Token("NX"), Arg::Token("XX")])),
        Arg::Optional(&Arg::OneOf(
            "expiration",
            &[expiry::EX, expiry::PX, expiry::EXAT, expiry::PXAT, Arg::Token("KEEPTTL")],
        )),
    ],
    reply: Shape::Int,
    examples: "> MSETEX 2 a 1 b 2 EX 60\n(integer) 1\n> MSETEX 2 b 3 c 4 NX\n(integer) 0\n> MGET b c\n1) \"2\"\n2) (nil)\n> TTL a\n(integer) 60",
    handler: Handler::Fn(msetex),
};

fn msetex(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let count = count(args)?;
    let mut rest = *args;
    for _ in 0..2 * count {
        rest.value()?;
    }
    let options = Options::take(&mut rest, ctx.now(), "msetex", false)?;
    let met = is_met(options.condition, ctx, *args, count)?;
    if met {
        for _ in 0..count {
            let (key, value) = (args.key()?, args.value()?);
            ctx.put(key, value, options.deadline, Event::SET)?;
        }
    }
    out.int(i64::from(met));
    Ok(())
}

/// Takes the number of pairs, of which there must be so many.
fn count(args: &mut Args<'_>) -> Result<usize, Error> {
    let count = integer::parse(args.bytes()?).and_then(|count| i32::try_from(count).ok());
    let count = count.and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0);
    let count = count.ok_or_else(|| Error::new("invalid numkeys value or out of range"))?;
    if count > args.remaining() / 2 { Err(Error::Syntax) } else { Ok(count) }
}

/// Whether all keys of so many pairs are as they must be.
fn is_met(
    condition: Condition<'_>,
    ctx: &Ctx<'_>,
    mut pairs: Args<'_>,
    count: usize,
) -> Result<bool, Error> {
    let present = match condition {
        Condition::IfMissing => false,
        Condition::IfPresent => true,
        Condition::Always | Condition::IfCompared(_) => return Ok(true),
    };
    for _ in 0..count {
        let (key, _) = (pairs.key()?, pairs.value()?);
        if ctx.exists(key) != present {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use crate::commands::testing::check_events;
    use crate::testing::{check, check_native};

    #[test]
    fn all_or_none() {
        check(
            "> MSETEX 2 a 1 b 2 XX\n(integer) 0\n> MSETEX 2 a 1 b 2 nx\n(integer) 1
             > MSETEX 2 a 3 c 3 NX\n(integer) 0\n> MSETEX 2 a 3 c 3 XX\n(integer) 0\n> MSETEX 2 a 3 b 3 XX XX\n(integer) 1
             > MGET a b c\n1) \"3\"\n2) \"3\"\n3) (nil)\n> MSETEX 2 c 1 c 2 NX\n(integer) 1\n> GET c\n\"2\"
             > SADD s x\n(integer) 1\n> MSETEX 1 s 1\n(integer) 1\n> TYPE s\nstring",
        );
    }

    #[test]
    fn times_to_live() {
        check(
            "> MSETEX 2 a 1 b 2 PX 10 px 5\n(integer) 1\n> MSETEX 1 a 2 KEEPTTL\n(integer) 1\n> PTTL a\n(integer) 5
             > MSETEX 1 a 2\n(integer) 1\n> PTTL a\n(integer) -1\n~ 6\n> MGET a b\n1) \"2\"\n2) (nil)
             > MSETEX 1 b 1 NX EXAT 1700000001\n(integer) 1\n> TTL b\n(integer) 1
             > MSETEX 1 a 1 PXAT 1\n(integer) 1\n> EXISTS a\n(integer) 0",
        );
    }

    #[test]
    fn what_is_refused() {
        for numkeys in ["0", "-1", "x", "2147483648"] {
            check(&format!(
                "> MSETEX {numkeys} a 1\n(error) ERR invalid numkeys value or out of range\n> EXISTS a\n(integer) 0"
            ));
        }
        for line in [
            "2 a 1",
            "2 a 1 b",
            "2147483647 a 1",
            "1 a 1 NX XX",
            "1 a 1 GET",
            "1 a 1 IFEQ 1",
            "1 a 1 EX",
            "1 a 1 EX 10 PX 10",
            "1 a 1 EX 10 KEEPTTL",
            "1 a 1 EX x FOO",
        ] {
            check(&format!("> MSETEX {line}\n(error) ERR syntax error\n> EXISTS a\n(integer) 0"));
        }
        check(
            "> MSETEX 1 a 1 EX 0\n(error) ERR invalid expire time in 'msetex' command
             > MSETEX 1 a 1 PX 9223372036854775807\n(error) ERR invalid expire time in 'msetex' command
             > MSETEX 1 a 1 EX x\n(error) ERR value is not an integer or out of range\n> EXISTS a\n(integer) 0",
        );
    }

    #[test]
    fn each_pair_is_announced() {
        check_events(&[
            ("MSETEX 2 a 1 b 2", "0 a set, 0 b set"),
            ("MSETEX 2 a 1 b 2 EX 9", "0 a set, 0 a expire, 0 b set, 0 b expire"),
            ("MSETEX 2 a 1 c 2 NX", ""),
        ]);
    }

    #[test]
    fn the_native_dialect_stores_frames() {
        check_native("> MSETEX 2 a 1 b 2\n(integer) 1");
        let list = Frame::Array(vec![1.into(), Frame::Null]);
        let replies = native([
            vec!["MSETEX".into(), 1.into(), "k".into(), list.clone(), "NX".into()],
            vec!["GET".into(), "k".into()],
        ]);
        assert_eq!(replies, [1.into(), list]);
    }
}
