//! SCAN

use kv_protocol::ReplyWriter;

use super::key_type::type_name;
use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::scanning::{self, Options};
use crate::{Args, Ctx, Error};

pub(crate) static SCAN: Command = Command {
    name: "SCAN",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1) for a call, O(N) for a whole walk over N keys",
    summary: "Returns some keys and the cursor to go on with; a walk starts and ends with cursor 0.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY,
    keys: Keys::None, // the shards are locked one after the other, so that others are not held up
    log: Log::Nothing,
    args: &[
        scanning::CURSOR,
        scanning::MATCH,
        scanning::COUNT,
        Arg::Optional(&Arg::Option("TYPE", &Arg::String("type"))),
    ],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Array(&Shape::Bulk)])),
    examples: "> MSET one 1 two 2\nOK\n> SCAN 0 MATCH t* COUNT 100\n1) \"0\"\n2) 1) \"two\"",
    handler: Handler::Fn(scan),
};

fn scan(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let cursor = scanning::cursor(args)?;
    let (mut options, mut wanted) = (Options::new(), None);
    while !args.is_empty() {
        match args.token("TYPE") {
            // No type has to be known by this name: Redis, too, finds nothing then.
            true => wanted = Some(args.bytes()?),
            false => options.take(args)?,
        }
    }
    // The next cursor is sent first and known last.
    let mut keys = Vec::new();
    let next = ctx.view.scan(ctx.session.db, cursor, options.count as u64, |record| {
        let is_of = |name: &[u8]| name.eq_ignore_ascii_case(type_name(record).as_bytes());
        if options.wants(record.key()) && wanted.is_none_or(is_of) {
            keys.push(record.key().to_vec());
        }
    });
    scanning::begin_reply(next, keys.len(), out);
    keys.iter().for_each(|key| out.bulk(key));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::commands::generic::testing::stage_with;
    use crate::testing::{Stage, check};

    #[test]
    fn a_walk_returns_every_key() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        let mut missing: BTreeSet<String> = (0..500).map(|n| n.to_string()).collect();
        for key in &missing {
            stage.run(&format!("SET {key} v"));
        }
        let (keys, calls) = stage.walk("SCAN {} COUNT 7");
        for key in keys {
            missing.remove(key.pretty().trim_matches('"'));
        }
        assert!(missing.is_empty(), "{missing:?}");
        assert!(calls > 10, "{calls}");
    }

    #[test]
    fn filters() {
        check(
            "> SET a 1\nOK\n> SCAN 0 MATCH b\n1) \"0\"\n2) (empty array)
             > SCAN 0 TYPE STRING count 1000\n1) \"0\"\n2) 1) \"a\"
             > SCAN 0 TYPE hash\n1) \"0\"\n2) (empty array)\n> SCAN 0 TYPE nosuch\n1) \"0\"\n2) (empty array)
             > SCAN 0 MATCH b MATCH ? TYPE hash TYPE string COUNT 1 COUNT 9223372036854775807\n1) \"0\"\n2) 1) \"a\"",
        );
    }

    #[test]
    fn frames_have_their_own_type() {
        stage_with(&[("n", 5.into()), ("null", Frame::Null)]).play(
            "> SCAN 0 TYPE frame COUNT 100\n1) \"0\"\n2) 1) \"null\"
             > SCAN 0 TYPE string COUNT 100\n1) \"0\"\n2) 1) \"n\"",
        );
    }

    #[test]
    fn expired_keys_and_other_databases_are_left_out() {
        check(
            "> SET a 1 PX 5\nOK\n~ 6\n> SCAN 0 COUNT 100\n1) \"0\"\n2) (empty array)\n> SELECT 1\nOK
             > SCAN 0\n1) \"0\"\n2) (empty array)",
        );
    }

    #[test]
    fn cursors() {
        for fine in ["00", "+0", "\" 0\""] {
            check(&format!("> SCAN {fine}\n1) \"0\"\n2) (empty array)"));
        }
        for bad in ["x", "\"\"", "-1", "18446744073709551616", "\"0 \"", "0x1", "\"\\xff\""] {
            check(&format!("> SCAN {bad} FOO\n(error) ERR invalid cursor"));
        }
        // Whatever this cursor points to, it is somewhere, and the walk from there ends.
        check("> SCAN 18446744073709551615\n1) \"0\"\n2) (empty array)");
    }

    #[test]
    fn option_errors() {
        check(
            "> SCAN 0 COUNT\n(error) ERR syntax error\n> SCAN 0 COUNT 0\n(error) ERR syntax error
             > SCAN 0 COUNT -1\n(error) ERR syntax error\n> SCAN 0 MATCH\n(error) ERR syntax error
             > SCAN 0 FOO bar\n(error) ERR syntax error
             > SCAN 0 NOVALUES\n(error) ERR NOVALUES option can only be used in HSCAN
             > SCAN 0 COUNT x FOO\n(error) ERR value is not an integer or out of range",
        );
    }
}
