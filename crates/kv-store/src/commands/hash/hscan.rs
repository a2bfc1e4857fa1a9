//! HSCAN

use kv_protocol::ReplyWriter;
use kv_types::listpack::Digits;

use super::hash;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::entries::Part;
use crate::commands::scanning::{self, Options};
use crate::{Args, Ctx, Error};

pub(crate) static HSCAN: Command = Command {
    name: "HSCAN",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(1) for a call, O(N) for a whole walk over N fields",
    summary: "Returns some fields of the hash at a key, with their values unless these are not wanted, and the cursor to go on with; a walk starts and ends with cursor 0.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[
        Arg::Key("key"),
        scanning::CURSOR,
        scanning::MATCH,
        scanning::COUNT,
        Arg::Optional(&Arg::Token("NOVALUES")),
    ],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Array(&Shape::Bulk)])),
    examples: "> HSET h one 1 two 2\n(integer) 2\n> HSCAN h 0 MATCH t*\n1) \"0\"\n2) 1) \"two\"\n2) \"2\"\n> HSCAN h 0 NOVALUES\n1) \"0\"\n2) 1) \"one\"\n2) \"two\"",
    handler: Handler::Fn(hscan),
};

fn hscan(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let cursor = scanning::cursor(args)?;
    // As in Redis, nobody looks at the options if there is nothing to walk over.
    let hash = hash(ctx, key)?;
    if hash.is_empty() {
        scanning::begin_reply(0, 0, out);
        return Ok(());
    }
    let (mut options, mut part) = (Options::new(), Part::Both);
    while !args.is_empty() {
        if args.token("NOVALUES") {
            part = Part::Keys;
        } else {
            options.take(args)?;
        }
    }
    let (mut pairs, mut digits) = (Vec::new(), Digits::new());
    let next = hash.scan(cursor, options.count, |(field, value)| {
        if options.wants(field.text(&mut digits)) {
            pairs.push((field, value));
        }
    });
    let texts = if part == Part::Both { 2 } else { 1 };
    scanning::begin_reply(next, texts * pairs.len(), out);
    pairs.into_iter().for_each(|(field, value)| part.write(field, value, out));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn a_walk_returns_every_field() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        let all: BTreeMap<String, String> =
            (0..2000).map(|n| (format!("f{n}"), n.to_string())).collect();
        for (field, value) in &all {
            stage.run(&format!("HSET h {field} {value}"));
        }
        let (texts, calls) = stage.walk("HSCAN h {} COUNT 7");
        let text = |frame: &Frame| frame.as_str().expect("a string").to_owned();
        let seen: BTreeMap<String, String> =
            texts.chunks_exact(2).map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
        assert_eq!(seen, all);
        assert!(calls > 100, "{calls}");
    }

    #[test]
    fn small_hashes_come_whole() {
        check(
            "> HSET h 1 a 2 b\n(integer) 2\n> HSCAN h 0 COUNT 1\n1) \"0\"\n2) 1) \"1\"\n2) \"a\"\n3) \"2\"\n4) \"b\"
             > HSCAN h 99 novalues MATCH [12] MATCH 2 COUNT 1 COUNT 5\n1) \"0\"\n2) 1) \"2\"",
        );
    }

    #[test]
    fn errors_in_redis_order() {
        check(
            "> HSCAN h 0 COUNT x\n1) \"0\"\n2) (empty array)\n> HSCAN h x\n(error) ERR invalid cursor
             > SET s v\nOK\n> HSCAN s x\n(error) ERR invalid cursor
             > HSCAN s 0 COUNT x\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > HSET h a 1\n(integer) 1\n> HSCAN h 0 COUNT x\n(error) ERR value is not an integer or out of range
             > HSCAN h 0 COUNT 0\n(error) ERR syntax error\n> HSCAN h 0 COUNT\n(error) ERR syntax error
             > HSCAN h 0 TYPE hash\n(error) ERR syntax error",
        );
    }
}
