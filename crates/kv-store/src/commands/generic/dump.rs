//! DUMP

use bytes::Bytes;
use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::settings::RDBCOMPRESSION;
use crate::{Args, Ctx, Error, rdb};

pub(crate) static DUMP: Command = Command {
    name: "DUMP",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(N) for a value of N bytes",
    summary: "Returns the value at a key in the format that RESTORE takes, Redis's and Valkey's too; of a native number its text.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null]),
    examples: r#"> SET k 10
OK
> DUMP k
"\x00\xc0\n\x06\x00\xf8r?\xc5\xfb\xfb_("
> DUMP missing
(nil)"#,
    handler: Handler::Fn(dump),
};

fn dump(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, now) = (args.key()?, ctx.now());
    let compress = ctx.store.settings().number(&RDBCOMPRESSION) != 0;
    match ctx.read(key) {
        Some(record) => {
            let dump = rdb::record::dump(record, now, compress)?;
            out.bulk_shared(&Bytes::from(dump));
        }
        None => out.null(),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::commands::generic::testing::stage_with;
    use crate::testing::Stage;

    #[test]
    fn compression_is_a_setting() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        let dumped = |session: &mut crate::Session| match session.call(["DUMP", "k"]) {
            Frame::Bulk(dump) => dump.len(),
            other => panic!("{other:?}"),
        };
        stage.session.call(["SET", "k", &"x".repeat(1000)]);
        assert!(dumped(&mut stage.session) < 40);
        stage.store.settings().change(&[("rdbcompression", "no")]).unwrap();
        assert!(dumped(&mut stage.session) > 1000);
    }

    #[test]
    fn it_counts_as_a_use() {
        let mut stage = stage_with(&[]);
        stage.play("> SET k v\n(integer) 1\n~ 5000");
        stage.run("DUMP k");
        stage.play("> OBJECT IDLETIME k\n(integer) 0");
    }

    #[test]
    fn frames_are_dumped_as_their_text_or_not_at_all() {
        let list = Frame::Array(vec![Frame::Integer(1)]);
        let mut stage =
            stage_with(&[("n", 10.into()), ("s", "10".into()), ("l", list), ("null", Frame::Null)]);
        assert_eq!(stage.run("DUMP n"), stage.run("DUMP s"));
        stage.play(
            "> DUMP l\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > DUMP null\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
