//! Which command a request names, down to its subcommand.

use std::borrow::Cow;

use kv_protocol::{ReplyWriter, Request};

use crate::command::{Command, Flags, Handler};
use crate::error::{QUOTED, quoted};
use crate::settings::ENABLE_DEBUG_COMMAND;
use crate::{Error, Registry, Store};

/// The first word of a request.
#[inline]
pub(super) fn name<'r>(request: Request<'r>) -> &'r [u8] {
    request.arg(0).and_then(|arg| arg.text()).unwrap_or_default()
}

/// The command that a request names, and how many of its words do so.
pub(crate) struct Call<'s> {
    pub(crate) command: &'s Command,
    pub(super) words: usize,
}

/// Settles the command a request names, and checks the number of its words.
#[inline]
pub(super) fn resolve<'s>(
    store: &Store,
    command: Option<&'s Command>,
    request: Request<'_>,
) -> Result<Call<'s>, Error> {
    let call = settle(command, request)?;
    if !call.command.arity.accepts(request.len()) {
        return Err(Error::Arity(Cow::Owned(call.command.wire_name())));
    }
    if call.command.flags.contains(Flags::PROTECTED)
        && store.settings().number(&ENABLE_DEBUG_COMMAND) == 0
    {
        return Err(Error::DebugForbidden);
    }
    Ok(call)
}

/// Whether a command can be called with a request as it is: it needs no subcommand and no permission,
/// and the number of words is right.
#[inline]
pub(super) fn is_callable(command: &Command, request: Request<'_>) -> bool {
    !command.handler.is_container()
        && command.arity.accepts(request.len())
        && !command.flags.contains(Flags::PROTECTED)
}

/// Finds the command a request names.
pub(crate) fn find<'s>(registry: &'s Registry, request: Request<'_>) -> Result<Call<'s>, Error> {
    settle(registry.get(name(request)), request)
}

/// Goes on from the command of the first word to that of the second, where there is one.
#[inline]
pub(super) fn settle<'s>(
    command: Option<&'s Command>,
    request: Request<'_>,
) -> Result<Call<'s>, Error> {
    let Some(command) = command else { return Err(unknown_command(name(request), request)) };
    match command.handler {
        Handler::Container { subcommands, .. } if request.len() > 1 => {
            subcommand(command, subcommands, request)
        }
        _ => Ok(Call { command, words: 1 }),
    }
}

fn subcommand<'s>(
    container: &'s Command,
    subcommands: &'static [&'static Command],
    request: Request<'_>,
) -> Result<Call<'s>, Error> {
    let word = request.arg(1).and_then(|arg| arg.text()).unwrap_or_default();
    let named = |command: &&&Command| {
        let (_, name) = command.name.split_once(' ').unwrap_or_default();
        name.as_bytes().eq_ignore_ascii_case(word)
    };
    match subcommands.iter().find(named) {
        Some(command) => Ok(Call { command, words: 2 }),
        // Every container answers HELP, from what its subcommands declare.
        None if word.eq_ignore_ascii_case(b"HELP") => match request.len() {
            2 => Ok(Call { command: container, words: 2 }),
            _ => Err(Error::Arity(Cow::Owned(format!("{}|help", container.wire_name())))),
        },
        None => {
            let after = format!("'. Try {} HELP.", container.name);
            Err(Error::quoting("unknown subcommand '", word, &after))
        }
    }
}

/// Whether this is a line of an HTTP request: a web page in somebody's browser may send one to any
/// port of that machine, and its body would be run as commands. The connection ends instead.
#[cold]
pub(super) fn is_http(request: Request<'_>) -> bool {
    let name = name(request);
    name.eq_ignore_ascii_case(b"POST") || name.eq_ignore_ascii_case(b"Host:")
}

#[cold]
fn unknown_command(name: &[u8], request: Request<'_>) -> Error {
    let name = quoted(name, QUOTED);
    let mut text = [b"ERR unknown command '", name, b"', with args beginning with: "].concat();
    let mut room = QUOTED;
    for arg in request.iter().skip(1) {
        if room == 0 {
            break;
        }
        let word = quoted(arg.text().unwrap_or_default(), room);
        room = room.saturating_sub(word.len() + 3);
        text.extend_from_slice(&[b"'", word, b"' "].concat());
    }
    Error::Quoting(text.into())
}

/// Answers `HELP` of a container: a status line for its name, then two for each subcommand.
pub(super) fn help(
    container: &Command,
    subcommands: &[&Command],
    runs_alone: bool,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let mut lines = vec![format!(
        "{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        container.name
    )];
    let mut entry = |syntax: &str, summary: &str| {
        lines.push(syntax.trim_end().to_owned());
        lines.push(format!("    {summary}"));
    };
    if runs_alone {
        entry("(no subcommand)", container.summary);
    }
    for command in subcommands {
        let (_, name) = command.name.split_once(' ').unwrap_or_default();
        entry(&format!("{name} {}", crate::syntax::arguments(command.args)), command.summary);
    }
    entry("HELP", "Print this help.");
    out.array(lines.len());
    lines.iter().for_each(|line| out.simple(line));
    Ok(())
}
