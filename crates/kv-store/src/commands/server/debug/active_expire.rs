//! DEBUG SET-ACTIVE-EXPIRE

use std::sync::atomic::Ordering;

use kv_protocol::ReplyWriter;

use crate::command::{Arg, Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(super) static SET_ACTIVE_EXPIRE: Command = Command {
    name: "DEBUG SET-ACTIVE-EXPIRE",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Turns on (1) or off (0) the removal of ended keys that nobody asks for.",
    arity: Arity::Exactly(3),
    flags: super::FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::OneOf("switch", &[Arg::Token("0"), Arg::Token("1")])],
    reply: Shape::Ok,
    examples: "> DEBUG SET-ACTIVE-EXPIRE 0\nOK\n> DEBUG SET-ACTIVE-EXPIRE 1\nOK",
    handler: Handler::Fn(set_active_expire),
};

fn set_active_expire(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let on = args.int()? != 0;
    ctx.store.sweeping.store(on, Ordering::Relaxed);
    out.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Protocol;

    use crate::Registry;
    use crate::testing::Stage;

    #[test]
    fn ended_keys_stay_in_memory_while_it_is_off() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        stage.play(
            "> DEBUG SET-ACTIVE-EXPIRE x\n(error) ERR value is not an integer or out of range
             > SET k v PX 5\nOK\n> DEBUG SET-ACTIVE-EXPIRE 0\nOK\n~ 6",
        );
        assert_eq!(stage.store.sweep(), 0);
        stage.play("> DBSIZE\n(integer) 1\n> DEBUG SET-ACTIVE-EXPIRE 1\nOK");
        assert_eq!(stage.store.sweep(), 1);
    }
}
