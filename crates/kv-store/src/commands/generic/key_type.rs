//! TYPE

use kv_protocol::{Arg as Sent, ReplyWriter};
use kv_types::{Kind, Record};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static TYPE: Command = Command {
    name: "TYPE",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Names the type of the value at a key: string, list, set, zset, hash, frame, or none if there is no key.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Simple,
    examples: "> SET k v\nOK\n> TYPE k\nstring\n> TYPE missing\nnone",
    handler: Handler::Fn(key_type),
};

fn key_type(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let key = args.key()?;
    out.simple(ctx.look(key).map_or("none", type_name));
    Ok(())
}

/// The type as clients know it. A scalar that a native client stored works as a string does.
pub(super) fn type_name(record: &Record) -> &'static str {
    match record.kind() {
        Kind::String => "string",
        Kind::Frame if Sent::Frame(record.value()).text().is_some() => "string",
        Kind::Frame => "frame",
        Kind::List => "list",
        Kind::Hash => "hash",
        Kind::Set => "set",
        Kind::Zset => "zset",
    }
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use crate::commands::generic::testing::stage_with;
    use crate::testing::check;

    #[test]
    fn an_expired_key_has_no_type() {
        check("> SET k v PX 5\nOK\n> TYPE k\nstring\n~ 6\n> TYPE k\nnone");
    }

    #[test]
    fn frames_have_a_type_of_their_own_unless_they_are_scalars() {
        let array = Frame::Array(vec![Frame::Integer(1)]);
        stage_with(&[("n", 5.into()), ("null", Frame::Null), ("list", array)])
            .play("> TYPE n\nstring\n> TYPE null\nframe\n> TYPE list\nframe");
    }
}
