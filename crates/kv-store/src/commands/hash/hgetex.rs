//! HGETEX

use kv_protocol::ReplyWriter;
use kv_types::hash::HashRef;
use kv_types::{Kind, Record, hash};

use super::fields::{self, FIELDS, deadline_of};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_found;
use crate::commands::expiry::{self, Ends};
use crate::ctx::Missing;
use crate::{Args, Ctx, Deadline, Error, Event};

pub(crate) static HGETEX: Command = Command {
    name: "HGETEX",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Returns the values of fields of a hash and sets their time to live, takes it away or lets it be.",
    arity: Arity::AtLeast(5),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Optional(&Arg::OneOf(
            "expiration",
            &[expiry::EX, expiry::PX, expiry::EXAT, expiry::PXAT, Arg::Token("PERSIST")],
        )),
        FIELDS,
    ],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Null])),
    examples: "> HSET h a 1 b 2\n(integer) 2\n> HGETEX h EX 60 FIELDS 2 a x\n1) \"1\"\n2) (nil)\n> HGETEX h PERSIST FIELDS 1 a\n1) \"1\"\n> HGETEX h PXAT 1 FIELDS 1 b\n1) \"2\"\n> HGETALL h\n1) \"a\"\n2) \"1\"",
    handler: Handler::Fn(getex),
};

fn getex(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let left = fields::behind_options(args)?;
    let mut ends = Ends::default();
    while args.remaining() > left {
        ends.take(args, "PERSIST")?;
    }
    let fields = fields::counted(args, 1, Error::FieldCount)?;
    let now = ctx.now();
    // That it is read counts as a hit or a miss.
    ctx.collection(key, Kind::Hash)?;
    let deadline = ends.deadline(Deadline::Clear, Deadline::Keep, |asked| {
        fields::field_deadline(asked.number, asked.unit, now, "hgetex")
    })?;
    out.array(fields.len());
    let found = ctx.update_collection(key, Kind::Hash, Missing::Leave, |record, _| {
        let mut changed = false;
        for field in &fields {
            let value = HashRef::new(record, now).and_then(|hash| hash.get(field));
            reply_found(value, out);
            changed |= apply(record, field, deadline, now);
        }
        let events: &[Event] = match deadline {
            _ if !changed => &[],
            Deadline::At(at) if at <= now => &[Event::HEXPIRED],
            Deadline::At(_) => &[Event::HEXPIRE],
            Deadline::Keep | Deadline::Clear => &[Event::HPERSIST],
        };
        Ok(((), events))
    })?;
    if found.is_none() {
        fields.iter().for_each(|_| out.null());
    }
    Ok(())
}

/// Gives `field` a deadline or takes it away, or removes the field if the deadline has passed; whether
/// that changed anything.
fn apply(record: &mut Record, field: &[u8], deadline: Deadline, now: u64) -> bool {
    match (deadline, deadline_of(record, field, now)) {
        (Deadline::At(at), Some(_)) if at <= now => hash::remove(record, field),
        (Deadline::At(at), Some(_)) => hash::set_deadline(record, field, Some(at)),
        (Deadline::Clear, Some(Some(_))) => hash::set_deadline(record, field, None),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn every_unit() {
        for (option, left) in
            [("EX 2", 2000), ("PX 500", 500), ("EXAT 1700000005", 5000), ("PXAT 1700000000009", 9)]
        {
            check(&format!(
                "> HSET h a 1 b 2\n(integer) 2\n> HGETEX h {option} FIELDS 3 a a x\n1) \"1\"\n2) \"1\"\n3) (nil)
                 > HPTTL h FIELDS 3 a b x\n1) (integer) {left}\n2) (integer) -1\n3) (integer) -2"
            ));
        }
    }

    #[test]
    fn persist_and_nothing() {
        check(
            "> HSETEX h EX 10 FIELDS 2 a 1 b 2\n(integer) 1\n> HGETEX h FIELDS 2 a x\n1) \"1\"\n2) (nil)
             > HGETEX h persist PERSIST FIELDS 2 a x\n1) \"1\"\n2) (nil)
             > HTTL h FIELDS 2 a b\n1) (integer) -1\n2) (integer) 10\n> HGETEX h PERSIST FIELDS 1 a\n1) \"1\"
             > HGETEX m PERSIST FIELDS 1 a\n1) (nil)\n> HGETEX m EX 10 FIELDS 1 a\n1) (nil)\n> EXISTS m\n(integer) 0",
        );
    }

    #[test]
    fn an_end_that_has_come_removes_fields_and_with_the_last_the_key() {
        for end in ["EX 0", "PX 0", "EXAT 1700000000", "PXAT 1"] {
            check(&format!(
                "> HSET h a 1 b 2\n(integer) 2\n> HGETEX h {end} FIELDS 2 a a\n1) \"1\"\n2) (nil)
                 > HGETEX h {end} FIELDS 2 a b\n1) (nil)\n2) \"2\"\n> EXISTS h\n(integer) 0"
            ));
        }
    }

    #[test]
    fn errors_in_this_order() {
        for (request, error) in [
            ("HGETEX s FOO x a", "ERR numfields should be greater than 0 and match…"),
            ("HGETEX s FOO FIELDS x a", "ERR syntax error"),
            ("HGETEX s EX FIELDS 2 a", "ERR syntax error"),
            ("HGETEX s EX x PX 10 FIELDS 2 a", "ERR syntax error"),
            ("HGETEX s EX x PERSIST FIELDS 2 a", "ERR syntax error"),
            ("HGETEX s PERSIST EX x FIELDS 2 a", "ERR syntax error"),
            ("HGETEX s KEEPTTL FIELDS 2 a", "ERR syntax error"),
            ("HGETEX s FNX FIELDS 1 a", "ERR syntax error"),
            ("HGETEX s EX x FIELDS x a", "ERR value is not an integer or out of range"),
            ("HGETEX s EX x FIELDS 2 a", "ERR numfields should be greater than 0 and match…"),
            ("HGETEX s FIELDS 1 a EX 10", "ERR numfields should be greater than 0 and match…"),
            (
                "HGETEX s EX x FIELDS 1 a",
                "WRONGTYPE Operation against a key holding the wrong kind of value",
            ),
            ("HGETEX m EX x FIELDS 1 a", "ERR value is not an integer or out of range"),
            ("HGETEX m EX -1 FIELDS 1 a", "ERR invalid expire time in 'hgetex' command"),
            (
                "HGETEX m EX 9223372036854775 FIELDS 1 a",
                "ERR invalid expire time in 'hgetex' command",
            ),
        ] {
            check(&format!("> SET s v\nOK\n> {request}\n(error) {error}"));
        }
        check("> HGETEX m EX x EX 10 FIELDS 1 a\n1) (nil)");
    }

    #[test]
    fn events() {
        check_events(&[
            ("HSET h a 1 b 2", "0 h hset"),
            ("HGETEX h FIELDS 1 a", ""),
            ("HGETEX h EX 10 FIELDS 2 a x", "0 h hexpire"),
            ("HGETEX h EX 10 FIELDS 1 x", ""),
            ("HGETEX h PERSIST FIELDS 2 a b", "0 h hpersist"),
            ("HGETEX h PERSIST FIELDS 2 a b", ""),
            ("HGETEX h PXAT 1 FIELDS 1 a", "0 h hexpired"),
            ("HGETEX h PXAT 1 FIELDS 1 b", "0 h hexpired, 0 h del"),
        ]);
    }
}
