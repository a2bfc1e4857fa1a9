//! GEOSEARCH and GEOSEARCHSTORE

use super::options::{BY, COUNT, FROM, ORDER, Origin, Stores, WITHCOORD, WITHDIST, WITHHASH};
use super::search::{FOUND, search};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::zset::zrangestore::destination_and_source;

const COMPLEXITY: &str = "O(N+log(M)) for the N members in the area around the shape, of M in all";

pub(crate) static GEOSEARCH: Command = Command {
    name: "GEOSEARCH",
    group: Group::Geo,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Returns the members of the sorted set at a key whose positions are in a circle, a box or a polygon.",
    arity: Arity::AtLeast(7),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), FROM, BY, ORDER, COUNT, WITHCOORD, WITHDIST, WITHHASH],
    reply: FOUND,
    examples: "> GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania\n(integer) 2\n> GEOSEARCH sicily FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHDIST\n1) 1) \"Catania\"\n   2) \"56.4413\"\n2) 1) \"Palermo\"\n   2) \"190.4424\"",
    handler: Handler::Fn(|ctx, args, out| search(ctx, args, out, Origin::Options, Stores::Never)),
};

pub(crate) static GEOSEARCHSTORE: Command = Command {
    name: "GEOSEARCHSTORE",
    group: Group::Geo,
    since: "0.1.0",
    complexity: COMPLEXITY,
    summary: "Puts the members of the sorted set at a second key whose positions are in a circle, a box or a polygon at the first, and returns their number.",
    arity: Arity::AtLeast(8),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::Custom { wire: (1, 2, 1), find: destination_and_source },
    log: Log::Verbatim,
    args: &[
        Arg::Key("destination"),
        Arg::Key("source"),
        FROM,
        BY,
        ORDER,
        COUNT,
        Arg::Optional(&Arg::Token("STOREDIST")),
    ],
    reply: Shape::Int,
    examples: "> GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania\n(integer) 2\n> GEOSEARCHSTORE near sicily FROMMEMBER Catania BYRADIUS 10 km\n(integer) 1\n> ZRANGE near 0 -1\n1) \"Catania\"",
    handler: Handler::Fn(|ctx, args, out| search(ctx, args, out, Origin::Options, Stores::Always)),
};
