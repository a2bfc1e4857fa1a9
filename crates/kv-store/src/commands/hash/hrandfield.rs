//! HRANDFIELD

use kv_protocol::ReplyWriter;
use kv_types::hash::Pair;

use super::hash;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_element;
use crate::commands::entries::Part;
use crate::{Args, Ctx, Error};

pub(crate) static HRANDFIELD: Command = Command {
    name: "HRANDFIELD",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(1), or O(N) for a count of N; of a small hash, or for a large part of one, O(its fields)",
    summary: "Returns random fields of the hash at a key, with their values if asked for: one, several different ones, or, for a negative count, ones that may repeat.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[
        Arg::Key("key"),
        Arg::Optional(&Arg::Block(
            "options",
            &[Arg::Int("count"), Arg::Optional(&Arg::Token("WITHVALUES"))],
        )),
    ],
    reply: Shape::OneOf(&[
        Shape::Bulk,
        Shape::Null,
        Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Array(&Shape::Bulk)])),
    ]),
    examples: "> HSET h a 1\n(integer) 1\n> HRANDFIELD h\n\"a\"\n> HRANDFIELD h 5 WITHVALUES\n1) \"a\"\n2) \"1\"\n> HRANDFIELD h -2\n1) \"a\"\n2) \"a\"",
    handler: Handler::Fn(hrandfield),
};

fn hrandfield(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let key = args.key()?;
    let wanted = wanted(args)?;
    let mut rng = ctx.session.rng.fork();
    let hash = hash(ctx, key)?;
    let Some((count, part)) = wanted else {
        match hash.random(&mut rng) {
            Some((field, _)) => reply_element(field, out),
            None => out.null(),
        }
        return Ok(());
    };
    let number = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if hash.is_empty() {
        out.array(0);
    } else if count >= 0 {
        let sample = hash.sample(number, &mut rng);
        begin(sample.len(), part, out);
        sample.into_iter().for_each(|pair| reply(pair, part, out));
    } else {
        begin(number, part, out);
        hash.draws(number, &mut rng, |pair| {
            reply(pair, part, out);
            // Nobody reads what is longer than a reply may be.
            !out.overflowed()
        });
    }
    Ok(())
}

/// How many, and what of each, if that is said. A number that is none, or out of bounds, is told of before
/// what follows it.
fn wanted(args: &mut Args<'_>) -> Result<Option<(i64, Part)>, Error> {
    if args.is_empty() {
        return Ok(None);
    }
    let count = args.int()?;
    if count == i64::MIN {
        return Err(Error::OutOfRange(-i64::MAX, i64::MAX));
    }
    let part = if args.token("WITHVALUES") { Part::Both } else { Part::Keys };
    args.finish()?;
    // So many fields and values could not be counted.
    if part == Part::Both && count.unsigned_abs() > i64::MAX as u64 / 2 {
        return Err(Error::new("value is out of range"));
    }
    Ok(Some((count, part)))
}

fn begin(len: usize, part: Part, out: &mut ReplyWriter<'_>) {
    if part == Part::Both { out.pair_list(len) } else { out.array(len) }
}

fn reply((field, value): Pair<'_>, part: Part, out: &mut ReplyWriter<'_>) {
    if part == Part::Both {
        out.pair();
    }
    part.write(field, value, out);
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn counts() {
        check(
            "> HRANDFIELD h\n(nil)\n> HRANDFIELD h 3\n(empty array)\n> HRANDFIELD h -3 WITHVALUES\n(empty array)
             > HSET h a 1\n(integer) 1\n> HRANDFIELD h 0 WITHVALUES\n(empty array)\n> HRANDFIELD h 9223372036854775807\n1) \"a\"
             > HRANDFIELD h -2 withvalues\n1) \"a\"\n2) \"1\"\n3) \"a\"\n4) \"1\"",
        );
    }

    #[test]
    fn pairs_are_nested_in_resp3() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        stage.run("HSET h a 1");
        let pair = || Frame::Array(vec!["a".into(), "1".into()]);
        assert_eq!(stage.run("HRANDFIELD h 5 WITHVALUES"), Some(Frame::Array(vec![pair()])));
        assert_eq!(
            stage.run("HRANDFIELD h -2 WITHVALUES"),
            Some(Frame::Array(vec![pair(), pair()]))
        );
    }

    #[test]
    fn fields_are_different_or_may_repeat() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        stage.run("HSET h a 1 b 2 c 3 d 4");
        for _ in 0..20 {
            let Some(Frame::Array(mut three)) = stage.run("HRANDFIELD h 3") else { panic!() };
            three.sort_by_key(|field| format!("{field:?}"));
            three.dedup();
            assert_eq!(three.len(), 3);
            let Some(Frame::Array(many)) = stage.run("HRANDFIELD h -20") else { panic!() };
            assert_eq!(many.len(), 20);
        }
    }

    #[test]
    fn errors() {
        check(
            "> SET s v\nOK\n> HRANDFIELD s x FOO\n(error) ERR value is not an integer or out of range
             > HRANDFIELD s 1 FOO\n(error) ERR syntax error\n> HRANDFIELD s 1 WITHVALUES x\n(error) ERR syntax error
             > HRANDFIELD s -9223372036854775808\n(error) ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
             > HRANDFIELD s -4611686018427387904 WITHVALUES\n(error) ERR value is out of range
             > HRANDFIELD s 0\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
