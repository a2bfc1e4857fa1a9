//! DELEX and DELIFEQ

use kv_protocol::ReplyWriter;

use super::comparison::{self, Comparison};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::text_of;
use crate::{Args, Ctx, Error, Event, Key};

pub(crate) static DELEX: Command = Command {
    name: "DELEX",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1), or O(N) for N bytes that are compared",
    summary: "Removes a key, or only if the string there is, or is not, the one given or one of the digest given; 1 if it did.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Optional(&Arg::OneOf(
            "condition",
            &[comparison::IFEQ, comparison::IFNE, comparison::IFDEQ, comparison::IFDNE],
        )),
    ],
    reply: Shape::Int,
    examples: "> SET lock me\nOK\n> DELEX lock IFEQ you\n(integer) 0\n> DELEX lock IFEQ me\n(integer) 1\n> DELEX lock\n(integer) 0",
    handler: Handler::Fn(delex),
};

pub(crate) static DELIFEQ: Command = Command {
    name: "DELIFEQ",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(N) for N bytes that are compared",
    summary: "Removes a key if the string there is the one given; 1 if it did. DELEX with IFEQ does the same.",
    arity: Arity::Exactly(3),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::String("value")],
    reply: Shape::Int,
    examples: "> SET lock me\nOK\n> DELIFEQ lock you\n(integer) 0\n> DELIFEQ lock me\n(integer) 1",
    handler: Handler::Fn(delifeq),
};

fn delex(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    match args.remaining() {
        0 => {
            out.int(i64::from(ctx.remove(key, Event::DEL)?));
            return Ok(());
        }
        2 => {}
        _ => return Err(Error::Arity("delex".into())),
    }
    let comparison = Comparison::take(args)?;
    // Redis looks at the key first: of a missing one, the condition may be anything.
    let met = match ctx.peek(key) {
        None => false,
        Some(record) => {
            let refused = "Key should be of string type if conditions are specified";
            let string = text_of(record).map_err(|_| Error::new(refused))?;
            let unknown = "Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE";
            comparison.ok_or_else(|| Error::new(unknown))?.is_met(string)?
        }
    };
    remove_if(met, ctx, key, out)
}

fn delifeq(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, value) = (args.key()?, args.bytes()?);
    let met = match ctx.peek(key) {
        None => false,
        Some(record) => Comparison::equal_to(value).is_met(text_of(record)?)?,
    };
    remove_if(met, ctx, key, out)
}

fn remove_if(
    met: bool,
    ctx: &mut Ctx<'_>,
    key: Key<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    if met {
        ctx.remove(key, Event::DEL)?;
    }
    out.int(i64::from(met));
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn each_condition() {
        check(
            "> SET k hello\nOK\n> DELEX k IFEQ x\n(integer) 0\n> DELEX k IFNE hello\n(integer) 0
             > DELEX k IFDEQ 0000000000000000\n(integer) 0\n> DELEX k IFDNE 9555e8555c62dcfd\n(integer) 0
             > DELEX k ifdne 9555E8555C62DCFD\n(integer) 0\n> GET k\n\"hello\"
             > DELEX k ifeq hello\n(integer) 1\n> SET k hello\nOK\n> DELEX k IfNe x\n(integer) 1
             > SET k hello\nOK\n> DELEX k IFDEQ 9555E8555C62DCFD\n(integer) 1
             > SET k hello\nOK\n> DELEX k IFDNE zzzzzzzzzzzzzzzz\n(integer) 1\n> EXISTS k\n(integer) 0",
        );
    }

    #[test]
    fn strings_are_compared_not_numbers() {
        check(
            "> SET k 0123\nOK\n> DELEX k IFEQ 123\n(integer) 0\n> DELIFEQ k 123\n(integer) 0
             > DELIFEQ k 0123\n(integer) 1\n> SET k 10 PX 5\nOK\n~ 6\n> DELIFEQ k 10\n(integer) 0",
        );
    }

    #[test]
    fn what_is_refused() {
        check(
            "> DELEX k IFEQ\n(error) ERR wrong number of arguments for 'delex' command
             > DELEX k IFEQ a b\n(error) ERR wrong number of arguments for 'delex' command
             > DELEX k NOSUCH a\n(integer) 0\n> DELEX k IFDEQ a\n(integer) 0\n> SET k v\nOK
             > DELEX k NOSUCH a\n(error) ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE
             > DELEX k IFDEQ 0123\n(error) ERR must be exactly 16 hexadecimal characters
             > DELEX k IFDNE 00000000000000000\n(error) ERR must be exactly 16 hexadecimal characters
             > GET k\n\"v\"",
        );
    }

    #[test]
    fn other_kinds_of_values() {
        check(
            "> SADD s a\n(integer) 1\n> DELEX s IFEQ a\n(error) ERR Key should be of string type if conditions are specified
             > DELEX s NOSUCH a\n(error) ERR Key should be of string type if conditions are specified
             > DELIFEQ s a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > DELEX s\n(integer) 1\n> EXISTS s\n(integer) 0",
        );
        let replies = native([
            vec!["MSET".into(), "n".into(), 5.into(), "l".into(), Frame::Array(vec![])],
            vec!["DELIFEQ".into(), "l".into(), "5".into()],
            vec!["DELIFEQ".into(), "n".into(), 5.into()],
        ]);
        assert!(replies[1].as_error().unwrap().starts_with(b"WRONGTYPE"));
        assert_eq!(replies[2], 1.into());
    }

    #[test]
    fn a_removal_is_announced() {
        check_events(&[
            ("SET k v", "0 k set"),
            ("DELEX k IFEQ w", ""),
            ("DELEX k IFNE w", "0 k del"),
            ("DELIFEQ k v", ""),
        ]);
    }
}
