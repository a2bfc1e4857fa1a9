//! HGETALL, HKEYS, HVALS

use kv_protocol::ReplyWriter;
use kv_types::hash::HashRef;

use super::hash;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::entries::{Part, reply_later};
use crate::ctx::LATER;
use crate::{Args, Ctx, Error};

pub(crate) static HGETALL: Command = Command {
    name: "HGETALL",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields",
    summary: "Returns all fields of the hash at a key with their values.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Map,
    examples: "> HSET h a 1\n(integer) 1\n> HGETALL h\n1) \"a\"\n2) \"1\"\n> HGETALL missing\n(empty array)",
    handler: Handler::Fn(|ctx, args, out| entries(ctx, args, out, Part::Both)),
};

pub(crate) static HKEYS: Command = Command {
    name: "HKEYS",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields",
    summary: "Returns all fields of the hash at a key.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Array(&Shape::Bulk),
    examples: "> HSET h a 1 b 2\n(integer) 2\n> HKEYS h\n1) \"a\"\n2) \"b\"",
    handler: Handler::Fn(|ctx, args, out| entries(ctx, args, out, Part::Keys)),
};

pub(crate) static HVALS: Command = Command {
    name: "HVALS",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields",
    summary: "Returns the values of all fields of the hash at a key.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Array(&Shape::Bulk),
    examples: "> HSET h a 1 b 2\n(integer) 2\n> HVALS h\n1) \"1\"\n2) \"2\"",
    handler: Handler::Fn(|ctx, args, out| entries(ctx, args, out, Part::Values)),
};

fn entries(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    part: Part,
) -> Result<(), Error> {
    let key = args.key()?;
    let hash = hash(ctx, key)?;
    let len = hash.len();
    match part {
        Part::Both => out.map(len),
        Part::Keys | Part::Values => out.array(len),
    }
    match hash {
        HashRef::Table(table, now) if len > LATER => {
            let table = table.clone();
            reply_later(ctx, table, now, part);
        }
        _ => hash.iter().for_each(|(field, value)| part.write(field, value, out)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn shapes() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        assert_eq!(stage.run("HGETALL h"), Some(Frame::Map(vec![])));
        assert_eq!(stage.run("HVALS h"), Some(Frame::Array(vec![])));
        stage.run("HSET h a 1");
        assert_eq!(stage.run("HGETALL h"), Some(Frame::Map(vec![("a".into(), "1".into())])));
        assert_eq!(stage.run("HKEYS h"), Some(Frame::Array(vec!["a".into()])));
        assert_eq!(stage.run("HVALS h"), Some(Frame::Array(vec!["1".into()])));
        for command in ["HGETALL", "HKEYS", "HVALS"] {
            check(&format!(
                "> SET s v\nOK\n> {command} s\n(error) WRONGTYPE Operation against a key holding the wrong kind of value"
            ));
        }
    }

    #[test]
    fn a_field_that_is_over_is_left_out() {
        check(
            "> HSETEX h PX 5 FIELDS 1 a 1\n(integer) 1\n> HSET h b 2\n(integer) 1\n~ 6\n> HGETALL h\n1) \"b\"\n2) \"2\"
             > HKEYS h\n1) \"b\"\n> HVALS h\n1) \"2\"",
        );
    }

    fn text(frame: &Frame) -> String {
        frame.as_str().expect("a string").to_owned()
    }

    #[test]
    fn long_replies_are_whole() {
        for count in [512, 999, 1001, 3000] {
            let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
            for n in 0..count {
                stage.run(&format!("HSET h f{n} {n}"));
            }
            stage.run("HSETEX h PX 5 FIELDS 1 over 1");
            stage.play("~ 6");
            let expected: BTreeMap<_, _> =
                (0..count).map(|n| (format!("f{n}"), n.to_string())).collect();
            let Some(Frame::Map(pairs)) = stage.run("HGETALL h") else { panic!() };
            assert_eq!(pairs.len(), count);
            assert_eq!(
                pairs.iter().map(|(f, v)| (text(f), text(v))).collect::<BTreeMap<_, _>>(),
                expected
            );
            let (Some(Frame::Array(keys)), Some(Frame::Array(values))) =
                (stage.run("HKEYS h"), stage.run("HVALS h"))
            else {
                panic!()
            };
            let pairs = keys.iter().zip(&values).map(|(f, v)| (text(f), text(v)));
            assert_eq!(pairs.collect::<BTreeMap<_, _>>(), expected);
        }
    }

    #[test]
    fn a_long_reply_comes_in_slices() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        for n in 0..3000 {
            stage.run(&format!("HSET h f{n} {n}"));
        }
        let slices = stage.slices("HGETALL h", 4096);
        assert!(slices.len() > 8, "{}", slices.len());
        assert!(slices.iter().all(|slice| slice.len() < 8192));
        let bytes = slices.concat();
        assert!(bytes.starts_with(b"*6000\r\n$"));
        assert_eq!(bytes.iter().filter(|&&byte| byte == b'$').count(), 6000);
    }
}
