//! HGETDEL

use kv_protocol::ReplyWriter;
use kv_types::hash::HashRef;
use kv_types::{Kind, hash};

use super::fields::{self, FIELDS};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_found;
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static HGETDEL: Command = Command {
    name: "HGETDEL",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Returns the values of fields of a hash and removes the fields; the key too when none is left.",
    arity: Arity::AtLeast(5),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), FIELDS],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Null])),
    examples: "> HSET h a 1 b 2\n(integer) 2\n> HGETDEL h FIELDS 2 a x\n1) \"1\"\n2) (nil)\n> HGETALL h\n1) \"b\"\n2) \"2\"",
    handler: Handler::Fn(getdel),
};

fn getdel(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let fields = fields::counted(args, 1, Error::FieldCount)?;
    let now = ctx.now();
    out.array(fields.len());
    let found = ctx.update_collection(key, Kind::Hash, Missing::Leave, |record, _| {
        let mut events: &[Event] = &[];
        for field in &fields {
            let value = HashRef::new(record, now).and_then(|hash| hash.get(field));
            reply_found(value, out);
            if value.is_some() {
                hash::remove(record, field);
                events = &[Event::HDEL];
            }
        }
        Ok(((), events))
    })?;
    if found.is_none() {
        fields.iter().for_each(|_| out.null());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn each_once_and_the_key_with_the_last() {
        check(
            "> HGETDEL h FIELDS 2 a b\n1) (nil)\n2) (nil)\n> HSET h a 1 b x c 3\n(integer) 3
             > HGETDEL h fields 3 a a x\n1) \"1\"\n2) (nil)\n3) (nil)\n> HGETDEL h FIELDS 1 x\n1) (nil)
             > HLEN h\n(integer) 2\n> HGETDEL h FIELDS 2 b c\n1) \"x\"\n2) \"3\"\n> EXISTS h\n(integer) 0",
        );
    }

    #[test]
    fn a_field_that_is_over_is_missing() {
        check(
            "> HSETEX h PX 5 FIELDS 1 a 1\n(integer) 1\n> HSET h b 2\n(integer) 1\n> EXPIRE h 9\n(integer) 1\n~ 6
             > HGETDEL h FIELDS 1 a\n1) (nil)\n> TTL h\n(integer) 9
             > HSETEX h PX 5 FIELDS 1 a 1\n(integer) 1\n> HGETDEL h FIELDS 2 a b\n1) \"1\"\n2) \"2\"\n> TTL h\n(integer) -2",
        );
    }

    #[test]
    fn errors() {
        check(
            "> SET s v\nOK\n> HGETDEL s FOO x a\n(error) ERR syntax error
             > HGETDEL s FIELDS x a\n(error) ERR value is not an integer or out of range
             > HGETDEL s FIELDS 1 a b\n(error) ERR numfields should be greater than 0 and match the provided number of fields
             > HGETDEL s FIELDS 1 a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn events() {
        check_events(&[
            ("HSET h a 1 b 2 c 3", "0 h hset"),
            ("HGETDEL h FIELDS 3 a b x", "0 h hdel"),
            ("HGETDEL h FIELDS 2 a x", ""),
            ("HGETDEL h FIELDS 1 c", "0 h hdel, 0 h del"),
        ]);
    }
}
