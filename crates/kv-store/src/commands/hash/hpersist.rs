//! HPERSIST

use kv_protocol::ReplyWriter;
use kv_types::{Kind, hash};

use super::fields::{self, FIELDS, deadline_of};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

/// The answer for a field that does not exist …
const NO_FIELD: i64 = -2;
/// … for one that does not end …
const STAYS: i64 = -1;
/// … and for one that did, and does not now.
const PERSISTED: i64 = 1;

pub(crate) static HPERSIST: Command = Command {
    name: "HPERSIST",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Lets fields of a hash stay: 1 for each that had a time to live, -1 for one that had none, -2 if there is no such field.",
    arity: Arity::AtLeast(5),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), FIELDS],
    reply: Shape::Array(&Shape::Int),
    examples: "> HSETEX h EX 60 FIELDS 1 a 1\n(integer) 1\n> HPERSIST h FIELDS 2 a b\n1) (integer) 1\n2) (integer) -2\n> HPERSIST h FIELDS 1 a\n1) (integer) -1",
    handler: Handler::Fn(persist),
};

fn persist(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let fields = fields::counted(args, 1, Error::FieldCount)?;
    let now = ctx.now();
    out.array(fields.len());
    let found = ctx.update_collection(key, Kind::Hash, Missing::Leave, |record, _| {
        let mut events: &[Event] = &[];
        for field in &fields {
            out.int(match deadline_of(record, field, now) {
                None => NO_FIELD,
                Some(None) => STAYS,
                Some(Some(_)) => {
                    hash::set_deadline(record, field, None);
                    events = &[Event::HPERSIST];
                    PERSISTED
                }
            });
        }
        Ok(((), events))
    })?;
    if found.is_none() {
        fields.iter().for_each(|_| out.int(NO_FIELD));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn only_what_would_end_is_made_to_stay() {
        check(
            "> HSET h a 1 b 2 c 3\n(integer) 3\n> HPEXPIRE h 5 FIELDS 2 a b\n1) (integer) 1\n2) (integer) 1
             > HPERSIST h FIELDS 4 a a c x\n1) (integer) 1\n2) (integer) -1\n3) (integer) -1\n4) (integer) -2
             ~ 6\n> HPERSIST h FIELDS 2 b a\n1) (integer) -2\n2) (integer) -1\n> HMGET h a b c\n1) \"1\"\n2) (nil)\n3) \"3\"",
        );
    }

    #[test]
    fn errors() {
        check(
            "> HPERSIST h FIELDS 2 a b\n1) (integer) -2\n2) (integer) -2\n> SET s v\nOK
             > HPERSIST s FOO x a\n(error) ERR syntax error
             > HPERSIST s FIELDS x a\n(error) ERR value is not an integer or out of range
             > HPERSIST s FIELDS 2 a\n(error) ERR numfields should be greater than 0 and match the provided number of fields
             > HPERSIST s FIELDS 1 a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn events() {
        check_events(&[
            ("HSETEX h EX 10 FIELDS 2 a 1 b 2", "0 h hset, 0 h hexpire"),
            ("HPERSIST h FIELDS 3 a a x", "0 h hpersist"),
            ("HPERSIST h FIELDS 2 a x", ""),
        ]);
    }
}
