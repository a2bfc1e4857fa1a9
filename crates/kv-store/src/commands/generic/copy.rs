//! COPY

use kv_protocol::{ReplyWriter, Request};

use crate::command::{
    Access, Arg, Arity, Command, Flags, Group, Handler, KeySink, Keys, Log, Shape,
};
use crate::{Args, Ctx, Error, Event};

pub(crate) static COPY: Command = Command {
    name: "COPY",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1), or O(N) for a value of N bytes below 4 KiB",
    summary: "Copies a key's value and deadline to another key; 1 if it did, 0 if not.",
    arity: Arity::AtLeast(3),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::Custom { wire: (1, 2, 1), movable: false, find: keys },
    log: Log::Verbatim,
    args: &[
        Arg::Key("source"),
        Arg::Key("destination"),
        Arg::Optional(&Arg::Option("DB", &Arg::Int("destination-db"))),
        Arg::Optional(&Arg::Token("REPLACE")),
    ],
    reply: Shape::Int,
    examples: "> SET a 1\nOK\n> COPY a b\n(integer) 1\n> COPY a b\n(integer) 0\n> COPY a b REPLACE\n(integer) 1\n> GET b\n\"1\"",
    handler: Handler::Fn(copy),
};

#[derive(Default)]
struct Options {
    /// The destination's database; the session's if it is not given.
    db: Option<usize>,
    replace: bool,
}

/// Takes the options; `database` makes a database of its number, or refuses it.
fn options(
    args: &mut Args<'_>,
    database: impl Fn(i32) -> Result<usize, Error>,
) -> Result<Options, Error> {
    let mut options = Options::default();
    while !args.is_empty() {
        if args.token("REPLACE") {
            options.replace = true;
        } else if args.token("DB") {
            options.db = Some(database(args.int32()?)?);
        } else {
            return Err(Error::Syntax);
        }
    }
    Ok(options)
}

/// The source in the session's database, the destination in the one the options name. Options that
/// are none are left to the handler to refuse.
fn keys(request: Request<'_>, db: usize, sink: &mut KeySink) -> Result<(), Error> {
    let unchecked = |number| usize::try_from(number).map_err(|_| Error::NoSuchDatabase);
    let options = options(&mut Args::new(request, &[], 3), unchecked).unwrap_or_default();
    sink.add(1, db, Access::Read);
    sink.add(2, options.db.unwrap_or(db), Access::Write);
    Ok(())
}

fn copy(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (from, to) = (args.key()?, args.key()?);
    let options = options(args, |number| ctx.database(number))?;
    if from.bytes() == to.bytes() && options.db.is_none_or(|db| db == ctx.db()) {
        return Err(Error::SameObject);
    }
    let taken = !options.replace && ctx.exists(to);
    let copy = match ctx.read(from) {
        Some(record) if !taken => Some(record.with_key(to.bytes())),
        _ => None,
    };
    out.int(i64::from(copy.is_some()));
    match copy {
        Some(copy) => ctx.view.put_record(to, copy, Event::COPY_TO),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use crate::commands::generic::testing::stage_with;
    use crate::testing::check;

    #[test]
    fn value_and_deadline_are_copied_and_then_live_apart() {
        check(
            "> SET a hello EX 10\nOK\n> COPY a b\n(integer) 1\n> TTL b\n(integer) 10
             > APPEND a !\n(integer) 6\n> GET b\n\"hello\"\n> SET c 1\nOK\n> COPY c b replace\n(integer) 1
             > TTL b\n(integer) -1\n> GET c\n\"1\"",
        );
    }

    #[test]
    fn a_long_value_is_shared_until_one_of_the_two_changes() {
        check(
            "> SETRANGE a 5000 x\n(integer) 5001\n> COPY a b\n(integer) 1\n> APPEND a y\n(integer) 5002
             > STRLEN b\n(integer) 5001\n> DEL a\n(integer) 1\n> GETRANGE b 5000 -1\n\"x\"",
        );
    }

    #[test]
    fn into_another_database() {
        check(
            "> SET a 1\nOK\n> COPY a a DB 1\n(integer) 1\n> COPY a a DB 1\n(integer) 0
             > COPY a a DB 1 REPLACE DB 2\n(integer) 1\n> SELECT 1\nOK\n> GET a\n\"1\"
             > COPY a a DB 0\n(integer) 0\n> SELECT 2\nOK\n> GET a\n\"1\"\n> DEL a\n(integer) 1
             > COPY a a DB 1\n(integer) 0",
        );
    }

    #[test]
    fn expired_keys_are_neither_copied_nor_in_the_way() {
        check(
            "> SET a 1 PX 5\nOK\n~ 6\n> COPY a b\n(integer) 0\n> SET a 1 PX 5\nOK\n> SET b 2\nOK\n~ 6
             > COPY b a\n(integer) 1\n> PTTL a\n(integer) -1",
        );
    }

    #[test]
    fn errors() {
        check(
            "> COPY a b DB\n(error) ERR syntax error\n> COPY a b FOO DB 99\n(error) ERR syntax error
             > COPY a b DB 99 FOO\n(error) ERR DB index is out of range
             > COPY a b DB -1\n(error) ERR DB index is out of range
             > COPY a b DB 99 DB 1\n(error) ERR DB index is out of range
             > COPY a b DB 99\n(error) ERR DB index is out of range
             > COPY a b DB x\n(error) ERR value is not an integer or out of range
             > COPY a b DB 2147483648\n(error) ERR value is out of range, value must between -2147483648 and 2147483647
             > COPY a a\n(error) ERR source and destination objects are the same
             > COPY a a DB 0 REPLACE\n(error) ERR source and destination objects are the same",
        );
    }

    #[test]
    fn frames_are_copied_as_they_are() {
        let list = Frame::Array(vec![Frame::Integer(1), Frame::Null]);
        stage_with(&[("a", list)])
            .play("> COPY a b\n(integer) 1\n> GET b\n1) (integer) 1\n2) (nil)");
    }
}
