//! HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT

use kv_protocol::ReplyWriter;
use kv_types::{Kind, Record, hash};

use super::fields::{self, FIELDS, deadline_of};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry::{CONDITION, Condition, Unit};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

/// The answer for a field that does not exist …
const NO_FIELD: i64 = -2;
/// … for one that does not meet the condition …
const UNMET: i64 = 0;
/// … for one that ends …
const SET: i64 = 1;
/// … and for one that has ended at once.
const ENDED: i64 = 2;

const FLAGS: Flags = Flags::WRITE.and(Flags::FAST);

pub(crate) static HEXPIRE: Command = Command {
    name: "HEXPIRE",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Lets fields of a hash end after some seconds, at once if these are none: 1 for each that will, 2 for one that has, 0 if the condition is not met, -2 if there is no such field.",
    arity: Arity::AtLeast(6),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("seconds"), CONDITION, FIELDS],
    reply: Shape::Array(&Shape::Int),
    examples: "> HSET h a 1 b 2\n(integer) 2\n> HEXPIRE h 60 FIELDS 2 a x\n1) (integer) 1\n2) (integer) -2\n> HEXPIRE h 0 NX FIELDS 2 a b\n1) (integer) 0\n2) (integer) 2\n> HGETALL h\n1) \"a\"\n2) \"1\"",
    handler: Handler::Fn(|ctx, args, out| expire(ctx, args, out, Unit::Seconds, "hexpire")),
};

pub(crate) static HPEXPIRE: Command = Command {
    name: "HPEXPIRE",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Lets fields of a hash end after some milliseconds, at once if these are none; answers as HEXPIRE.",
    arity: Arity::AtLeast(6),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("milliseconds"), CONDITION, FIELDS],
    reply: Shape::Array(&Shape::Int),
    examples: "> HSET h a 1\n(integer) 1\n> HPEXPIRE h 1500 FIELDS 1 a\n1) (integer) 1\n> HPTTL h FIELDS 1 a\n1) (integer) 1500",
    handler: Handler::Fn(|ctx, args, out| expire(ctx, args, out, Unit::Millis, "hpexpire")),
};

pub(crate) static HEXPIREAT: Command = Command {
    name: "HEXPIREAT",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Lets fields of a hash end at a Unix time in seconds, at once if that is past; answers as HEXPIRE.",
    arity: Arity::AtLeast(6),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("unix-time-seconds"), CONDITION, FIELDS],
    reply: Shape::Array(&Shape::Int),
    examples: "> HSET h a 1\n(integer) 1\n> HEXPIREAT h 33177117420 FIELDS 1 a\n1) (integer) 1\n> HEXPIRETIME h FIELDS 1 a\n1) (integer) 33177117420",
    handler: Handler::Fn(|ctx, args, out| expire(ctx, args, out, Unit::UnixSeconds, "hexpireat")),
};

pub(crate) static HPEXPIREAT: Command = Command {
    name: "HPEXPIREAT",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Lets fields of a hash end at a Unix time in milliseconds, at once if that is past; answers as HEXPIRE.",
    arity: Arity::AtLeast(6),
    flags: FLAGS,
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Int("unix-time-milliseconds"), CONDITION, FIELDS],
    reply: Shape::Array(&Shape::Int),
    examples: "> HSET h a 1\n(integer) 1\n> HPEXPIREAT h 33177117420000 FIELDS 1 a\n1) (integer) 1\n> HPEXPIRETIME h FIELDS 1 a\n1) (integer) 33177117420000",
    handler: Handler::Fn(|ctx, args, out| expire(ctx, args, out, Unit::UnixMillis, "hpexpireat")),
};

/// `command` is the name that an error gives.
fn expire(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    unit: Unit,
    command: &'static str,
) -> Result<(), Error> {
    let (key, number) = (args.key()?, args.bytes()?);
    let condition = Condition::take(args, fields::behind_options(args)?)?;
    let fields = fields::counted(args, 1, Error::FieldCount)?;
    let now = ctx.now();
    let at = fields::field_deadline(number, unit, now, command)?;
    out.array(fields.len());
    let found = ctx.update_collection(key, Kind::Hash, Missing::Leave, |record, _| {
        let mut changed = false;
        for field in &fields {
            let answer = expire_field(record, field, condition, at, now);
            changed |= matches!(answer, SET | ENDED);
            out.int(answer);
        }
        let events: &[Event] = match (changed, at <= now) {
            (false, _) => &[],
            (true, false) => &[Event::HEXPIRE],
            (true, true) => &[Event::HEXPIRED],
        };
        Ok(((), events))
    })?;
    if found.is_none() {
        fields.iter().for_each(|_| out.int(NO_FIELD));
    }
    Ok(())
}

fn expire_field(record: &mut Record, field: &[u8], condition: Condition, at: u64, now: u64) -> i64 {
    match deadline_of(record, field, now) {
        None => NO_FIELD,
        Some(current) if !condition.is_met(current, at) => UNMET,
        Some(_) if at <= now => {
            hash::remove(record, field);
            ENDED
        }
        Some(_) => {
            hash::set_deadline(record, field, Some(at));
            SET
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn conditions() {
        check(
            "> HSET h a 1 b 2 c 3\n(integer) 3\n> HEXPIRE h 100 FIELDS 2 a x\n1) (integer) 1\n2) (integer) -2
             > HEXPIRE h 100 NX FIELDS 2 a b\n1) (integer) 0\n2) (integer) 1
             > HEXPIRE h 100 XX FIELDS 3 a b c\n1) (integer) 1\n2) (integer) 1\n3) (integer) 0
             > HEXPIRE h 50 GT FIELDS 3 a b c\n1) (integer) 0\n2) (integer) 0\n3) (integer) 0
             > HEXPIRE h 200 GT XX FIELDS 3 a b c\n1) (integer) 1\n2) (integer) 1\n3) (integer) 0
             > HEXPIRE h 50 LT FIELDS 3 a b c\n1) (integer) 1\n2) (integer) 1\n3) (integer) 1
             > HTTL h FIELDS 4 a b c x\n1) (integer) 50\n2) (integer) 50\n3) (integer) 50\n4) (integer) -2
             > HEXPIRE h 10 nx Nx fields 2 a a\n1) (integer) 0\n2) (integer) 0",
        );
    }

    #[test]
    fn a_deadline_that_has_passed_removes_fields_and_with_the_last_one_the_key() {
        for past in ["HEXPIRE h 0", "HPEXPIRE h 0", "HEXPIREAT h 1700000000", "HPEXPIREAT h 0"] {
            check(&format!(
                "> HSET h a 1 b 2 c 3\n(integer) 3\n> {past} FIELDS 3 a a x\n1) (integer) 2\n2) (integer) -2\n3) (integer) -2
                 > HEXPIRE h 10 FIELDS 1 b\n1) (integer) 1\n> {past} GT FIELDS 1 b\n1) (integer) 0
                 > {past} LT FIELDS 2 b c\n1) (integer) 2\n2) (integer) 2\n> EXISTS h\n(integer) 0"
            ));
        }
    }

    #[test]
    fn fields_end_one_by_one_and_the_hash_with_the_last() {
        check(
            "> HSET h a 1 b 2 c 3\n(integer) 3\n> EXPIRE h 100\n(integer) 1
             > HPEXPIRE h 5 FIELDS 1 a\n1) (integer) 1\n> HPEXPIRE h 9 FIELDS 2 b c\n1) (integer) 1\n2) (integer) 1
             ~ 5\n> HLEN h\n(integer) 3\n~ 1\n> HLEN h\n(integer) 2\n> HGET h a\n(nil)\n> TTL h\n(integer) 100
             > HEXPIRE h 10 FIELDS 1 a\n1) (integer) -2\n> HDEL h a\n(integer) 0
             ~ 4\n> EXISTS h\n(integer) 0\n> HSET h a 1\n(integer) 1\n> HLEN h\n(integer) 1\n> TTL h\n(integer) -1",
        );
    }

    #[test]
    fn a_value_that_is_set_anew_stays_and_one_that_is_counted_up_still_ends() {
        check(
            "> HSET h a 1 b 2\n(integer) 2\n> HEXPIRE h 9 FIELDS 2 a b\n1) (integer) 1\n2) (integer) 1
             > HINCRBY h a 1\n(integer) 2\n> HINCRBYFLOAT h a 1\n\"3\"\n> HSETNX h a 7\n(integer) 0
             > HSET h b 5\n(integer) 0\n> HTTL h FIELDS 2 a b\n1) (integer) 9\n2) (integer) -1",
        );
    }

    #[test]
    fn missing_and_wrong_keys() {
        check(
            "> HEXPIRE h 10 FIELDS 2 a b\n1) (integer) -2\n2) (integer) -2
             > HEXPIRE h 0 FIELDS 1 a\n1) (integer) -2\n> SET s v\nOK
             > HEXPIRE s 10 FIELDS 1 a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > HEXPIRE s x FIELDS 1 a\n(error) ERR value is not an integer or out of range
             > HEXPIRE s -1 FIELDS 1 a\n(error) ERR invalid expire time in 'hexpire' command",
        );
    }

    #[test]
    fn errors_in_this_order() {
        for (request, error) in [
            ("HEXPIRE h x FOO FOO FIELDS", "numfields should be greater than 0 and match…"),
            ("HEXPIRE h x a b c", "numfields should be greater than 0 and match…"),
            ("HEXPIRE h x NX XX FOO FIELDS x a", "Unsupported option FOO"),
            ("HEXPIRE h x NX GT FIELDS x", "NX and XX, GT or LT options at the same…"),
            (
                "HEXPIRE h x GT LT FIELDS 1 a",
                "GT and LT options at the same time are not compatible",
            ),
            ("HEXPIRE h -1 FIELDS x a", "value is not an integer or out of range"),
            ("HEXPIRE h -1 FIELDS 01 a", "value is not an integer or out of range"),
            ("HEXPIRE h 1 FIELDS FIELDS 1 a", "value is not an integer or out of range"),
            ("HEXPIRE h x FIELDS 2 a", "numfields should be greater than 0 and match…"),
            ("HEXPIRE h x FIELDS 1 a NX", "numfields should be greater than 0 and match…"),
            ("HEXPIRE h x FIELDS 0 a", "numfields should be greater than 0 and match…"),
            ("HEXPIRE h x FIELDS -1 a", "numfields should be greater than 0 and match…"),
            ("HEXPIRE h x FIELDS 9223372036854775807 a", "numfields should be greater than…"),
            ("HEXPIRE h x FIELDS 1 a", "value is not an integer or out of range"),
            ("HEXPIRE h -1 FIELDS 1 a", "invalid expire time in 'hexpire' command"),
            ("HPEXPIREAT h -1 FIELDS 1 a", "invalid expire time in 'hpexpireat' command"),
            ("HEXPIRE h 9223372036854775 FIELDS 1 a", "invalid expire time in 'hexpire' command"),
            ("HPEXPIRE h 9223372036854775807 FIELDS 1 a", "invalid expire time in 'hpexpire'…"),
            ("HEXPIREAT h 9223372036854775807 FIELDS 1 a", "invalid expire time in 'hexpireat'…"),
            ("HEXPIRE h 1 FIELDS 1", "wrong number of arguments for 'hexpire' command"),
        ] {
            check(&format!("> {request}\n(error) ERR {error}"));
        }
        check("> HPEXPIREAT h 9223372036854775807 FIELDS 1 a\n1) (integer) -2");
    }

    #[test]
    fn events() {
        check_events(&[
            ("HSET h a 1 b 2 c 3 d 4", "0 h hset"),
            ("HEXPIRE h 10 FIELDS 2 a x", "0 h hexpire"),
            ("HEXPIRE h 10 NX FIELDS 2 a x", ""),
            ("HEXPIRE h 0 FIELDS 2 a x", "0 h hexpired"),
            ("HEXPIRE h 0 FIELDS 2 a x", ""),
            ("HPEXPIRE h 5 FIELDS 1 b", "0 h hexpire"),
            ("~ 6", ""),
            ("HEXPIRE h 10 FIELDS 2 b c", "0 h hexpired, 0 h hexpire"),
            ("HEXPIREAT h 1 FIELDS 2 c d", "0 h hexpired, 0 h del"),
        ]);
    }
}
