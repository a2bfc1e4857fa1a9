//! GEOSEARCH and GEOSEARCHSTORE

use super::options::{COUNT, ORDER, Origin, SHAPE, Stores, WITHCOORD, WITHDIST, WITHHASH};
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
    args: &[Arg::Key("key"), SHAPE, ORDER, COUNT, WITHCOORD, WITHDIST, WITHHASH],
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
    keys: Keys::Custom { wire: (1, 2, 1), movable: false, find: destination_and_source },
    log: Log::Verbatim,
    args: &[
        Arg::Key("destination"),
        Arg::Key("source"),
        SHAPE,
        ORDER,
        COUNT,
        Arg::Optional(&Arg::Token("STOREDIST")),
    ],
    reply: Shape::Int,
    examples: "> GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania\n(integer) 2\n> GEOSEARCHSTORE near sicily FROMMEMBER Catania BYRADIUS 10 km\n(integer) 1\n> ZRANGE near 0 -1\n1) \"Catania\"",
    handler: Handler::Fn(|ctx, args, out| search(ctx, args, out, Origin::Options, Stores::Always)),
};

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::commands::testing::check_events;
    use crate::testing::{Stage, check};

    const SICILY: &str =
        "> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania\n(integer) 2\n";

    fn check_in_sicily(transcript: &str) {
        check(&format!("{SICILY}{transcript}"));
    }

    #[test]
    fn shapes() {
        check_in_sicily(
            "> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km\n1) \"Palermo\"\n2) \"Catania\"
             > GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km DESC WITHDIST WITHHASH WITHCOORD COUNT 1\n1) 1) \"Palermo\"\n2) \"190.4424\"\n3) (integer) 3479099956230698\n4) 1) \"13.36138933897018433\"\n2) \"38.11555639549629859\"
             > GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 100 km\n(empty array)
             > GEOSEARCH g BYPOLYGON 3 13 37 16 37 14 39 WITHDIST\n1) 1) \"Catania\"\n2) \"68853.1583\"
             > GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1\n1) \"Catania\"
             > GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1 ANY\n1) \"Palermo\"
             > GEOSEARCH missing FROMMEMBER x BYRADIUS 1 m\n(empty array)",
        );
    }

    #[test]
    fn what_is_found_is_stored() {
        check_in_sicily(
            "> GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 200 km\n(integer) 2\n> ZSCORE d Palermo\n\"3479099956230698\"
             > GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km ASC COUNT 1 STOREDIST\n(integer) 1
             > ZRANGE d 0 -1 WITHSCORES\n1) \"Catania\"\n2) \"56.4412578701582\"
             > GEOSEARCHSTORE d g BYPOLYGON 3 13 37 16 37 14 39 STOREDIST\n(integer) 1\n> ZSCORE d Catania\n\"6.885315827745719e+4\"
             > GEOSEARCHSTORE d missing FROMMEMBER x BYRADIUS 1 m\n(integer) 0\n> EXISTS d\n(integer) 0",
        );
        check_events(&[
            ("GEOADD g 1 1 a", "0 g zadd"),
            ("GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 1 m", "0 d geosearchstore"),
            ("GEOSEARCHSTORE d g FROMLONLAT 2 2 BYRADIUS 1 m", "0 d del"),
        ]);
    }

    #[test]
    fn resp3_has_positions_as_doubles() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        stage.run("GEOADD g 13.361389 38.115556 Palermo");
        let found = stage.run("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 m WITHCOORD WITHDIST");
        let position = [13.361_389_338_970_184, 38.115_556_395_496_3].map(Frame::Double).to_vec();
        let member = vec!["Palermo".into(), "0.0000".into(), Frame::Array(position)];
        assert_eq!(found, Some(Frame::Array(vec![Frame::Array(member)])));
    }

    #[test]
    fn errors_in_redis_order() {
        check_in_sicily(
            "> GEOSEARCH g FROMMEMBER Rome BYRADIUS 200 km\n(error) ERR member Rome does not exist
             > GEOSEARCH g FROMLONLAT 15 37 FROMMEMBER Palermo BYRADIUS 1 m\n(error) ERR syntax error
             > GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 m BYBOX 1 1 m\n(error) ERR syntax error
             > GEOSEARCH g BYPOLYGON 3 1 1 2 2 3 1 FROMMEMBER Palermo\n(error) ERR syntax error
             > GEOSEARCH g BYRADIUS 1 m ASC DESC\n(error) ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH
             > geosearch g FROMLONLAT 15 37 ASC ASC\n(error) ERR exactly one of BYRADIUS, BYBOX and BYPOLYGON can be specified for geosearch
             > GEOSEARCH g FROMLONLAT 15 37 BYBOX x -1 m\n(error) ERR need numeric width
             > GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 x m\n(error) ERR need numeric height
             > GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 -1 m\n(error) ERR height or width cannot be negative
             > GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 m ANY\n(error) ERR the ANY argument requires COUNT argument
             > GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 m STOREDIST\n(error) ERR syntax error
             > GEOSEARCH g BYPOLYGON 2 1 1 2 2\n(error) ERR GEOSEARCH BYPOLYGON must have at least 3 vertices
             > GEOSEARCH g BYPOLYGON 4 1 1 2 2 3 1\n(error) ERR GEOSEARCH BYPOLYGON must have at least 3 vertices
             > GEOSEARCH g BYPOLYGON x 1 1 2 2\n(error) ERR invalid number of vertices
             > GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 m WITHDIST\n(error) ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options
             > SET k v\nOK\n> GEOSEARCH k FOO 1 1 1 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
