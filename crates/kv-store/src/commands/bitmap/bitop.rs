//! BITOP

use kv_protocol::{ReplyWriter, Request};
use kv_types::bits::Operation;
use kv_types::{Kind, Record};
use smallvec::SmallVec;

use crate::command::{
    Access, Arg, Arity, Command, Flags, Group, Handler, KeySink, Keys, Log, Shape,
};
use crate::ctx::text_of;
use crate::{Args, Ctx, Error, Event, Key};

pub(crate) static BITOP: Command = Command {
    name: "BITOP",
    group: Group::Bitmap,
    since: "0.1.0",
    complexity: "O(N) for N bytes of all strings",
    summary: "Combines strings bit by bit, sets a key to the result and returns its length.",
    arity: Arity::AtLeast(4),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::Custom { wire: (2, -1, 1), movable: false, find: keys },
    log: Log::Verbatim,
    args: &[
        Arg::OneOf(
            "operation",
            &[
                Arg::Token("AND"),
                Arg::Token("OR"),
                Arg::Token("XOR"),
                Arg::Token("NOT"),
                Arg::Token("DIFF"),
                Arg::Token("DIFF1"),
                Arg::Token("ANDOR"),
                Arg::Token("ONE"),
            ],
        ),
        Arg::Key("destkey"),
        Arg::Multiple(&Arg::Key("key")),
    ],
    reply: Shape::Int,
    examples: "> MSET a abc b AB\nOK\n> BITOP AND c a b\n(integer) 3\n> GET c\n\"AB\\x00\"\n> BITOP DIFF c a b\n(integer) 3\n> GET c\n\"  c\"",
    handler: Handler::Fn(bitop),
};

const OPERATIONS: [(&str, Operation); 8] = [
    ("AND", Operation::And),
    ("OR", Operation::Or),
    ("XOR", Operation::Xor),
    ("NOT", Operation::Not),
    ("DIFF", Operation::Diff),
    ("DIFF1", Operation::Diff1),
    ("ANDOR", Operation::AndOr),
    ("ONE", Operation::One),
];

fn keys(request: Request<'_>, db: usize, sink: &mut KeySink) -> Result<(), Error> {
    sink.add(2, db, Access::Write);
    (3..request.len()).for_each(|at| sink.add(at, db, Access::Read));
    Ok(())
}

/// Takes the name of an operation.
fn operation(args: &mut Args<'_>) -> Result<(&'static str, Operation), Error> {
    OPERATIONS.into_iter().find(|(name, _)| args.token(name)).ok_or(Error::Syntax)
}

/// Whether the operation named `name` works on this many strings.
fn check_count(name: &str, operation: Operation, sources: usize) -> Result<(), Error> {
    let needed = match operation {
        Operation::Not if sources != 1 => "with a single source key",
        Operation::Diff | Operation::Diff1 | Operation::AndOr if sources < 2 => {
            "with at least two source keys"
        }
        _ => return Ok(()),
    };
    Err(Error::new(format!("BITOP {name} must be called {needed}.")))
}

fn bitop(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (name, operation) = operation(args)?;
    let target = args.key()?;
    check_count(name, operation, args.remaining())?;
    // All are counted as read, and refused if need be, before they are borrowed together.
    let mut ahead = *args;
    while !ahead.is_empty() {
        ctx.string(ahead.key()?)?;
    }
    let result = combine(ctx, args, operation, target)?;
    let len = result.value().len();
    out.int(len as i64);
    match len {
        0 => ctx.remove(target, Event::DEL).map(drop),
        _ => ctx.view.put_record(target, result, Event::SET),
    }
}

/// The record that the operation makes for `target` from the strings at the keys that are left.
fn combine(
    ctx: &Ctx<'_>,
    args: &mut Args<'_>,
    operation: Operation,
    target: Key<'_>,
) -> Result<Record, Error> {
    let mut sources: SmallVec<[&[u8]; 8]> = SmallVec::new();
    while !args.is_empty() {
        sources.push(ctx.peek(args.key()?).map(text_of).transpose()?.unwrap_or_default());
    }
    let len = sources.iter().map(|source| source.len()).max().unwrap_or(0);
    let mut result = Record::new(target.bytes(), Kind::String, b"", None);
    result.edit(|value| {
        value.resize(len, 0);
        operation.combine(&sources, value);
    });
    Ok(result)
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use crate::commands::testing::{check_events, native};
    use crate::testing::check;

    #[test]
    fn every_operation() {
        check(
            "> MSET x \"\\x0f\\x0f\\x0f\" y \"\\x33\\x33\" z U\nOK
             > BITOP AND d x y z\n(integer) 3\n> GET d\n\"\\x01\\x00\\x00\"
             > BITOP OR d x y z missing\n(integer) 3\n> GET d\n\"\\x7f?\\x0f\"
             > BITOP XOR d x y z\n(integer) 3\n> GET d\n\"i<\\x0f\"
             > BITOP NOT d x\n(integer) 3\n> GET d\n\"\\xf0\\xf0\\xf0\"
             > BITOP diff d x y z\n(integer) 3\n> GET d\n\"\\b\\x0c\\x0f\"
             > BITOP DIFF1 d x y z\n(integer) 3\n> GET d\n\"p0\\x00\"
             > BITOP ANDOR d x y z\n(integer) 3\n> GET d\n\"\\a\\x03\\x00\"
             > BITOP ONE d x y z\n(integer) 3\n> GET d\n\"h<\\x0f\"",
        );
    }

    #[test]
    fn the_result_replaces_whatever_was_there_even_a_source() {
        check(
            "> SET a abc PX 5\nOK\n> BITOP NOT a a\n(integer) 3\n~ 6\n> GET a\n\"\\x9e\\x9d\\x9c\"
             > SET n 12345\nOK\n> BITOP OR d n\n(integer) 5\n> OBJECT ENCODING d\n\"raw\"",
        );
    }

    #[test]
    fn an_empty_result_removes_the_key() {
        check(
            "> MSET d x e \"\"\nOK\n> BITOP AND d missing e\n(integer) 0\n> EXISTS d\n(integer) 0
             > BITOP NOT d missing\n(integer) 0",
        );
        check_events(&[
            ("SET a x", "0 a set"),
            ("BITOP OR d a", "0 d set"),
            ("BITOP OR d missing", "0 d del"),
            ("BITOP OR d missing", ""),
        ]);
    }

    #[test]
    fn long_results() {
        check(
            "> SETBIT a 100000 1\n(integer) 0\n> SETBIT b 0 1\n(integer) 0
             > BITOP OR d a b\n(integer) 12501\n> BITCOUNT d\n(integer) 2\n> BITPOS d 1 1\n(integer) 100000
             > BITOP ONE d d a\n(integer) 12501\n> BITCOUNT d\n(integer) 1",
        );
    }

    #[test]
    fn what_is_refused() {
        check(
            "> BITOP NAND d a\n(error) ERR syntax error
             > BITOP NOT d a b\n(error) ERR BITOP NOT must be called with a single source key.
             > BITOP DIFF d a\n(error) ERR BITOP DIFF must be called with at least two source keys.
             > BITOP DIFF1 d a\n(error) ERR BITOP DIFF1 must be called with at least two source keys.
             > BITOP ANDOR d a\n(error) ERR BITOP ANDOR must be called with at least two source keys.",
        );
        let replies = native([
            vec!["MSET".into(), "n".into(), 1.into(), "l".into(), Frame::Array(vec![])],
            vec!["BITOP".into(), "AND".into(), "d".into(), "n".into(), "l".into()],
            vec!["BITOP".into(), "OR".into(), "l".into(), "n".into()],
            vec!["GET".into(), "l".into()],
        ]);
        assert!(replies[1].as_error().unwrap().starts_with(b"WRONGTYPE"));
        assert_eq!(replies[2..], [1.into(), "1".into()]);
    }
}
