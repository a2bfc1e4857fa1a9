//! BITFIELD and BITFIELD_RO

mod step;

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error, Event};
use step::{Step, steps};

const GET: Arg =
    Arg::Option("GET", &Arg::Block("get-block", &[Arg::String("encoding"), Arg::Int("offset")]));

pub(crate) static BITFIELD: Command = Command {
    name: "BITFIELD",
    group: Group::Bitmap,
    since: "0.1.0",
    complexity: "O(1) for each operation",
    summary: "Reads, sets and increments integers of any width, at any bit of the string at a key.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Optional(&Arg::Multiple(&Arg::OneOf("operation", &[GET, WRITE]))),
    ],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Int, Shape::Null])),
    examples: "> BITFIELD k SET u8 0 200 GET u4 0\n1) (integer) 0\n2) (integer) 12\n> BITFIELD k OVERFLOW SAT INCRBY u8 #0 100 OVERFLOW FAIL INCRBY u8 #0 1\n1) (integer) 255\n2) (nil)",
    handler: Handler::Fn(bitfield),
};

const WRITE: Arg = Arg::Block(
    "write",
    &[
        Arg::Optional(&Arg::Option(
            "OVERFLOW",
            &Arg::OneOf(
                "overflow-block",
                &[Arg::Token("WRAP"), Arg::Token("SAT"), Arg::Token("FAIL")],
            ),
        )),
        Arg::OneOf(
            "write-operation",
            &[
                Arg::Option(
                    "SET",
                    &Arg::Block(
                        "set-block",
                        &[Arg::String("encoding"), Arg::Int("offset"), Arg::Int("value")],
                    ),
                ),
                Arg::Option(
                    "INCRBY",
                    &Arg::Block(
                        "incrby-block",
                        &[Arg::String("encoding"), Arg::Int("offset"), Arg::Int("increment")],
                    ),
                ),
            ],
        ),
    ],
);

pub(crate) static BITFIELD_RO: Command = Command {
    name: "BITFIELD_RO",
    group: Group::Bitmap,
    since: "0.1.0",
    complexity: "O(1) for each integer",
    summary: "Reads integers of any width, at any bit of the string at a key.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Optional(&Arg::Multiple(&GET))],
    reply: Shape::Array(&Shape::Int),
    examples: "> SET k ab\nOK\n> BITFIELD_RO k GET u8 #0 GET i4 8\n1) (integer) 97\n2) (integer) 6",
    handler: Handler::Fn(bitfield_ro),
};

fn bitfield(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let key = args.key()?;
    let steps = steps(args, ctx.max_string())?;
    let Some(len) = steps.iter().filter(|step| step.writes()).map(Step::bytes).max() else {
        let string = ctx.string(key)?.unwrap_or_default();
        return read(string, &steps, out);
    };
    out.array(steps.len());
    ctx.edit_filled(key, len, Event::SETBIT, |string| {
        let mut changed = false;
        for step in &steps {
            let (answer, changes) = step.run(string);
            changed |= changes;
            match answer {
                Some(number) => out.int(number),
                None => out.null(),
            }
        }
        ((), changed)
    })
}

fn bitfield_ro(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let key = args.key()?;
    let steps = steps(args, ctx.max_string())?;
    if steps.iter().any(Step::writes) {
        return Err(Error::new("BITFIELD_RO only supports the GET subcommand"));
    }
    read(ctx.string(key)?.unwrap_or_default(), &steps, out)
}

/// Answers what steps that only read find.
fn read(string: &[u8], steps: &[Step], out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    out.array(steps.len());
    steps.iter().for_each(|step| out.int(step.read(string)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use crate::commands::testing::{check_events, native};
    use crate::testing::check;

    #[test]
    fn operations_run_in_their_order() {
        check(
            "> BITFIELD k SET u8 0 255 set u8 0 1 GET u8 0 GET u4 4 GET i1 7 GET u63 100
             1) (integer) 0\n2) (integer) 255\n3) (integer) 1\n4) (integer) 1\n5) (integer) -1\n6) (integer) 0
             > BITFIELD k SET i5 #3 -17 INCRBY i5 #3 -1 GET i5 15\n1) (integer) 0\n2) (integer) 14\n3) (integer) 14
             > BITFIELD k\n(empty array)\n> BITFIELD missing GET i64 0\n1) (integer) 0
             > EXISTS missing\n(integer) 0\n> BITFIELD_RO missing GET u8 #0\n1) (integer) 0",
        );
    }

    #[test]
    fn what_does_not_fit_wraps_or_saturates_or_fails() {
        check(
            "> BITFIELD k INCRBY u8 0 300 OVERFLOW SAT INCRBY u8 0 300 OVERFLOW FAIL INCRBY u8 0 1 SET u8 0 256
             1) (integer) 44\n2) (integer) 255\n3) (nil)\n4) (nil)
             > BITFIELD k OVERFLOW SAT SET u8 0 -1 SET i8 8 -129 GET i8 8\n1) (integer) 255\n2) (integer) 0\n3) (integer) -128
             > BITFIELD k OVERFLOW SAT SET u63 0 -1 INCRBY u63 0 9223372036854775807
             1) (integer) 9205357638345293824\n2) (integer) 9223372036854775807
             > BITFIELD k INCRBY u63 0 -9223372036854775808 OVERFLOW SAT INCRBY u63 0 -9223372036854775808
             1) (integer) 9223372036854775807\n2) (integer) 0
             > BITFIELD k SET i64 0 -9223372036854775808 INCRBY i64 0 -1\n1) (integer) 0\n2) (integer) 9223372036854775807
             > BITFIELD k OVERFLOW SAT INCRBY i64 0 9223372036854775807\n1) (integer) 9223372036854775807",
        );
    }

    #[test]
    fn the_string_grows_to_what_is_written_even_if_that_fails() {
        check(
            "> BITFIELD k OVERFLOW FAIL SET u8 100 256 GET u8 4000\n1) (nil)\n2) (integer) 0\n> STRLEN k\n(integer) 14
             > PEXPIRE k 5\n(integer) 1\n> BITFIELD k SET u8 1000 5\n1) (integer) 0\n> STRLEN k\n(integer) 126
             > BITFIELD k SET u1 100000 1\n1) (integer) 0\n> BITCOUNT k\n(integer) 3\n~ 6
             > BITFIELD_RO k GET u8 1000\n1) (integer) 0",
        );
    }

    #[test]
    fn only_changes_are_events() {
        check_events(&[
            ("BITFIELD k GET u8 0", ""),
            ("BITFIELD k SET u8 0 0", "0 k setbit"),
            ("BITFIELD k SET u8 0 0", ""),
            ("BITFIELD k SET u8 0 1 SET u8 0 2", "0 k setbit"),
            ("BITFIELD k OVERFLOW FAIL SET u8 0 256", ""),
            ("BITFIELD k OVERFLOW FAIL SET u8 8 256", "0 k setbit"),
        ]);
    }

    #[test]
    fn types_that_there_are_not() {
        for field in ["u64", "i65", "u0", "x8", "u", "u08", "U8", "\"\""] {
            check(&format!(
                "> BITFIELD k SET {field} x x\n(error) ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
            ));
        }
    }

    #[test]
    fn offsets_that_are_refused() {
        for offset in
            ["#x", "-1", "#-1", "4294967296", "#536870912", "#9223372036854775807", "\"\""]
        {
            check(&format!(
                "> BITFIELD k GET u8 {offset}\n(error) ERR bit offset is not an integer or out of range"
            ));
        }
        check(
            "> BITFIELD k GET u8 4294967295 GET u8 #536870911\n1) (integer) 0\n2) (integer) 0
             > CONFIG SET proto-max-bulk-len 1mb\nOK\n> BITFIELD k SET u8 8388607 1\n1) (integer) 0
             > STRLEN k\n(integer) 1048577\n> BITFIELD k GET u8 8388608\n(error) ERR bit offset is not an integer or out of range",
        );
    }

    #[test]
    fn operations_that_are_refused() {
        check(
            "> BITFIELD k GET u8\n(error) ERR syntax error\n> BITFIELD k SET u99 0\n(error) ERR syntax error
             > BITFIELD k INCRBY u8 0\n(error) ERR syntax error\n> BITFIELD k NOP u8 0\n(error) ERR syntax error
             > BITFIELD k SET u8 0 x\n(error) ERR value is not an integer or out of range
             > BITFIELD k OVERFLOW\n(error) ERR syntax error
             > BITFIELD k OVERFLOW x\n(error) ERR Invalid OVERFLOW type specified
             > BITFIELD k OVERFLOW SAT\n(empty array)\n> BITFIELD_RO k OVERFLOW SAT GET u8 0\n1) (integer) 0
             > BITFIELD_RO k SET u8 0 1\n(error) ERR BITFIELD_RO only supports the GET subcommand
             > BITFIELD_RO k INCRBY u8 x 1\n(error) ERR bit offset is not an integer or out of range
             > EXISTS k\n(integer) 0",
        );
    }

    #[test]
    fn a_stored_number_becomes_a_string_and_a_list_is_refused() {
        let field = |key: &str, line: &str| -> Vec<Frame> {
            ["BITFIELD", key].into_iter().chain(line.split(' ')).map(Frame::from).collect()
        };
        let replies = native([
            vec!["MSET".into(), "n".into(), 1.into(), "l".into(), Frame::Array(vec![])],
            field("n", "SET u8 8 50"),
            vec!["GET".into(), "n".into()],
            field("l", "GET u8 0"),
            field("l", "SET u8 0 0"),
            vec!["BITFIELD_RO".into(), "l".into()],
        ]);
        assert_eq!(replies[1..3], [Frame::Array(vec![0.into()]), "12".into()]);
        for reply in &replies[3..] {
            assert!(reply.as_error().unwrap().starts_with(b"WRONGTYPE"), "{reply:?}");
        }
    }
}
