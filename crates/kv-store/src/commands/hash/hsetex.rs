//! HSETEX

use kv_protocol::ReplyWriter;
use kv_types::{Kind, Limits, Record, hash};

use super::fields::{self, deadline_of};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry::{self, Ends};
use crate::ctx::Missing;
use crate::{Args, Ctx, Deadline, Error, Event};

pub(crate) static HSETEX: Command = Command {
    name: "HSETEX",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Sets fields of a hash and when they end, all of them or, if a condition on the key or the fields is not met, none; 1 or 0.",
    arity: Arity::AtLeast(6),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Optional(&Arg::OneOf("key-condition", &[Arg::Token("NX"), Arg::Token("XX")])),
        Arg::Optional(&Arg::OneOf("fields-condition", &[Arg::Token("FNX"), Arg::Token("FXX")])),
        Arg::Optional(&Arg::OneOf(
            "expiration",
            &[expiry::EX, expiry::PX, expiry::EXAT, expiry::PXAT, Arg::Token("KEEPTTL")],
        )),
        Arg::Option(
            "FIELDS",
            &Arg::Block(
                "fields",
                &[
                    Arg::Int("numfields"),
                    Arg::Multiple(&Arg::Block(
                        "data",
                        &[Arg::String("field"), Arg::String("value")],
                    )),
                ],
            ),
        ),
    ],
    reply: Shape::Int,
    examples: "> HSETEX h EX 60 FIELDS 2 a 1 b 2\n(integer) 1\n> HSETEX h FNX FIELDS 2 b 3 c 3\n(integer) 0\n> HSETEX h KEEPTTL FIELDS 1 a 4\n(integer) 1\n> HTTL h FIELDS 3 a b c\n1) (integer) 60\n2) (integer) 60\n3) (integer) -2",
    handler: Handler::Fn(setex),
};

/// What is asked of the key, and of all fields. `Some(true)`: that it is there; `Some(false)`: that it is not.
#[derive(Default)]
struct Conditions {
    key: Option<bool>,
    fields: Option<bool>,
}

impl Conditions {
    /// Takes a condition, if one is next.
    ///
    /// # Errors
    /// [`Error::Syntax`] if it is the opposite of one that was there.
    fn take(&mut self, args: &mut Args<'_>) -> Result<bool, Error> {
        let (slot, there) = match args.one_of(&["NX", "XX", "FNX", "FXX"]) {
            Some("NX") => (&mut self.key, false),
            Some("XX") => (&mut self.key, true),
            Some("FNX") => (&mut self.fields, false),
            Some(_) => (&mut self.fields, true),
            None => return Ok(false),
        };
        match slot.replace(there) {
            Some(before) if before != there => Err(Error::Syntax),
            _ => Ok(true),
        }
    }
}

fn setex(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let left = fields::behind_options(args)?;
    let (mut conditions, mut ends) = (Conditions::default(), Ends::default());
    while args.remaining() > left {
        if !conditions.take(args)? {
            ends.take(args, "KEEPTTL")?;
        }
    }
    let data = fields::counted(args, 2, Error::FieldCount)?;
    let found = ctx.peek(key).map(Record::kind);
    if found.is_some_and(|kind| kind != Kind::Hash) {
        return Err(Error::WrongType);
    }
    if conditions.key.is_some_and(|there| there != found.is_some()) {
        out.int(0);
        return Ok(());
    }
    let now = ctx.now();
    let deadline = ends.deadline(Deadline::Keep, Deadline::Clear, |asked| {
        fields::field_deadline(asked.number, asked.unit, now, "hsetex")
    })?;
    let done = ctx.update_collection(key, Kind::Hash, Missing::Create, |record, limits| {
        let is_there = |pair: &[&[u8]]| deadline_of(record, pair[0], now).is_some();
        if let Some(there) = conditions.fields
            && !data.chunks_exact(2).all(|pair| is_there(pair) == there)
        {
            return Ok((false, &[]));
        }
        hash::reserve(record, data.len() / 2, limits);
        data.chunks_exact(2).for_each(|pair| put(record, pair, deadline, now, limits));
        let events: &[Event] = match deadline {
            Deadline::At(at) if at <= now => &[Event::HSET, Event::HEXPIRE, Event::HEXPIRED],
            Deadline::At(_) => &[Event::HSET, Event::HEXPIRE],
            Deadline::Keep | Deadline::Clear => &[Event::HSET],
        };
        Ok((true, events))
    })?;
    out.int(i64::from(done == Some(true)));
    Ok(())
}

/// Sets a field; one whose end has come is removed: that is what setting it comes to.
fn put(record: &mut Record, pair: &[&[u8]], deadline: Deadline, now: u64, limits: &Limits) {
    let (field, value) = (pair[0], pair[1]);
    match deadline {
        Deadline::At(at) if at <= now => hash::remove(record, field),
        Deadline::At(at) => hash::set_until(record, field, value, at),
        Deadline::Keep => hash::set_keeping(record, field, value, limits),
        Deadline::Clear => hash::set(record, field, value, limits),
    };
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
                "> HSETEX h {option} FIELDS 2 a 1 b x\n(integer) 1\n> HGETALL h\n…
                 > HMGET h a b\n1) \"1\"\n2) \"x\"\n> HPTTL h FIELDS 2 a b\n1) (integer) {left}\n2) (integer) {left}"
            ));
        }
    }

    #[test]
    fn a_time_to_live_is_kept_or_taken_away() {
        check(
            "> HSETEX h EX 10 FIELDS 2 a 1 b 2\n(integer) 1\n> HSETEX h KEEPTTL FIELDS 2 a 3 c 3\n(integer) 1
             > HSETEX h FIELDS 1 b 4\n(integer) 1\n> HMGET h a b c\n1) \"3\"\n2) \"4\"\n3) \"3\"
             > HTTL h FIELDS 3 a b c\n1) (integer) 10\n2) (integer) -1\n3) (integer) -1
             > HSETEX k KEEPTTL KEEPTTL FIELDS 1 a 1\n(integer) 1\n> OBJECT ENCODING k\n\"listpack\"
             > OBJECT ENCODING h\n\"hashtable\"",
        );
    }

    #[test]
    fn conditions() {
        check(
            "> HSETEX h XX FIELDS 1 a 1\n(integer) 0\n> HSETEX h FXX FIELDS 1 a 1\n(integer) 0\n> EXISTS h\n(integer) 0
             > HSETEX h NX FNX FNX FIELDS 1 a 1\n(integer) 1\n> HSETEX h NX FIELDS 1 b 1\n(integer) 0
             > HSETEX h XX FXX FIELDS 2 a 2 b 2\n(integer) 0\n> HSETEX h FNX FIELDS 2 b 2 a 2\n(integer) 0
             > HGETALL h\n1) \"a\"\n2) \"1\"\n> HSETEX h FNX FIELDS 2 b 1 b 2\n(integer) 1
             > HSETEX h FXX EX 9 FIELDS 2 a 3 a 4\n(integer) 1\n> HMGET h a b\n1) \"4\"\n2) \"2\"\n~ 9001
             > HSETEX h FXX FIELDS 1 a 1\n(integer) 0\n> HSETEX h FNX FIELDS 1 a 5\n(integer) 1\n> HGET h a\n\"5\"",
        );
    }

    #[test]
    fn an_end_that_has_come_removes_fields_and_with_the_last_the_key() {
        for end in ["EX 0", "PX 0", "EXAT 1700000000", "PXAT 1"] {
            check(&format!(
                "> HSETEX h {end} FIELDS 1 a 1\n(integer) 1\n> EXISTS h\n(integer) 0\n> HSET h a 1 b 2\n(integer) 2
                 > HSETEX h {end} FIELDS 2 a 3 x 4\n(integer) 1\n> HGETALL h\n1) \"b\"\n2) \"2\"
                 > HSETEX h {end} FXX FIELDS 1 b 1\n(integer) 1\n> DBSIZE\n(integer) 0"
            ));
        }
    }

    #[test]
    fn errors_in_this_order() {
        for (request, error) in [
            ("HSETEX s FOO x a b", "ERR numfields should be greater than 0 and match…"),
            ("HSETEX s FOO FIELDS x a b", "ERR syntax error"),
            ("HSETEX s EX FIELDS 2 a b", "ERR syntax error"),
            ("HSETEX s NX XX FIELDS x a b", "ERR syntax error"),
            ("HSETEX s FXX FNX FIELDS x a b", "ERR syntax error"),
            ("HSETEX s EX 10 KEEPTTL FIELDS x a b", "ERR syntax error"),
            ("HSETEX s KEEPTTL EX x FIELDS x a b", "ERR syntax error"),
            ("HSETEX s PERSIST FIELDS 1 a b", "ERR syntax error"),
            ("HSETEX s EX x FIELDS x a b", "ERR value is not an integer or out of range"),
            ("HSETEX s EX x FIELDS 2 a b", "ERR numfields should be greater than 0 and match…"),
            ("HSETEX s EX x FIELDS 1 a b c", "ERR numfields should be greater than 0 and match…"),
            ("HSETEX s FIELDS 9223372036854775807 a b", "ERR numfields should be greater than…"),
            (
                "HSETEX s EX x NX FIELDS 1 a b",
                "WRONGTYPE Operation against a key holding the wrong…",
            ),
            ("HSETEX m EX x FXX FIELDS 1 a b", "ERR value is not an integer or out of range"),
            ("HSETEX m EX -1 FIELDS 1 a b", "ERR invalid expire time in 'hsetex' command"),
            ("HSETEX m FIELDS 1 a", "ERR wrong number of arguments for 'hsetex' command"),
        ] {
            check(&format!("> SET s v\nOK\n> {request}\n(error) {error}"));
        }
        check(
            "> HSETEX m XX EX x FIELDS 1 a b\n(integer) 0\n> HSETEX m FIELDS 1 FIELDS FIELDS\n(integer) 1",
        );
    }

    #[test]
    fn events() {
        check_events(&[
            ("HSETEX h FIELDS 1 a 1", "0 h hset"),
            ("HSETEX h FNX EX 10 FIELDS 1 a 1", ""),
            ("HSETEX h KEEPTTL FIELDS 1 a 1", "0 h hset"),
            ("HSETEX h PXAT 1 FIELDS 1 b 1", "0 h hset, 0 h hexpire, 0 h hexpired"),
            ("HSETEX h PXAT 1 FIELDS 1 a 1", "0 h hset, 0 h hexpire, 0 h hexpired, 0 h del"),
            ("HSETEX h PXAT 1 FIELDS 1 a 1", "0 h hset, 0 h hexpire, 0 h hexpired, 0 h del"),
            ("HSETEX h PX 5 FIELDS 1 a 1", "0 h hset, 0 h hexpire"),
            ("~ 6", ""),
            ("HSETEX h FXX FIELDS 1 a 1", "0 h hexpired, 0 h del"),
        ]);
    }
}
