//! PFDEBUG

use std::fmt::Write;

use kv_protocol::ReplyWriter;
use kv_types::hll::{self, Encoding, Hll, Registers};

use super::refused;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error, Event, Key};

pub(crate) static PFDEBUG: Command = Command {
    name: "PFDEBUG",
    group: Group::HyperLogLog,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Shows how a HyperLogLog's registers are written (ENCODING, DECODE), or makes them dense (TODENSE) and shows them (GETREG).",
    arity: Arity::Exactly(3),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::ADMIN),
    keys: Keys::One(2, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::String("subcommand"), Arg::Key("key")],
    reply: Shape::OneOf(&[Shape::Array(&Shape::Int), Shape::Bulk, Shape::Simple, Shape::Int]),
    examples: "> PFADD k a b\n(integer) 1\n> PFDEBUG ENCODING k\nsparse\n> PFDEBUG DECODE k\n\"Z:12711 v:2,1 Z:3068 v:1,1 Z:603\"\n> PFDEBUG TODENSE k\n(integer) 1",
    handler: Handler::Fn(pfdebug),
};

fn pfdebug(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let mut word = *args;
    let asked = args.bytes()?;
    let key = args.key()?;
    let missing = || Error::new("The specified key does not exist");
    let hll = Hll::parse(ctx.string(key)?.ok_or_else(missing)?).map_err(refused)?;
    match word.one_of(&["GETREG", "DECODE", "ENCODING", "TODENSE"]) {
        Some("GETREG") => {
            let mut registers = Registers::new();
            registers.merge(hll).map_err(refused)?;
            make_dense(ctx, key)?;
            out.array(hll::REGISTERS);
            registers.values().iter().for_each(|value| out.int(i64::from(*value)));
        }
        Some("DECODE") if hll.encoding() == Encoding::Sparse => out.bulk(decoded(hll).as_bytes()),
        Some("DECODE") => return Err(Error::new("HLL encoding is not sparse")),
        Some("ENCODING") => out.simple(match hll.encoding() {
            Encoding::Dense => "dense",
            Encoding::Sparse => "sparse",
        }),
        Some(_) => out.int(i64::from(make_dense(ctx, key)?)),
        None => return Err(Error::quoting("Unknown PFDEBUG subcommand '", asked, "'")),
    }
    Ok(())
}

/// Makes the registers dense, which is no change of what they are; whether they were sparse.
fn make_dense(ctx: &mut Ctx<'_>, key: Key<'_>) -> Result<bool, Error> {
    let made = ctx.edit_if(key, Event::PFADD, |value| (hll::make_dense(value), false))?;
    made.map_err(refused)
}

/// The runs of sparse registers: `z:length` and `Z:length` of zeros, `v:value,length` of others.
fn decoded(hll: Hll<'_>) -> String {
    let mut text = String::new();
    for run in hll.runs() {
        // Writing to a String cannot fail.
        let _ = match (run.value, run.size) {
            (0, 1) => write!(text, "z:{} ", run.len),
            (0, _) => write!(text, "Z:{} ", run.len),
            (value, _) => write!(text, "v:{value},{} ", run.len),
        };
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use kv_protocol::Protocol;

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn registers_are_shown_and_made_dense() {
        check(
            "> PFADD k a b c\n(integer) 1\n> pfdebug decode k\n\"Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603\"
             > PFDEBUG TODENSE k\n(integer) 1\n> PFDEBUG TODENSE k\n(integer) 0\n> PFDEBUG ENCODING k\ndense
             > PFDEBUG DECODE k\n(error) ERR HLL encoding is not sparse",
        );
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        stage.play("> PFADD k a b c\n(integer) 1");
        let registers = stage.session.call(["PFDEBUG", "GETREG", "k"]);
        let registers = registers.as_array().expect("registers");
        assert_eq!(registers.len(), 16_384);
        assert_eq!((&registers[8436], &registers[12_711]), (&1.into(), &2.into()));
        stage.play("> PFDEBUG ENCODING k\ndense");
    }

    #[test]
    fn what_is_refused() {
        check(
            "> PFDEBUG NOSUCH k\n(error) ERR The specified key does not exist
             > SET k x\nOK\n> PFDEBUG NOSUCH k\n(error) WRONGTYPE Key is not a valid HyperLogLog string value.
             > DEL k\n(integer) 1\n> PFADD k\n(integer) 1\n> PFDEBUG nosuch k\n(error) ERR Unknown PFDEBUG subcommand 'nosuch'",
        );
    }
}
