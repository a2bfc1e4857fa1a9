//! DEBUG RELOAD

use kv_protocol::ReplyWriter;

use super::FLAGS;
use crate::command::{Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::commands::server::save::keeper;
use crate::{Args, Ctx, Error};

pub(super) static RELOAD: Command = Command {
    name: "DEBUG RELOAD",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) for N keys",
    summary: "Writes all keys to disk and loads them again; other commands are refused meanwhile.",
    arity: Arity::Exactly(2),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Ok,
    examples: "> DEBUG RELOAD\n(error) ERR this store is in memory only: start the server with --dir",
    handler: Handler::Fn(reload),
};

fn reload(ctx: &mut Ctx<'_>, _args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    keeper(ctx)?.reload()?;
    out.ok();
    Ok(())
}
