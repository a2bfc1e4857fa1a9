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
