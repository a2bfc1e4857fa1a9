//! APPEND

use kv_protocol::{Arg as Sent, ReplyWriter};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::text_of;
use crate::{Args, Ctx, Deadline, Error, Event};

pub(crate) static APPEND: Command = Command {
    name: "APPEND",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(N) for N bytes appended",
    summary: "Adds bytes to the end of the string at a key, which is made if it is missing, and returns its length.",
    arity: Arity::Exactly(3),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::String("value")],
    reply: Shape::Int,
    examples: "> APPEND k Hello\n(integer) 5\n> APPEND k \" World\"\n(integer) 11\n> GET k\n\"Hello World\"",
    handler: Handler::Fn(append),
};

fn append(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, more) = (args.key()?, args.bytes()?);
    let Some(record) = ctx.peek(key) else {
        ctx.put(key, Sent::Bytes(more), Deadline::Clear, Event::APPEND)?;
        out.int(more.len() as i64);
        return Ok(());
    };
    let len = text_of(record)?.len().saturating_add(more.len());
    if len > ctx.max_string() {
        return Err(Error::StringTooLong);
    }
    ctx.edit(key, Event::APPEND, |value| value.extend_from_slice(more))?;
    out.int(len as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use super::super::testing::native;
    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn the_time_to_live_stays() {
        check(
            "> SET k a PX 5\nOK\n> APPEND k b\n(integer) 2\n> APPEND k \"\"\n(integer) 2
             > GET k\n\"ab\"\n~ 6\n> APPEND k c\n(integer) 1\n~ 1000\n> GET k\n\"c\"
             > APPEND e \"\"\n(integer) 0\n> GET e\n\"\"",
        );
    }

    #[test]
    fn no_longer_than_the_limit() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        stage.store.settings().change(&[("proto-max-bulk-len", "1mb")]).unwrap();
        let half = vec![b'x'; 512 << 10];
        for len in [half.len() as i64, 2 * half.len() as i64] {
            assert_eq!(stage.session.call([b"APPEND", &b"k"[..], &half]), len.into());
        }
        stage.play(
            "> APPEND k y\n(error) ERR string exceeds maximum allowed size (proto-max-bulk-len)
             > APPEND k \"\"\n(integer) 1048576",
        );
    }

    #[test]
    fn a_stored_number_becomes_a_string_and_a_list_is_refused() {
        let replies = native([
            vec!["MSET".into(), "n".into(), 4.into(), "l".into(), Frame::Array(vec![])],
            vec!["APPEND".into(), "n".into(), 2.into()],
            vec!["GET".into(), "n".into()],
            vec!["APPEND".into(), "l".into(), "x".into()],
        ]);
        assert_eq!(replies[1..3], [2.into(), "42".into()]);
        assert!(replies[3].as_error().unwrap().starts_with(b"WRONGTYPE"));
    }
}
