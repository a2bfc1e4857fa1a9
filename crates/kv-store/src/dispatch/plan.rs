//! Which locks a command's declaration asks for.

use kv_protocol::Request;

use super::Prepared;
use super::resolve::settle;
use crate::command::{Access, Command, KeySink, Keys};
use crate::keyspace::{PlannedKeys, Scratch, View};
use crate::session::SessionState;
use crate::stats::Count;
use crate::{Error, Store};

/// Takes the locks that the command's declaration asks for.
pub(super) fn plan<'r>(
    view: &mut View<'_>,
    command: &Command,
    request: Request<'r>,
    db: usize,
    planned: &mut PlannedKeys<'r>,
) -> Result<(), Error> {
    match command.keys {
        Keys::None => {}
        Keys::Database(access) => view.lock_databases(db..db + 1, access),
        Keys::Databases(access, find) => {
            let mut dbs = find(request);
            dbs.retain(|&db| db < view.databases());
            dbs.sort_unstable();
            dbs.dedup();
            view.lock_databases(dbs.into_iter(), access);
        }
        Keys::Everything(access) => view.lock_used_databases(access),
        Keys::Range { access, .. } => {
            view.lock_range(request, command.keys.positions(request), db, access, planned)?;
        }
        Keys::One(..) | Keys::Counted { .. } | Keys::Custom { .. } => {
            let mut sink = KeySink::default();
            command.keys.find(request, db, &mut sink)?;
            if sink.reads_database {
                view.lock_with_database(&sink, request, db, planned)?;
            } else {
                view.lock_many(&sink, request, planned)?;
            }
        }
    }
    Ok(())
}

/// Removes what is over at a key of the session's database.
pub(crate) fn expire(store: &Store, session: &mut SessionState, scratch: &mut Scratch, key: &[u8]) {
    let mut view = View::new(&store.keyspace, scratch, session.now_ms, store.is_observed());
    let mut keys = [Some(store.keyspace.hashed(key, 0, Access::Write))];
    view.lock_together(session.db, &mut keys);
    for key in keys.iter().flatten().flat_map(|key| key.as_keys()) {
        // The lock is exclusive, so nothing is refused.
        let _ = view.expire(*key);
    }
    view.announce(|changes| store.observe(changes));
    session.stats.add(Count::Expired, view.close().expired);
}

/// Removes the keys of a read that met some whose time is over: reads hold no lock that would let
/// them do it themselves.
#[cold]
pub(super) fn remove_stale(store: &Store, session: &mut SessionState, prepared: &Prepared<'_>) {
    let request = prepared.request;
    let Ok(call) = settle(prepared.command, request) else { return };
    let mut sink = KeySink::default();
    if call.command.keys.find(request, session.db, &mut sink).is_err() {
        return;
    }
    for key in &mut sink.found {
        key.access = Access::Write;
    }
    let mut scratch = Scratch::default();
    let mut view = View::new(&store.keyspace, &mut scratch, session.now_ms, store.is_observed());
    let mut planned = PlannedKeys::new();
    // The keys were text when the read was planned, so they are now.
    let _ = view.lock_many(&sink, request, &mut planned).and_then(|()| view.purge_all(&planned));
    view.announce(|changes| store.observe(changes));
    session.stats.add(Count::Expired, view.close().expired);
}
