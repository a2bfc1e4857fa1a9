//! MOVE

use kv_protocol::{ReplyWriter, Request};

use crate::command::{
    Access, Arg, Arity, Command, Flags, Group, Handler, KeySink, Keys, Log, Shape,
};
use crate::{Args, Ctx, Error, Event};

pub(crate) static MOVE: Command = Command {
    name: "MOVE",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Moves a key to another database unless it is there already; 1 if it did, 0 if not.",
    arity: Arity::Exactly(3),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::Custom { wire: (1, 1, 1), movable: false, find: keys },
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("db")],
    reply: Shape::Int,
    examples: "> SET k v\nOK\n> MOVE k 1\n(integer) 1\n> EXISTS k\n(integer) 0",
    handler: Handler::Fn(move_key),
};

/// The key in both databases; a number that is no database is left to the handler to refuse.
fn keys(request: Request<'_>, db: usize, sink: &mut KeySink) -> Result<(), Error> {
    sink.add(1, db, Access::Write);
    let number = Args::new(request, &[], 2).int32();
    if let Some(other) = number.ok().and_then(|number| usize::try_from(number).ok()) {
        sink.add(1, other, Access::Write);
    }
    Ok(())
}

fn move_key(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let key = args.key()?;
    let db = ctx.database(args.int32()?)?;
    if db == ctx.db() {
        return Err(Error::SameObject);
    }
    let there = ctx.view.key_in(db, key.bytes())?;
    let taken = ctx.exists(there);
    let record = match ctx.peek(key) {
        Some(record) if !taken => Some(record.with_key(key.bytes())),
        _ => None,
    };
    out.int(i64::from(record.is_some()));
    if let Some(record) = record {
        ctx.remove(key, Event::MOVE_FROM)?;
        ctx.view.put_record(there, record, Event::MOVE_TO)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::RequestBuf;

    use crate::command::{Access, KeySink};
    use crate::testing::check;

    #[test]
    fn the_key_is_one_argument_in_two_databases() {
        let request = RequestBuf::from_iter(["MOVE", "k", "3"]);
        let mut sink = KeySink::default();
        super::keys(request.as_request(), 1, &mut sink).expect("always finds the key");
        assert_eq!(sink.iter().collect::<Vec<_>>(), [(1, 1, Access::Write), (1, 3, Access::Write)]);
    }

    #[test]
    fn there_and_back() {
        check(
            "> SET k v EX 10\nOK\n> MOVE k 1\n(integer) 1\n> MOVE k 1\n(integer) 0\n> SELECT 1\nOK
             > GET k\n\"v\"\n> TTL k\n(integer) 10\n> MOVE k 0\n(integer) 1\n> DBSIZE\n(integer) 0",
        );
    }

    #[test]
    fn a_key_that_is_there_already_stays() {
        check(
            "> SET k a\nOK\n> SELECT 1\nOK\n> SET k b PX 5\nOK\n> SELECT 0\nOK\n> MOVE k 1\n(integer) 0
             > GET k\n\"a\"\n~ 6\n> MOVE k 1\n(integer) 1\n> SELECT 1\nOK\n> GET k\n\"a\"\n> PTTL k\n(integer) -1",
        );
    }

    #[test]
    fn errors() {
        check(
            "> MOVE k x\n(error) ERR value is not an integer or out of range
             > MOVE k -2147483649\n(error) ERR value is out of range, value must between -2147483648 and 2147483647
             > MOVE k 16\n(error) ERR DB index is out of range\n> MOVE k -1\n(error) ERR DB index is out of range
             > MOVE k 0\n(error) ERR source and destination objects are the same
             > SET k v PX 5\nOK\n~ 6\n> MOVE k 1\n(integer) 0",
        );
    }
}
