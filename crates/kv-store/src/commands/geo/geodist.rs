//! GEODIST

use kv_protocol::ReplyWriter;
use kv_types::geo::Position;

use super::{UNIT, reply_distance, unit};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::zset::zset;
use crate::{Args, Ctx, Error};

pub(crate) static GEODIST: Command = Command {
    name: "GEODIST",
    group: Group::Geo,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns the distance between the positions of two members of the sorted set at a key, in metres or another unit.",
    arity: Arity::AtLeast(4),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::String("member1"), Arg::String("member2"), Arg::Optional(&UNIT)],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null]),
    examples: "> GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania\n(integer) 2\n> GEODIST sicily Palermo Catania\n\"166274.1516\"\n> GEODIST sicily Palermo Catania km\n\"166.2742\"",
    handler: Handler::Fn(geodist),
};

fn geodist(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, from, to) = (args.key()?, args.bytes()?, args.bytes()?);
    let unit = match args.remaining() {
        0 => 1.0,
        1 => unit(args)?,
        _ => return Err(Error::Syntax),
    };
    let zset = zset(ctx, key)?;
    match zset.score(from).zip(zset.score(to)) {
        Some((from, to)) => {
            let distance = Position::of_score(from).distance(Position::of_score(to));
            reply_distance(distance / unit, out);
        }
        None => out.null(),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn units_and_what_is_missing() {
        check(
            "> GEOADD g 13.361389 38.115556 a 15.087269 37.502669 b\n(integer) 2
             > GEODIST g a b MI\n\"103.3182\"\n> GEODIST g a b ft\n\"545518.8700\"\n> GEODIST g a a\n\"0.0000\"
             > GEODIST g a c\n(nil)\n> GEODIST missing a b\n(nil)
             > GEODIST missing a b foo\n(error) ERR unsupported unit provided. please use M, KM, FT, MI
             > GEODIST g a b km m\n(error) ERR syntax error
             > SET k v\nOK\n> GEODIST k a b\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
