//! SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE

use std::sync::Arc;

use kv_protocol::ReplyWriter;

use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::keeper::{Begun, Keeper};
use crate::{Args, Ctx, Error};

/// Why nothing can be written to disk.
pub(super) const IN_MEMORY: &str = "this store is in memory only: start the server with --dir";

const FLAGS: Flags = Flags::ADMIN.and(Flags::NOSCRIPT);

pub(crate) static SAVE: Command = Command {
    name: "SAVE",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) for N keys",
    summary: "Writes a snapshot of all keys to disk, and answers when that is done; connections of the same thread wait.",
    arity: Arity::Exactly(1),
    flags: FLAGS.and(Flags::NO_MULTI),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Ok,
    examples: "> SAVE\n(error) ERR this store is in memory only: start the server with --dir",
    handler: Handler::Fn(save),
};

pub(crate) static BGSAVE: Command = Command {
    name: "BGSAVE",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Begins to write a snapshot of all keys to disk; if the log is being rewritten, SCHEDULE lets it begin afterwards. CANCEL gives up the one that was begun or scheduled.",
    arity: Arity::AtLeast(1),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Optional(&Arg::OneOf(
        "operation",
        &[Arg::Token("SCHEDULE"), Arg::Token("CANCEL")],
    ))],
    reply: Shape::Simple,
    examples: "> BGSAVE\n(error) ERR this store is in memory only: start the server with --dir",
    handler: Handler::Fn(bgsave),
};

pub(crate) static BGREWRITEAOF: Command = Command {
    name: "BGREWRITEAOF",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Begins to write the append log anew: a snapshot, and what comes after it.",
    arity: Arity::Exactly(1),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Simple,
    examples: "> BGREWRITEAOF\n(error) ERR this store is in memory only: start the server with --dir",
    handler: Handler::Fn(bgrewriteaof),
};

pub(crate) static LASTSAVE: Command = Command {
    name: "LASTSAVE",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns when a snapshot was last written, or else when the store began, in Unix seconds.",
    arity: Arity::Exactly(1),
    flags: Flags::LOADING.and(Flags::STALE).and(Flags::FAST),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Int,
    examples: "> LASTSAVE\n(integer) 1700000000",
    handler: Handler::Fn(lastsave),
};

/// Who keeps the data on disk.
pub(super) fn keeper(ctx: &Ctx<'_>) -> Result<Arc<dyn Keeper>, Error> {
    ctx.store.keeper().ok_or_else(|| Error::new(IN_MEMORY))
}

fn save(ctx: &mut Ctx<'_>, _args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    keeper(ctx)?.save()?;
    out.ok();
    Ok(())
}

fn bgsave(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let option = args.one_of(&["SCHEDULE", "CANCEL"]);
    if !args.is_empty() {
        return Err(Error::Syntax);
    }
    let keeper = keeper(ctx)?;
    out.simple(match option {
        Some("CANCEL") => match keeper.cancel_save()? {
            Begun::Now => "Background saving cancelled",
            Begun::Later => "Scheduled background saving cancelled",
        },
        option => match keeper.begin_save(option.is_some())? {
            Begun::Now => "Background saving started",
            Begun::Later => "Background saving scheduled",
        },
    });
    Ok(())
}

fn bgrewriteaof(
    ctx: &mut Ctx<'_>,
    _args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    match keeper(ctx)?.begin_rewrite()? {
        Begun::Now => out.simple("Background append only file rewriting started"),
        Begun::Later => out.simple("Background append only file rewriting scheduled"),
    }
    Ok(())
}

fn lastsave(
    ctx: &mut Ctx<'_>,
    _args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let began = ctx.store.started_us / 1_000_000;
    out.int(ctx.store.keeper().map_or(began, |keeper| keeper.last_save()) as i64);
    Ok(())
}
