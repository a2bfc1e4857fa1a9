//! GET

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static GET: Command = Command {
    name: "GET",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns the value at a key.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::OneOf(&[Shape::Value, Shape::Null]),
    examples: "> SET k v\nOK\n> GET k\n\"v\"\n> GET missing\n(nil)",
    handler: Handler::Fn(get),
};

fn get(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    Ctx::reply_value(ctx.read(key), out)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn an_expired_key_is_missing() {
        check(
            "> SET k v PX 5\nOK\n~ 5\n> GET k\n\"v\"\n~ 1\n> GET k\n(nil)\n> DBSIZE\n(integer) 0",
        );
    }
}
