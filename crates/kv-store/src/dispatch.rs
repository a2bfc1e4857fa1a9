//! From a request to its reply: look up, check, lock, run, commit.

use std::borrow::Cow;

use kv_protocol::{ReplyWriter, Request};
use smallvec::SmallVec;

use crate::command::{Access, Command, Flags, Handler, KeySink, Keys};
use crate::error::{QUOTED, quoted};
use crate::keyspace::{PlannedKey, View};
use crate::session::{ReplyMode, SessionState};
use crate::settings::ENABLE_DEBUG_COMMAND;
use crate::{Args, Ctx, Error, Registry, Store};

/// Runs one request. Whatever it comes to, exactly one reply is written, or none if the client has
/// asked for none.
#[inline]
pub(crate) fn execute(
    store: &Store,
    session: &mut SessionState,
    request: Request<'_>,
    out: &mut ReplyWriter<'_>,
) {
    let mark = out.mark();
    session.stats.commands += 1;
    if let Err(error) =
        resolve(store, request).and_then(|call| run(store, session, call, request, out))
    {
        session.stats.errors += 1;
        session.closing |= is_http(request);
        out.truncate(mark);
        out.error_bytes(&error.wire());
    }
    if session.reply != ReplyMode::On {
        if session.reply == ReplyMode::SkipNext {
            session.reply = ReplyMode::Skipping;
        } else if session.reply == ReplyMode::Skipping {
            session.reply = ReplyMode::On;
        }
        out.truncate(mark);
    }
}

/// The command that a request names, and how many of its words do so.
pub(crate) struct Call<'s> {
    pub(crate) command: &'s Command,
    words: usize,
}

/// Finds the command a request names, and checks the number of its words.
#[inline]
fn resolve<'s>(store: &'s Store, request: Request<'_>) -> Result<Call<'s>, Error> {
    let call = find(store.registry(), request)?;
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

/// Finds the command a request names.
#[inline]
pub(crate) fn find<'s>(registry: &'s Registry, request: Request<'_>) -> Result<Call<'s>, Error> {
    let name = request.arg(0).and_then(|arg| arg.text()).unwrap_or_default();
    let command = registry.get(name).ok_or_else(|| unknown_command(name, request))?;
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
fn is_http(request: Request<'_>) -> bool {
    let name = request.arg(0).and_then(|arg| arg.text()).unwrap_or_default();
    name.eq_ignore_ascii_case(b"POST") || name.eq_ignore_ascii_case(b"Host:")
}

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

/// Locks the command's keys, runs its handler on them, and keeps the books.
#[inline]
fn run(
    store: &Store,
    session: &mut SessionState,
    call: Call<'_>,
    request: Request<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let Call { command, words } = call;
    session.last_command = command.name;
    let db = session.db;
    let mut view = View::new(&store.keyspace, session.now_us / 1000, store.is_observed());
    let planned = plan(&mut view, command, request, db)?;
    let mut args = Args::new(request, &planned, words);
    let mut ctx = Ctx { store, session, view };
    let result = match &command.handler {
        Handler::Fn(handler) => handler(&mut ctx, &mut args, out),
        Handler::Closure(handler) => handler(&mut ctx, &mut args, out),
        Handler::Container { alone, subcommands } => match *alone {
            Some(handler) if args.is_empty() && words == 1 => handler(&mut ctx, &mut args, out),
            _ if words == 2 => help(command, subcommands, alone.is_some(), out),
            _ => Err(Error::Arity(Cow::Owned(command.wire_name()))),
        },
    };
    let Ctx { view, session, .. } = ctx;
    let closed = view.close(|changes| store.observe(changes));
    session.stats.changes += closed.changes;
    session.stats.expired += closed.expired;
    if closed.stale {
        remove_stale(store, session, command, request, db);
    }
    result
}

/// Takes the locks that the command's declaration asks for.
#[inline]
fn plan(
    view: &mut View<'_>,
    command: &Command,
    request: Request<'_>,
    db: usize,
) -> Result<SmallVec<[PlannedKey; 4]>, Error> {
    let mut planned = SmallVec::new();
    match command.keys {
        Keys::None => {}
        Keys::One(at, access) => {
            let key = request.arg(at).and_then(|arg| arg.text()).ok_or(Error::NotText)?;
            planned.push(view.lock_one(at, key, db, access));
        }
        Keys::Database(access) => view.lock_databases(db..db + 1, access),
        Keys::Databases(access, find) => {
            let mut dbs = find(request);
            dbs.retain(|&db| db < view.databases());
            dbs.sort_unstable();
            dbs.dedup();
            view.lock_databases(dbs.into_iter(), access);
        }
        Keys::Everything(access) => view.lock_used_databases(access),
        Keys::Range { .. } | Keys::Custom { .. } => {
            let mut sink = KeySink::default();
            command.keys.find(request, db, &mut sink)?;
            planned = view.lock_many(&sink, request)?;
        }
    }
    Ok(planned)
}

/// Removes the keys of a read that met some whose time is over: reads hold no lock that would let
/// them do it themselves.
#[cold]
fn remove_stale(
    store: &Store,
    session: &mut SessionState,
    command: &Command,
    request: Request<'_>,
    db: usize,
) {
    let mut sink = KeySink::default();
    if command.keys.find(request, db, &mut sink).is_err() {
        return;
    }
    for key in &mut sink.found {
        key.access = Access::Write;
    }
    let mut view = View::new(&store.keyspace, session.now_us / 1000, store.is_observed());
    // The keys were text when the read was planned, so they are now.
    let _ = view.lock_many(&sink, request).and_then(|planned| view.purge_all(request, &planned));
    let closed = view.close(|changes| store.observe(changes));
    session.stats.expired += closed.expired;
}

/// Answers `HELP` of a container: a status line for its name, then two for each subcommand.
fn help(
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
