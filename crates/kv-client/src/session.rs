//! What a connection is to the server: its user, protocol, name and database. All of it is told
//! when a connection begins, and again after each loss; it follows what commands change meanwhile.

use kv_protocol::{Protocol, Request};

use crate::command::Command;
use crate::error::Error;
use crate::options::Options;

/// The commands that bring a new connection to where the last one was.
pub(crate) struct Session {
    login: Option<Command>,
    hello: Option<Step>,
    name: Option<Command>,
    database: Option<Command>,
}

/// One command of the greeting.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) command: Command,
    /// Whether the connection is as good when the server doesn't know the command.
    pub(crate) optional: bool,
}

/// A command that changes the session once it's answered without an error.
#[derive(Debug)]
pub(crate) struct Change {
    what: Setting,
    command: Command,
}

#[derive(Clone, Copy, Debug)]
enum Setting {
    Login,
    Name,
    Database,
}

/// Commands after which answers no longer match commands one to one, or the dialect is another:
/// not to be sent on a connection that others share.
const REFUSED: &[(&[&str], &str)] = &[
    (&["SUBSCRIBE"], OWN_CONNECTION),
    (&["PSUBSCRIBE"], OWN_CONNECTION),
    (&["SSUBSCRIBE"], OWN_CONNECTION),
    (&["UNSUBSCRIBE"], OWN_CONNECTION),
    (&["PUNSUBSCRIBE"], OWN_CONNECTION),
    (&["SUNSUBSCRIBE"], OWN_CONNECTION),
    (&["MONITOR"], OWN_CONNECTION),
    (&["SYNC"], OWN_CONNECTION),
    (&["PSYNC"], OWN_CONNECTION),
    (&["CLIENT", "REPLY"], "every command needs its answer"),
    (&["HELLO"], "the protocol is chosen when the client is built"),
    (&["RESET"], "it would undo the settings that the client was built with"),
];

const OWN_CONNECTION: &str = "its answers need a connection of their own";

/// Commands that change the session.
const CHANGES: &[(&[&str], Setting)] = &[
    (&["AUTH"], Setting::Login),
    (&["SELECT"], Setting::Database),
    (&["CLIENT", "SETNAME"], Setting::Name),
];

/// Looks at a command before it's sent: refuses what this client can't follow, and tells what is
/// to be remembered.
pub(crate) fn inspect(command: &Command) -> Result<Option<Change>, Error> {
    let request = command.as_request();
    if let Some((words, why)) = REFUSED.iter().find(|(words, _)| begins_with(request, words)) {
        return Err(Error::Usage(format!("{} is not possible here: {why}", words.join(" "))));
    }
    let change = CHANGES.iter().find(|(words, _)| begins_with(request, words));
    Ok(change.map(|(_, what)| Change { what: *what, command: command.clone() }))
}

fn begins_with(request: Request<'_>, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(index, word)| {
        let text = request.arg(index).and_then(|arg| arg.text());
        text.is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()))
    })
}

impl Session {
    pub(crate) fn new(options: &Options) -> Session {
        let login = options.password.as_ref().map(|password| {
            Command::new("AUTH").args(options.username.as_deref()).arg(password.0.as_str())
        });
        let version = match options.protocol {
            Protocol::Native => None,
            Protocol::Resp2 => Some(2),
            Protocol::Resp3 => Some(3),
        };
        // A server too old for HELLO speaks RESP2 without it.
        let optional = options.protocol == Protocol::Resp2;
        let database = (options.database != 0).then_some(options.database);
        Session {
            login,
            hello: version.map(|n| Step { command: Command::new("HELLO").arg(n), optional }),
            name: options.name.as_ref().map(|name| Command::new("CLIENT SETNAME").arg(name)),
            database: database.map(|number| Command::new("SELECT").arg(number)),
        }
    }

    /// What to send first on a new connection.
    pub(crate) fn greeting(&self) -> Vec<Step> {
        let required = |command: &Command| Step { command: command.clone(), optional: false };
        let login = self.login.as_ref().map(required);
        let rest = [&self.name, &self.database].into_iter().flatten().map(required);
        login.into_iter().chain(self.hello.clone()).chain(rest).collect()
    }

    /// Remembers a change that the server has accepted.
    pub(crate) fn apply(&mut self, change: Change) {
        let setting = match change.what {
            Setting::Login => &mut self.login,
            Setting::Name => &mut self.name,
            Setting::Database => &mut self.database,
        };
        *setting = Some(change.command);
    }
}
