//! CLIENT and its subcommands

mod filter;
mod kill;
mod list;
mod modes;
pub(super) mod name;

use kv_protocol::ReplyWriter;

use crate::command::{Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static CLIENT: Command = Command {
    name: "CLIENT",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "Depends on the subcommand.",
    summary: "Tells about connections and changes them.",
    arity: Arity::AtLeast(2),
    flags: Flags::empty(),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Any,
    examples: "> CLIENT ID\n(integer) 1",
    handler: Handler::Container {
        alone: None,
        subcommands: &[
            &name::GETNAME,
            &ID,
            &list::INFO,
            &kill::KILL,
            &list::LIST,
            &modes::NO_EVICT,
            &modes::NO_TOUCH,
            &modes::REPLY,
            &name::SETINFO,
            &name::SETNAME,
            &modes::UNPAUSE,
        ],
    },
};

/// Flags of the subcommands that look at connections or change them.
const LOOKS: Flags = Flags::NOSCRIPT.and(Flags::LOADING).and(Flags::STALE);
/// Flags of those that the server can answer whatever it is busy with.
const SIMPLE: Flags = LOOKS.and(Flags::ALLOW_BUSY);

static ID: Command = Command {
    name: "CLIENT ID",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns the connection's number; it is never used twice.",
    arity: Arity::Exactly(2),
    flags: SIMPLE,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Int,
    examples: "> CLIENT ID\n(integer) 1",
    handler: Handler::Fn(id),
};

fn id(ctx: &mut Ctx<'_>, _args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    out.int(ctx.session.client.id as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn what_is_no_subcommand() {
        check(
            "
            > CLIENT
            (error) ERR wrong number of arguments for 'client' command
            > CLIENT MAINT_NOTIFICATIONS ON
            (error) ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.
            > CLIENT ID 1
            (error) ERR wrong number of arguments for 'client|id' command
            > CLIENT HELP 1
            (error) ERR wrong number of arguments for 'client|help' command
            ",
        );
    }

    #[test]
    fn help_lists_every_subcommand() {
        check(
            "
            > client help
            1) CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
            2) GETNAME
            3)     Returns the connection's name, or a null if it has none.
            4) ID
            5)     Returns the connection's number; it is never used twice.
            …
            ",
        );
    }
}
