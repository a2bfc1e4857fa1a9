//! RANDOMKEY

use kv_protocol::ReplyWriter;

use crate::command::{Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static RANDOMKEY: Command = Command {
    name: "RANDOMKEY",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns some key of the database, or a null if it is empty.",
    arity: Arity::Exactly(1),
    flags: Flags::READONLY,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null]),
    examples: "> RANDOMKEY\n(nil)\n> SET k v\nOK\n> RANDOMKEY\n\"k\"",
    handler: Handler::Fn(randomkey),
};

fn randomkey(ctx: &mut Ctx<'_>, _: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    match ctx.view.random_key(ctx.session.db, &mut ctx.session.rng) {
        Some(key) => out.bulk(&key),
        None => out.null(),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn an_expired_key_is_not_chosen() {
        check("> SET k v PX 5\nOK\n> RANDOMKEY\n\"k\"\n~ 6\n> RANDOMKEY\n(nil)");
    }

    #[test]
    fn every_key_has_its_turn() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        stage.play("> MSET a 1 b 2 c 3\nOK");
        let chosen: BTreeSet<String> = (0..100)
            .filter_map(|_| stage.run("RANDOMKEY"))
            .map(|key| Frame::pretty(&key))
            .collect();
        assert_eq!(Vec::from_iter(chosen), ["\"a\"", "\"b\"", "\"c\""]);
    }
}
