//! From a request to its reply: look up, check, lock, run, commit.
//!
//! Requests that come together are run together. First each one's command is looked up and its key
//! hashed; then consecutive requests that have one key each get their locks at once, and their
//! records, and what leads to elements of large collections, are fetched into the cache side by side;
//! then they run, one after the other. Any other request is planned, locked and run by itself.

mod aim;
mod plan;
mod resolve;

use kv_protocol::{Mark, ReplyWriter, Request};
use smallvec::SmallVec;

use crate::command::{Command, Handler, Keys, Log};
use crate::journal;
use crate::keyspace::{Hashed, Key, PlannedKeys, Scratch, View};
use crate::session::{ReplyMode, SessionState};
use crate::stats::Count;
use crate::{Args, Ctx, Error, Session, Store};

pub(crate) use aim::Aim;
pub(crate) use plan::expire;
pub(crate) use resolve::find;
use resolve::{Call, help, is_callable, is_http, name, resolve};

/// Requests that came together, and what is found out about them ahead of their turns.
#[derive(Default)]
pub(crate) struct Ahead<'a> {
    requests: SmallVec<[Prepared<'a>; Session::AHEAD]>,
    /// The key of each request whose command has just one, and that its command can be called with.
    keys: SmallVec<[Option<Hashed<'a>>; Session::AHEAD]>,
    /// What element of that key's value a request is about, if that can be told, and the number of the
    /// request.
    elements: SmallVec<[(usize, &'a [u8]); Session::AHEAD]>,
}

/// A request whose command has been looked up.
#[derive(Clone, Copy)]
struct Prepared<'a> {
    request: Request<'a>,
    /// The command that the first word names, if there is one.
    command: Option<&'a Command>,
}

impl<'a> Ahead<'a> {
    /// Adds a request: looks up its command, hashes its key, and has the processor fetch what leads
    /// to the key in database `db`. It takes no lock and depends on nothing that an earlier request
    /// could change but the database; if that is another one by then, the fetching was in vain.
    #[inline]
    pub(crate) fn push(&mut self, store: &'a Store, db: usize, request: Request<'a>) {
        let (command, aim) = store.registry().aimed(name(request));
        let key = match command {
            Some(command @ Command { keys: Keys::One(at, access), .. })
                if is_callable(command, request) =>
            {
                if aim != Aim::Anywhere {
                    self.aim(aim, request);
                }
                let text = request.arg(*at).and_then(|arg| arg.text());
                text.map(|key| store.keyspace.hashed(key, *at, *access))
            }
            _ => None,
        };
        if let Some(key) = &key {
            store.keyspace.prefetch(db, key);
        }
        self.requests.push(Prepared { request, command });
        self.keys.push(key);
    }

    #[inline(never)]
    fn aim(&mut self, aim: Aim, request: Request<'a>) {
        if let Some(element) = aim.element(request) {
            self.elements.push((self.keys.len(), element));
        }
    }
}

/// Runs requests in their order, until one changes the protocol, asks for the connection's end or leaves
/// a rest of its reply, or `out` has overflowed or holds `enough` bytes. Returns how many ran.
///
/// Whatever a request comes to, exactly one reply is written, or none if the client has asked for
/// none.
#[inline]
pub(crate) fn execute(
    store: &Store,
    session: &mut SessionState,
    scratch: &mut Scratch,
    ahead: &mut Ahead<'_>,
    enough: usize,
    out: &mut ReplyWriter<'_>,
) -> usize {
    let protocol = session.protocol;
    let mut ran = 0;
    while let Some(request) = ahead.requests.get(ran) {
        ran += match ahead.keys[ran] {
            Some(_) => run_together(store, session, scratch, ahead, ran, enough, out),
            None => run_alone(store, session, scratch, request, out),
        };
        if session.protocol != protocol || must_pause(session, out, enough) {
            break;
        }
    }
    ran
}

/// Whether no further request may run for now.
#[inline]
fn must_pause(session: &SessionState, out: &ReplyWriter<'_>, enough: usize) -> bool {
    out.len() >= enough || out.overflowed() || session.closing || session.rest.is_some()
}

/// Runs request number `first` and those behind it that have one key each, under locks taken for all of
/// them at once, as far as nobody else has one. Returns how many ran.
#[inline]
fn run_together(
    store: &Store,
    session: &mut SessionState,
    scratch: &mut Scratch,
    ahead: &mut Ahead<'_>,
    first: usize,
    enough: usize,
    out: &mut ReplyWriter<'_>,
) -> usize {
    let view = View::new(&store.keyspace, scratch, session.now_ms, store.is_observed());
    let mut ctx = Ctx { store, session, view };
    let (requests, keys) = (&ahead.requests[first..], &mut ahead.keys[first..]);
    let locked = ctx.view.lock_together(ctx.session.db, keys);
    let keys = &keys[..locked];
    if !ahead.elements.is_empty() {
        let elements = ahead.elements.iter().skip_while(|(at, _)| *at < first);
        ctx.view.prefetch_elements(
            elements.map_while(|(at, element)| Some((keys.get(at - first)?.as_ref()?, *element))),
        );
    }
    let (mut ran, mut stale) = (0, 0u64);
    for (prepared, key) in requests.iter().zip(keys.iter().flatten()) {
        let mark = out.mark();
        ctx.session.stats.add(Count::Commands, 1);
        let call = match prepared.command {
            Some(command) => Ok(Call { command, words: 1 }),
            None => resolve(store, None, prepared.request),
        };
        let result =
            call.and_then(|call| run(&mut ctx, call, prepared.request, key.as_keys(), out));
        finish(&mut ctx, prepared.command, prepared.request, result, mark, out);
        stale |= u64::from(ctx.view.met_stale()) << ran;
        ran += 1;
        if must_pause(ctx.session, out, enough) {
            break;
        }
    }
    close(&mut ctx);
    if stale != 0 {
        for (at, prepared) in requests.iter().take(ran).enumerate() {
            if stale >> at & 1 != 0 {
                plan::remove_stale(store, ctx.session, prepared);
            }
        }
    }
    ran
}

/// Runs one request under the locks that its command's declaration asks for. Returns how many ran.
#[inline(never)]
fn run_alone(
    store: &Store,
    session: &mut SessionState,
    scratch: &mut Scratch,
    prepared: &Prepared<'_>,
    out: &mut ReplyWriter<'_>,
) -> usize {
    let (request, mark, db) = (prepared.request, out.mark(), session.db);
    let view = View::new(&store.keyspace, scratch, session.now_ms, store.is_observed());
    let mut ctx = Ctx { store, session, view };
    ctx.session.stats.add(Count::Commands, 1);
    let result = resolve(store, prepared.command, request).and_then(|call| {
        let mut planned = PlannedKeys::new();
        plan::plan(&mut ctx.view, call.command, request, db, &mut planned)?;
        run(&mut ctx, call, request, &planned, out)
    });
    finish(&mut ctx, prepared.command, request, result, mark, out);
    let stale = ctx.view.met_stale();
    close(&mut ctx);
    if stale {
        plan::remove_stale(store, ctx.session, prepared);
    }
    1
}

/// Calls a command's handler, once its keys are locked.
#[inline]
fn run(
    ctx: &mut Ctx<'_>,
    call: Call<'_>,
    request: Request<'_>,
    keys: &[Key<'_>],
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let Call { command, words } = call;
    ctx.session.last_command = command.name;
    let mut args = Args::new(request, keys, words);
    if ctx.store.refusal.is_any() {
        refuse(ctx, command)?;
    }
    if command.log == Log::Effect && ctx.store.keyspace.journal.get().is_some() {
        ctx.view.keep_changes();
    }
    match &command.handler {
        Handler::Fn(handler) => handler(ctx, &mut args, out),
        Handler::Closure(handler) => handler(ctx, &mut args, out),
        Handler::Container { alone, subcommands } => match *alone {
            Some(handler) if args.is_empty() && words == 1 => handler(ctx, &mut args, out),
            _ if words == 2 => help(command, subcommands, alone.is_some(), out),
            _ => Err(Error::Arity(command.wire_name().into())),
        },
    }
}

/// Refuses what may not run at present.
#[cold]
fn refuse(ctx: &Ctx<'_>, command: &Command) -> Result<(), Error> {
    if ctx.session.is_trusted { Ok(()) } else { ctx.store.refusal.check(command) }
}

/// Ends a command: turns an error into its reply, notes what has changed, and tells observers of it.
#[inline]
fn finish(
    ctx: &mut Ctx<'_>,
    command: Option<&Command>,
    request: Request<'_>,
    result: Result<(), Error>,
    mark: Mark,
    out: &mut ReplyWriter<'_>,
) {
    if let Err(error) = result {
        fail(ctx.session, request, &error, mark, out);
    }
    if ctx.session.reply != ReplyMode::On {
        silence(ctx.session, out, mark);
    }
    let store = ctx.store;
    if ctx.view.is_to_note() {
        if let Some(command) = command
            && store.keyspace.journal.get().is_some()
        {
            journal::note(ctx, command, request);
        }
        ctx.view.set_noted();
    }
    ctx.view.announce(|changes| store.observe(changes));
}

/// Drops the locks and frees what was removed under them.
#[inline]
fn close(ctx: &mut Ctx<'_>) {
    let closed = ctx.view.close();
    ctx.session.stats.add(Count::Changes, closed.changes);
    ctx.session.stats.add(Count::Expired, closed.expired);
}

#[cold]
fn fail(
    session: &mut SessionState,
    request: Request<'_>,
    error: &Error,
    mark: Mark,
    out: &mut ReplyWriter<'_>,
) {
    session.stats.add(Count::Errors, 1);
    session.closing |= is_http(request);
    out.truncate(mark);
    out.error_bytes(&error.wire());
}

/// Drops the reply of a client that has asked for none, or not for this one.
#[cold]
fn silence(session: &mut SessionState, out: &mut ReplyWriter<'_>, mark: Mark) {
    session.reply = match session.reply {
        ReplyMode::SkipNext => ReplyMode::Skipping,
        ReplyMode::Skipping => ReplyMode::On,
        other => other,
    };
    session.rest = None;
    out.truncate(mark);
}
