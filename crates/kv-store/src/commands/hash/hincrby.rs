//! HINCRBY

use kv_protocol::ReplyWriter;
use kv_types::hash::HashRef;
use kv_types::{Kind, hash};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static HINCRBY: Command = Command {
    name: "HINCRBY",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Adds a number to the integer in a field of the hash at a key, which counts as 0 if it is missing, and returns the sum.",
    arity: Arity::Exactly(4),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::String("field"), Arg::Int("increment")],
    reply: Shape::Int,
    examples: "> HINCRBY h a 5\n(integer) 5\n> HINCRBY h a -7\n(integer) -2\n> HGET h a\n\"-2\"",
    handler: Handler::Fn(hincrby),
};

fn hincrby(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, field, increment) = (args.key()?, args.bytes()?, args.int()?);
    let (now, mut digits) = (ctx.now(), itoa::Buffer::new());
    let sum = ctx.update_collection(key, Kind::Hash, Missing::Create, |record, limits| {
        let value = match HashRef::new(record, now).and_then(|hash| hash.get(field)) {
            Some(value) => value.int().ok_or_else(|| Error::new("hash value is not an integer"))?,
            None => 0,
        };
        let sum = value.checked_add(increment).ok_or(Error::Overflow)?;
        hash::set_keeping(record, field, digits.format(sum).as_bytes(), limits);
        Ok((sum, &[Event::HINCRBY]))
    })?;
    out.int(sum.unwrap_or(0));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn overflow_changes_nothing() {
        check(
            "> HSET h a 9223372036854775807\n(integer) 1\n> HINCRBY h a 1\n(error) ERR increment or decrement would overflow
             > HGET h a\n\"9223372036854775807\"\n> HINCRBY h a -9223372036854775808\n(integer) -1
             > HINCRBY h a -9223372036854775808\n(error) ERR increment or decrement would overflow\n> HINCRBY h n 0\n(integer) 0",
        );
    }

    #[test]
    fn only_canonical_integers() {
        for text in ["abc", "\"\"", "\" 1\"", "01", "+1", "1.0", "-0", "9223372036854775808"] {
            check(&format!(
                "> HSET h a {text}\n(integer) 1\n> HINCRBY h a 1\n(error) ERR hash value is not an integer
                 > HINCRBY m a {text}\n(error) ERR value is not an integer or out of range\n> EXISTS m\n(integer) 0"
            ));
        }
        check(
            "> SET s v\nOK\n> HINCRBY s a x\n(error) ERR value is not an integer or out of range\n> HINCRBY s a 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn a_field_that_is_over_counts_as_missing() {
        check(
            "> HSETEX h PX 5 FIELDS 1 a 10\n(integer) 1\n> HSET h b x\n(integer) 1\n> HINCRBY h a 1\n(integer) 11
             > HPTTL h FIELDS 1 a\n1) (integer) 5\n~ 6\n> HINCRBY h a 1\n(integer) 1\n> HTTL h FIELDS 1 a\n1) (integer) -1",
        );
    }

    #[test]
    fn events() {
        check_events(&[("HINCRBY h a 1", "0 h hincrby"), ("HINCRBY h a x", "")]);
    }
}
