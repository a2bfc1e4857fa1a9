//! COMMAND and its subcommands: what this server knows about its own commands

mod docs;
mod info;
mod keys;
mod list;

use kv_protocol::ReplyWriter;

use crate::command::{Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error, Registry};

pub(crate) static COMMAND: Command = Command {
    name: "COMMAND",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) where N is the number of commands",
    summary: "Returns what a client must know to route every command: arity, flags, keys.",
    arity: Arity::AtLeast(1),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Array(&info::ENTRY),
    examples: "> COMMAND COUNT\n(integer) …",
    handler: Handler::Container {
        alone: Some(info::all),
        subcommands: &[
            &COUNT,
            &docs::DOCS,
            &keys::GETKEYS,
            &keys::GETKEYSANDFLAGS,
            &info::INFO,
            &list::LIST,
        ],
    },
};

const FLAGS: Flags = Flags::LOADING.and(Flags::STALE).and(Flags::CONNECTION);

static COUNT: Command = Command {
    name: "COMMAND COUNT",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns how many commands there are, subcommands not counted.",
    arity: Arity::Exactly(2),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Int,
    examples: "> COMMAND COUNT\n(integer) …",
    handler: Handler::Fn(count),
};

fn count(ctx: &mut Ctx<'_>, _args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    out.int(ctx.store.registry().iter().len() as i64);
    Ok(())
}

/// The command or subcommand of this name as it is printed, in any case: `get`, `client|list`.
fn by_wire_name<'r>(registry: &'r Registry, name: &[u8]) -> Option<&'r Command> {
    let mut words = name.splitn(2, |byte| *byte == b'|');
    let command = registry.get(words.next()?)?;
    match words.next() {
        None => Some(command),
        Some(_) => command
            .subcommands()
            .iter()
            .find(|command| command.wire_name().as_bytes().eq_ignore_ascii_case(name))
            .copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_they_are_printed() {
        let registry = Registry::builtin();
        let find = |name: &str| by_wire_name(&registry, name.as_bytes()).map(|c| c.name);
        assert_eq!(find("get"), Some("GET"));
        assert_eq!(find("Client|List"), Some("CLIENT LIST"));
        for name in ["", "|", "nosuch", "client|", "client|nosuch", "get|x", "client list"] {
            assert_eq!(find(name), None, "{name}");
        }
    }
}
