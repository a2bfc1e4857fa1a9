//! GEOPOS and GEOHASH

use kv_protocol::ReplyWriter;
use kv_types::geo::Position;

use super::reply_position;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::zset::zset;
use crate::{Args, Ctx, Error};

pub(crate) static GEOPOS: Command = Command {
    name: "GEOPOS",
    group: Group::Geo,
    since: "0.1.0",
    complexity: "O(N) for N members given",
    summary: "Returns the positions of members of the sorted set at a key, a null for each that is not there.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Optional(&Arg::Multiple(&Arg::String("member")))],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Array(&Shape::Double), Shape::Null])),
    examples: "> GEOADD sicily 13.361389 38.115556 Palermo\n(integer) 1\n> GEOPOS sicily Palermo Rome\n1) 1) \"13.36138933897018433\"\n   2) \"38.11555639549629859\"\n2) (nil)",
    handler: Handler::Fn(|ctx, args, out| {
        each(ctx, args, out, |position, out| match position {
            Some(position) => reply_position(position, out),
            None => out.null_array(),
        })
    }),
};

pub(crate) static GEOHASH: Command = Command {
    name: "GEOHASH",
    group: Group::Geo,
    since: "0.1.0",
    complexity: "O(N) for N members given",
    summary: "Returns the positions of members of the sorted set at a key as geohashes, a null for each that is not there.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Optional(&Arg::Multiple(&Arg::String("member")))],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Null])),
    examples: "> GEOADD sicily 13.361389 38.115556 Palermo\n(integer) 1\n> GEOHASH sicily Palermo Rome\n1) \"sqc8b49rny0\"\n2) (nil)",
    handler: Handler::Fn(|ctx, args, out| {
        each(ctx, args, out, |position, out| match position {
            Some(position) => out.bulk(&position.geohash()),
            None => out.null(),
        })
    }),
};

/// Answers something on the position of each member that is given.
fn each(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    reply: impl Fn(Option<Position>, &mut ReplyWriter<'_>),
) -> Result<(), Error> {
    let key = args.key()?;
    let zset = zset(ctx, key)?;
    out.array(args.remaining());
    while !args.is_empty() {
        reply(zset.score(args.bytes()?).map(Position::of_score), out);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn what_is_missing_and_scores_that_are_no_positions() {
        check(
            "> GEOPOS missing\n(empty array)\n> GEOPOS missing a\n1) (nil)\n> GEOHASH missing a\n1) (nil)
             > ZADD g -5 a 5 b inf c 4503599627370496 d\n(integer) 4
             > GEOPOS g a b\n1) 1) \"180\"\n2) \"85.0511287799999991\"\n2) 1) \"-179.99999731779098511\"\n2) \"-85.05111990847595393\"
             > GEOHASH g a b c d\n1) \"bp05b5048p0\"\n2) \"00bh0hbj240\"\n3) \"00bh0hbj200\"\n4) \"bp05b5048p0\"
             > SET k v\nOK\n> GEOPOS k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > GEOHASH k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
