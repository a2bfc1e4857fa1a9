//! DEBUG OBJECT

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::commands::generic::object::encoding;
use crate::{Args, Ctx, Error};

pub(super) static OBJECT: Command = Command {
    name: "DEBUG OBJECT",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Describes how the value at a key is stored, in one line of Redis's form.",
    arity: Arity::Exactly(3),
    flags: super::FLAGS,
    keys: Keys::One(2, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::Simple,
    examples: "> SET k value\nOK\n> DEBUG OBJECT k\nValue at:0x0 refcount:1 encoding:embstr serializedlength:5 lru:5501184 lru_seconds_idle:0",
    handler: Handler::Fn(object),
};

/// Tests read the fields by name. The address is none of a client's business, so it is no address;
/// the serialized length is the value's own.
fn object(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let record = ctx.peek(key).ok_or(Error::NoSuchKey)?;
    out.simple(&format!(
        "Value at:0x0 refcount:1 encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}",
        encoding(record),
        record.value().len(),
        record.touched(),
        record.idle(ctx.view.clock()),
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{START, check};

    #[test]
    fn it_tells_encoding_and_idle_time() {
        let lru = (START / 1000) & 0xFF_FFFF;
        check(&format!(
            "> SET k 12 PX 3000\nOK\n~ 3000\n> DEBUG OBJECT k
             Value at:0x0 refcount:1 encoding:int serializedlength:2 lru:{lru} lru_seconds_idle:3
             ~ 1\n> DEBUG OBJECT k\n(error) ERR no such key",
        ));
    }
}
