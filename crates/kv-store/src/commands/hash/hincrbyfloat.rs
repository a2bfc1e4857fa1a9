//! HINCRBYFLOAT

use kv_protocol::ReplyWriter;
use kv_types::hash::HashRef;
use kv_types::listpack::Digits;
use kv_types::{Kind, hash};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::float::{self, Real};
use crate::{Args, Ctx, Error, Event};

pub(crate) static HINCRBYFLOAT: Command = Command {
    name: "HINCRBYFLOAT",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Adds a number to the floating-point number in a field of the hash at a key, which counts as 0 if it is missing, and returns the sum.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Effect, // arithmetic is not done twice
    args: &[Arg::Key("key"), Arg::String("field"), Arg::Float("increment")],
    reply: Shape::Bulk,
    examples: "> HSET h a 10.50\n(integer) 1\n> HINCRBYFLOAT h a 0.1\n\"10.6\"\n> HINCRBYFLOAT h a -5\n\"5.6\"",
    handler: Handler::Fn(hincrbyfloat),
};

fn hincrbyfloat(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let (key, field, increment) = (args.key()?, args.bytes()?, args.bytes()?);
    let increment = Real::parse(increment).ok_or(Error::NotFloat)?;
    if increment == Real::Infinite {
        return Err(Error::new("value is NaN or Infinity"));
    }
    let now = ctx.now();
    let sum = ctx.update_collection(key, Kind::Hash, Missing::Create, |record, limits| {
        let mut digits = Digits::new();
        let value = HashRef::new(record, now).and_then(|hash| hash.get(field));
        let text = value.map_or(&b"0"[..], |value| value.text(&mut digits));
        let value = Real::parse(text).ok_or_else(|| Error::new("hash value is not a float"))?;
        let sum = float::sum(value, increment)?;
        hash::set_keeping(record, field, sum.as_bytes(), limits);
        Ok((sum, &[Event::HINCRBYFLOAT]))
    })?;
    let sum = sum.unwrap_or_default();
    ctx.log_as([b"HSETEX", key.bytes(), b"KEEPTTL", b"FIELDS", b"1", field, sum.as_bytes()]);
    out.bulk(sum.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn sums_are_those_of_80_bits() {
        check(
            "> HINCRBYFLOAT h a 0.1\n\"0.1\"\n> HINCRBYFLOAT h a 0.2\n\"0.3\"\n> HINCRBYFLOAT h a 3.0e3\n\"3000.30000000000000004\"
             > HSET h b 5\n(integer) 1\n> HINCRBYFLOAT h b 1\n\"6\"\n> HINCRBY h b 1\n(integer) 7\n> HINCRBYFLOAT h z -0\n\"0\"",
        );
    }

    #[test]
    fn what_is_no_number() {
        check(
            "> HSET h a abc e \"\" s \" 1\" i inf f 1.5\n(integer) 5\n> HINCRBYFLOAT h a x\n(error) ERR value is not a valid float
             > HINCRBYFLOAT h a 1\n(error) ERR hash value is not a float\n> HINCRBYFLOAT h e 1\n(error) ERR hash value is not a float
             > HINCRBYFLOAT h s 1\n(error) ERR hash value is not a float
             > HINCRBYFLOAT h i 1\n(error) ERR increment would produce NaN or Infinity
             > HINCRBYFLOAT h f \"\"\n(error) ERR value is not a valid float\n> HINCRBYFLOAT h f nan\n(error) ERR value is not a valid float
             > HINCRBYFLOAT h f -inf\n(error) ERR value is NaN or Infinity\n> HGET h f\n\"1.5\"
             > SET s v\nOK\n> HINCRBYFLOAT s f inf\n(error) ERR value is NaN or Infinity
             > HINCRBYFLOAT s f 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn a_field_that_is_over_counts_as_missing() {
        check(
            "> HSETEX h PX 5 FIELDS 1 a 10\n(integer) 1\n> HSET h b x\n(integer) 1\n> HINCRBYFLOAT h a 1\n\"11\"
             > HPTTL h FIELDS 1 a\n1) (integer) 5\n~ 6\n> HINCRBYFLOAT h a 1\n\"1\"\n> HTTL h FIELDS 1 a\n1) (integer) -1",
        );
    }

    #[test]
    fn events() {
        check_events(&[("HINCRBYFLOAT h a 1", "0 h hincrbyfloat"), ("HINCRBYFLOAT h a x", "")]);
    }
}
