//! GEORADIUS, GEORADIUSBYMEMBER and their forms that only read

use kv_protocol::Request;

use super::UNIT;
use super::options::{COUNT, ORDER, Origin, Stores, WITHCOORD, WITHDIST, WITHHASH};
use super::search::{FOUND, search};
use crate::Error;
use crate::command::{
    Access, Arg, Arity, Command, Flags, Group, Handler, KeySink, Keys, Log, Shape,
};

const COMPLEXITY: &str = "O(N+log(M)) for the N members in the area around the circle, of M in all";
const LONGITUDE: Arg = Arg::Float("longitude");
const LATITUDE: Arg = Arg::Float("latitude");
const RADIUS: Arg = Arg::Float("radius");
const STORE: Arg = Arg::Optional(&Arg::OneOf(
    "store",
    &[
        Arg::Option("STORE", &Arg::Key("storekey")),
        Arg::Option("STOREDIST", &Arg::Key("storedistkey")),
    ],
));
const KEYS: Keys = Keys::Custom { wire: (1, 1, 1), movable: true, find: source_and_destination };
const WRITES: Flags = Flags::WRITE.and(Flags::DENYOOM);
const REPLY: Shape = Shape::OneOf(&[FOUND, Shape::Int]);

pub(crate) static GEORADIUS: Command = Command {
    name: "GEORADIUS",
    group: Group::Geo,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns or stores the members of the sorted set at a key whose positions are in a circle.",
    arity: Arity::AtLeast(6),
    flags: WRITES,
    keys: KEYS,
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        LONGITUDE,
        LATITUDE,
        RADIUS,
        UNIT,
        WITHCOORD,
        WITHDIST,
        WITHHASH,
        COUNT,
        ORDER,
        STORE,
    ],
    reply: REPLY,
    examples: "> GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania\n(integer) 2\n> GEORADIUS sicily 15 37 100 km\n1) \"Catania\"\n> GEORADIUS sicily 15 37 200 km STOREDIST near\n(integer) 2\n> ZRANGE near 0 0\n1) \"Catania\"",
    handler: Handler::Fn(|ctx, args, out| {
        search(ctx, args, out, Origin::Position, Stores::IfAsked)
    }),
};

pub(crate) static GEORADIUS_RO: Command = Command {
    name: "GEORADIUS_RO",
    group: Group::Geo,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns the members of the sorted set at a key whose positions are in a circle.",
    arity: Arity::AtLeast(6),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[
        Arg::Key("key"),
        LONGITUDE,
        LATITUDE,
        RADIUS,
        UNIT,
        WITHCOORD,
        WITHDIST,
        WITHHASH,
        COUNT,
        ORDER,
    ],
    reply: FOUND,
    examples: "> GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania\n(integer) 2\n> GEORADIUS_RO sicily 15 37 100 km\n1) \"Catania\"",
    handler: Handler::Fn(|ctx, args, out| search(ctx, args, out, Origin::Position, Stores::Never)),
};

pub(crate) static GEORADIUSBYMEMBER: Command = Command {
    name: "GEORADIUSBYMEMBER",
    group: Group::Geo,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns or stores the members of the sorted set at a key whose positions are in a circle around that of one of them.",
    arity: Arity::AtLeast(5),
    flags: WRITES,
    keys: KEYS,
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::String("member"),
        RADIUS,
        UNIT,
        WITHCOORD,
        WITHDIST,
        WITHHASH,
        COUNT,
        ORDER,
        STORE,
    ],
    reply: REPLY,
    examples: "> GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania\n(integer) 2\n> GEORADIUSBYMEMBER sicily Palermo 200 km ASC\n1) \"Palermo\"\n2) \"Catania\"",
    handler: Handler::Fn(|ctx, args, out| search(ctx, args, out, Origin::Member, Stores::IfAsked)),
};

pub(crate) static GEORADIUSBYMEMBER_RO: Command = Command {
    name: "GEORADIUSBYMEMBER_RO",
    group: Group::Geo,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns the members of the sorted set at a key whose positions are in a circle around that of one of them.",
    arity: Arity::AtLeast(5),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[
        Arg::Key("key"),
        Arg::String("member"),
        RADIUS,
        UNIT,
        WITHCOORD,
        WITHDIST,
        WITHHASH,
        COUNT,
        ORDER,
    ],
    reply: FOUND,
    examples: "> GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania\n(integer) 2\n> GEORADIUSBYMEMBER_RO sicily Palermo 1 km WITHDIST\n1) 1) \"Palermo\"\n   2) \"0.0000\"",
    handler: Handler::Fn(|ctx, args, out| search(ctx, args, out, Origin::Member, Stores::Never)),
};

/// Where the options of both forms may begin.
const OPTIONS_AT: usize = 5;

/// The key that is searched, and those that options name to store at.
fn source_and_destination(
    request: Request<'_>,
    db: usize,
    sink: &mut KeySink,
) -> Result<(), Error> {
    sink.add(1, db, Access::Read);
    let mut at = OPTIONS_AT;
    while at + 1 < request.len() {
        let word = request.arg(at).and_then(|arg| arg.text()).unwrap_or_default();
        if word.eq_ignore_ascii_case(b"STORE") || word.eq_ignore_ascii_case(b"STOREDIST") {
            sink.add(at + 1, db, Access::Write);
            at += 1;
        }
        at += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn around_a_position_and_around_a_member() {
        check(
            "> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania\n(integer) 2
             > GEORADIUS g 15 37 200 km WITHDIST DESC\n1) 1) \"Palermo\"\n2) \"190.4424\"\n2) 1) \"Catania\"\n2) \"56.4413\"
             > GEORADIUSBYMEMBER g Palermo 200 km WITHHASH COUNT 1\n1) 1) \"Palermo\"\n2) (integer) 3479099956230698
             > GEORADIUS g 15 37 200 km STORE d STOREDIST e\n(integer) 2\n> EXISTS d\n(integer) 0
             > ZRANGE e 0 -1 WITHSCORES\n1) \"Catania\"\n2) \"56.4412578701582\"\n3) \"Palermo\"\n4) \"190.44242984775784\"
             > GEORADIUS_RO g 15 37 1 m\n(empty array)\n> GEORADIUS missing 15 37 1 m STORE e\n(integer) 0\n> EXISTS e\n(integer) 0
             > GEORADIUSBYMEMBER missing x y z\n(empty array)",
        );
        check_events(&[
            ("GEOADD g 1 1 a", "0 g zadd"),
            ("GEORADIUSBYMEMBER g a 1 m STORE d", "0 d georadiusstore"),
            ("GEORADIUS g 2 2 1 m STORE d", "0 d del"),
        ]);
    }

    #[test]
    fn errors_in_redis_order() {
        check(
            "> GEOADD g 1 1 a\n(integer) 1\n> GEORADIUS g 185 1 x km\n(error) ERR invalid longitude,latitude pair 185.000000,1.000000
             > GEORADIUS g 1 1 x km\n(error) ERR need numeric radius\n> GEORADIUS g 1 1 -1 km\n(error) ERR radius cannot be negative
             > GEORADIUS g 1 1 1 foo\n(error) ERR unsupported unit provided. please use M, KM, FT, MI
             > GEORADIUS g 1 1 1 m COUNT 0\n(error) ERR COUNT must be > 0\n> GEORADIUS g 1 1 1 m COUNT\n(error) ERR syntax error
             > GEORADIUS g 1 1 1 m WITHDIST STORE d\n(error) ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options
             > GEORADIUS_RO g 1 1 1 m STORE d\n(error) ERR syntax error\n> GEORADIUSBYMEMBER_RO g a 1 m STORE d\n(error) ERR syntax error
             > GEORADIUSBYMEMBER g x 1 m\n(error) ERR member x does not exist
             > SET k v\nOK\n> GEORADIUS k 185 1 x km\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > GEORADIUSBYMEMBER k a 1 m\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
