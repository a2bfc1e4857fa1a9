//! GEOADD

use kv_protocol::ReplyWriter;

use super::position;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::zset::zadd::{Elements, Options, add_all};
use crate::{Args, Ctx, Error};

pub(crate) static GEOADD: Command = Command {
    name: "GEOADD",
    group: Group::Geo,
    since: "0.1.0",
    complexity: "O(log(N)) for each member given, in a sorted set of N",
    summary: "Adds members with positions to the sorted set at a key, or gives those that are there other positions.",
    arity: Arity::AtLeast(5),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Optional(&Arg::OneOf("condition", &[Arg::Token("NX"), Arg::Token("XX")])),
        Arg::Optional(&Arg::Token("CH")),
        Arg::Multiple(&Arg::Block(
            "data",
            &[Arg::Float("longitude"), Arg::Float("latitude"), Arg::String("member")],
        )),
    ],
    reply: Shape::Int,
    examples: "> GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania\n(integer) 2\n> ZSCORE sicily Palermo\n\"3479099956230698\"",
    handler: Handler::Fn(geoadd),
};

fn geoadd(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let mut options = Options::default();
    while let Some(option) = args.one_of(&["NX", "XX", "CH"]) {
        match option {
            "NX" => options.new_only = true,
            "XX" => options.old_only = true,
            _ => options.count_changed = true,
        }
    }
    if !args.remaining().is_multiple_of(3) || options.new_only && options.old_only {
        return Err(Error::Syntax);
    }
    let mut elements = Elements::with_capacity(args.remaining() / 3);
    while !args.is_empty() {
        elements.push((position(args)?.score(), args.bytes()?));
    }
    if elements.is_empty() {
        return Err(Error::Syntax);
    }
    add_all(ctx, key, options, &elements, out)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn conditions() {
        check(
            "> GEOADD g 13.361389 38.115556 a\n(integer) 1\n> GEOADD g NX 1 1 a 2 2 b\n(integer) 1
             > GEOADD g XX CH 1 1 a 2 2 c\n(integer) 1\n> GEOADD g ch 1 1 a\n(integer) 0\n> ZCARD g\n(integer) 2
             > ZSCORE g a\n\"3377822707026402\"",
        );
    }

    #[test]
    fn errors() {
        check(
            "> GEOADD g 181 1 a\n(error) ERR invalid longitude,latitude pair 181.000000,1.000000
             > GEOADD g 1 1 a 1 86 b\n(error) ERR invalid longitude,latitude pair 1.000000,86.000000
             > GEOADD g 1 x a\n(error) ERR value is not a valid float\n> GEOADD g 1 1 a 2\n(error) ERR syntax error
             > GEOADD g NX XX 1 1 a\n(error) ERR syntax error\n> GEOADD g NX XX CH\n(error) ERR syntax error
             > GEOADD g 1 1\n(error) ERR wrong number of arguments for 'geoadd' command\n> EXISTS g\n(integer) 0
             > SET k v\nOK\n> GEOADD k 1 1 a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
