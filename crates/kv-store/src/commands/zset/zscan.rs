//! ZSCAN

use kv_number::DoubleText;
use kv_protocol::ReplyWriter;
use kv_types::listpack::Digits;
use kv_types::zset::ZsetRef;

use super::zset;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_element;
use crate::commands::scanning::{self, Options};
use crate::{Args, Ctx, Error, float};

pub(crate) static ZSCAN: Command = Command {
    name: "ZSCAN",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(1) for a call, O(N) for a whole walk over N elements",
    summary: "Returns some elements of the sorted set at a key and the cursor to go on with; a walk starts and ends with cursor 0.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[
        Arg::Key("key"),
        scanning::CURSOR,
        scanning::MATCH,
        scanning::COUNT,
        Arg::Optional(&Arg::Token("NOSCORES")),
    ],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Array(&Shape::Bulk)])),
    examples: "> ZADD z 1 one 2 two\n(integer) 2\n> ZSCAN z 0 MATCH t*\n1) \"0\"\n2) 1) \"two\"\n   2) \"2\"\n> ZSCAN z 0 NOSCORES\n1) \"0\"\n2) 1) \"one\"\n   2) \"two\"",
    handler: Handler::Fn(zscan),
};

fn zscan(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let cursor = scanning::cursor(args)?;
    // As in Redis, nobody looks at the options if there is nothing to walk over.
    let zset = zset(ctx, key)?;
    if zset.is_empty() {
        scanning::begin_reply(0, 0, out);
        return Ok(());
    }
    let (mut options, mut scores) = (Options::new(), true);
    while !args.is_empty() {
        match args.token("NOSCORES") {
            true => scores = false,
            false => options.take(args)?,
        }
    }
    let (mut elements, mut digits) = (Vec::new(), Digits::new());
    let next = zset.scan(cursor, options.count, |element| {
        if options.wants(element.0.text(&mut digits)) {
            elements.push(element);
        }
    });
    let words = if scores { 2 } else { 1 };
    scanning::begin_reply(next, elements.len() * words, out);
    for (member, score) in elements {
        reply_element(member, out);
        if scores {
            reply_text(zset, score, out);
        }
    }
    Ok(())
}

/// Answers a score as the text that Redis shows here: what lies in a small set, but all digits of a large
/// one's.
fn reply_text(zset: ZsetRef<'_>, score: f64, out: &mut ReplyWriter<'_>) {
    match zset {
        ZsetRef::Packed(_) => out.bulk(DoubleText::new(score).as_bytes()),
        ZsetRef::Tree(_) => out.bulk(float::with_17_digits(score).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kv_protocol::Protocol;

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn a_walk_returns_every_member() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        let mut missing: BTreeSet<String> = (0..2000).map(|n| format!("\"m{n}\"")).collect();
        for n in 0..2000 {
            stage.run(&format!("ZADD z 0 m{n}"));
        }
        let (members, calls) = stage.walk("ZSCAN z {} COUNT 7 NOSCORES");
        for member in members {
            missing.remove(&member.pretty());
        }
        assert!(missing.is_empty(), "{missing:?}");
        assert!(calls > 50, "{calls}");
    }

    #[test]
    fn scores_are_texts_with_all_digits_if_the_set_is_large() {
        check(
            "> ZADD z 0.1 a 1e21 b\n(integer) 2\n> ZSCAN z 0 COUNT 1\n1) \"0\"\n2) 1) \"a\"\n2) \"0.1\"\n3) \"b\"\n4) \"1e+21\"
             > ZSCAN z 0 NOSCORES MATCH b\n1) \"0\"\n2) 1) \"b\"
             > CONFIG SET zset-max-listpack-entries 0\nOK\n> ZADD l 0.1 a\n(integer) 1
             > ZSCAN l 0\n1) \"0\"\n2) 1) \"a\"\n2) \"0.10000000000000001\"",
        );
    }

    #[test]
    fn errors_in_redis_order() {
        check(
            "> ZSCAN z 0 FOO\n1) \"0\"\n2) (empty array)\n> ZSCAN z x\n(error) ERR invalid cursor
             > ZADD z 1 a\n(integer) 1\n> ZSCAN z 0 COUNT 0\n(error) ERR syntax error
             > ZSCAN z 0 NOVALUES\n(error) ERR NOVALUES option can only be used in HSCAN
             > SADD s a\n(integer) 1\n> SSCAN s 0 NOSCORES\n(error) ERR NOSCORES option can only be used in ZSCAN
             > SET k v\nOK\n> ZSCAN k 0 FOO\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
