//! From a request to its reply: look up, check, lock, run, commit.

use std::borrow::Cow;

use kv_protocol::{Mark, ReplyWriter, Request};

use crate::command::{Access, Command, Flags, Handler, KeySink, Keys};
use crate::error::{QUOTED, quoted};
use crate::keyspace::{Place, PlannedKeys, Scratch, View};
use crate::session::{ReplyMode, SessionState};
use crate::settings::ENABLE_DEBUG_COMMAND;
use crate::stats::Count;
use crate::{Args, Ctx, Error, Registry, Store};

/// What is found out about a request ahead of its turn.
#[derive(Clone, Copy)]
pub(crate) struct Prepared<'s> {
    request: Request<'s>,
    /// The command that the first word names, if there is one.
    command: Option<&'s Command>,
    /// Where its key is or would be, if it has just one.
    place: Option<Place>,
}

/// Looks up a request's command and hashes its key. It takes no lock and depends on nothing that an
/// earlier request could change.
#[inline]
pub(crate) fn prepare<'s>(store: &'s Store, request: Request<'s>) -> Prepared<'s> {
    let command = store.registry().get(name(request));
    let place = match command {
        Some(Command { keys: Keys::One(at, _), .. }) => {
            request.arg(*at).and_then(|arg| arg.text()).map(|key| store.keyspace.place(key))
        }
        _ => None,
    };
    Prepared { request, command, place }
}

/// Has the processor fetch what these requests, which were sent to database `db`, will read. If an
/// earlier one of them selects another database, it was in vain.
#[inline]
pub(crate) fn fetch(store: &Store, db: usize, prepared: &[Prepared<'_>]) {
    store.keyspace.fetch(db, prepared.iter().filter_map(|prepared| prepared.place));
}

/// Runs one request. Whatever it comes to, exactly one reply is written, or none if the client has
/// asked for none.
#[inline]
pub(crate) fn execute(
    store: &Store,
    session: &mut SessionState,
    scratch: &mut Scratch,
    prepared: &Prepared<'_>,
    out: &mut ReplyWriter<'_>,
) {
    let mark = out.mark();
    session.stats.add(Count::Commands, 1);
    if let Err(error) = run(store, session, scratch, prepared, out) {
        session.stats.add(Count::Errors, 1);
        session.closing |= is_http(prepared.request);
        out.truncate(mark);
        out.error_bytes(&error.wire());
    }
    if session.reply != ReplyMode::On {
        silence(session, out, mark);
    }
}

/// Drops the reply of a client that has asked for none, or not for this one.
#[cold]
fn silence(session: &mut SessionState, out: &mut ReplyWriter<'_>, mark: Mark) {
    session.reply = match session.reply {
        ReplyMode::SkipNext => ReplyMode::Skipping,
        ReplyMode::Skipping => ReplyMode::On,
        other => other,
    };
    out.truncate(mark);
}

/// The first word of a request.
#[inline]
fn name<'r>(request: Request<'r>) -> &'r [u8] {
    request.arg(0).and_then(|arg| arg.text()).unwrap_or_default()
}

/// The command that a request names, and how many of its words do so.
pub(crate) struct Call<'s> {
    pub(crate) command: &'s Command,
    words: usize,
}

/// Settles the command a request names, and checks the number of its words.
#[inline]
fn resolve<'s>(
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

/// Finds the command a request names.
pub(crate) fn find<'s>(registry: &'s Registry, request: Request<'_>) -> Result<Call<'s>, Error> {
    settle(registry.get(name(request)), request)
}

/// Goes on from the command of the first word to that of the second, where there is one.
#[inline]
fn settle<'s>(command: Option<&'s Command>, request: Request<'_>) -> Result<Call<'s>, Error> {
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
fn is_http(request: Request<'_>) -> bool {
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

/// Locks the command's keys, runs its handler on them, and keeps the books.
#[inline]
fn run(
    store: &Store,
    session: &mut SessionState,
    scratch: &mut Scratch,
    prepared: &Prepared<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let request = prepared.request;
    let Call { command, words } = resolve(store, prepared.command, request)?;
    session.last_command = command.name;
    let db = session.db;
    let view = View::new(&store.keyspace, scratch, session.now_ms, store.is_observed());
    let mut ctx = Ctx { store, session, view };
    let mut planned = PlannedKeys::new();
    plan(&mut ctx.view, command, request, db, prepared.place, &mut planned)?;
    let mut args = Args::new(request, &planned, words);
    let result = match &command.handler {
        Handler::Fn(handler) => handler(&mut ctx, &mut args, out),
        Handler::Closure(handler) => handler(&mut ctx, &mut args, out),
        Handler::Container { alone, subcommands } => match *alone {
            Some(handler) if args.is_empty() && words == 1 => handler(&mut ctx, &mut args, out),
            _ if words == 2 => help(command, subcommands, alone.is_some(), out),
            _ => Err(Error::Arity(Cow::Owned(command.wire_name()))),
        },
    };
    let closed = ctx.view.close(|changes| store.observe(changes));
    let stats = &mut ctx.session.stats;
    stats.add(Count::Changes, closed.changes);
    stats.add(Count::Expired, closed.expired);
    if closed.stale {
        remove_stale(store, ctx.session, command, request, db);
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
    place: Option<Place>,
    planned: &mut PlannedKeys,
) -> Result<(), Error> {
    match command.keys {
        Keys::None => {}
        Keys::One(at, access) => {
            let place = match place {
                Some(place) => place,
                // The key of a subcommand: which one that is was not known ahead.
                None => {
                    view.place(request.arg(at).and_then(|arg| arg.text()).ok_or(Error::NotText)?)
                }
            };
            planned.push(view.lock_one(at, place, db, access));
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
            view.lock_many(&sink, request, planned)?;
        }
    }
    Ok(())
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
    let mut scratch = Scratch::default();
    let mut view = View::new(&store.keyspace, &mut scratch, session.now_ms, store.is_observed());
    let mut planned = PlannedKeys::new();
    // The keys were text when the read was planned, so they are now.
    let _ = view
        .lock_many(&sink, request, &mut planned)
        .and_then(|()| view.purge_all(request, &planned));
    let closed = view.close(|changes| store.observe(changes));
    session.stats.add(Count::Expired, closed.expired);
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
