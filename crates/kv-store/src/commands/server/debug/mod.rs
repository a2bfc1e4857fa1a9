//! DEBUG: what test suites reach into a server with.

mod active_expire;
mod error;
mod object;
mod populate;
mod protocol;
mod reload;
mod sleep;

use crate::command::{Arity, Command, Flags, Group, Handler, Keys, Log, Shape};

/// The flags of the container and of every subcommand.
const FLAGS: Flags =
    Flags::ADMIN.and(Flags::NOSCRIPT).and(Flags::LOADING).and(Flags::STALE).and(Flags::PROTECTED);

pub(crate) static DEBUG: Command = Command {
    name: "DEBUG",
    group: Group::Server,
    since: "0.1.0",
    complexity: "Depends on the subcommand",
    summary: "Reaches into the server for tests; a container of subcommands.",
    arity: Arity::AtLeast(2),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Any,
    examples: "> DEBUG SLEEP 0\nOK",
    handler: Handler::Container {
        alone: None,
        subcommands: &[
            &error::ERROR,
            &object::OBJECT,
            &populate::POPULATE,
            &protocol::PROTOCOL,
            &reload::RELOAD,
            &active_expire::SET_ACTIVE_EXPIRE,
            &sleep::SLEEP,
        ],
    },
};

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use crate::Store;

    #[test]
    fn nobody_debugs_a_store_that_does_not_allow_it() {
        let mut session = Store::builder().build().session();
        for request in [["DEBUG", "SLEEP", "0"], ["DEBUG", "ERROR", "x"]] {
            let Frame::Error(text) = session.call(request) else { panic!("it ran") };
            assert!(text.starts_with(b"ERR DEBUG command not allowed"));
        }
    }
}
