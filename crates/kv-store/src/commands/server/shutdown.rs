//! SHUTDOWN

use kv_protocol::ReplyWriter;

use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static SHUTDOWN: Command = Command {
    name: "SHUTDOWN",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) for N keys if a snapshot is written, else O(1)",
    summary: "Stops the server: answers what was received, writes the log to disk and, with SAVE or where save rules are set and NOSAVE is not given, a snapshot.",
    arity: Arity::AtLeast(1),
    flags: Flags::ADMIN
        .and(Flags::NOSCRIPT)
        .and(Flags::LOADING)
        .and(Flags::STALE)
        .and(Flags::NO_MULTI)
        .and(Flags::ALLOW_BUSY),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[
        Arg::Optional(&Arg::OneOf("save-selector", &[Arg::Token("NOSAVE"), Arg::Token("SAVE")])),
        Arg::Optional(&Arg::Token("NOW")),
        Arg::Optional(&Arg::Token("FORCE")),
        Arg::Optional(&Arg::Token("ABORT")),
    ],
    reply: Shape::Ok,
    examples: "> SHUTDOWN ABORT\n(error) ERR No shutdown in progress.",
    handler: Handler::Fn(shutdown),
};

#[derive(Default)]
struct Options {
    /// Whether a snapshot is written; by the save rules if nothing is said.
    save: Option<bool>,
    now: bool,
    force: bool,
    abort: bool,
}

fn options(args: &mut Args<'_>) -> Result<Options, Error> {
    let mut options = Options::default();
    while !args.is_empty() {
        match args.one_of(&["NOSAVE", "SAVE", "NOW", "FORCE", "ABORT"]) {
            Some("NOSAVE") if options.save != Some(true) => options.save = Some(false),
            Some("SAVE") if options.save != Some(false) => options.save = Some(true),
            Some("NOW") => options.now = true,
            Some("FORCE") => options.force = true,
            Some("ABORT") => options.abort = true,
            _ => return Err(Error::Syntax),
        }
    }
    if options.abort && (options.save.is_some() || options.now || options.force) {
        return Err(Error::Syntax);
    }
    Ok(options)
}

fn shutdown(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    _out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let options = options(args)?;
    // A stop waits for no replica, so there is never one that could be called off.
    if options.abort {
        return Err(Error::new("No shutdown in progress."));
    }
    let Some(stop) = ctx.store.stopper() else {
        return Err(Error::new("this store has no server that could be stopped"));
    };
    if let Some(keeper) = ctx.store.keeper()
        && options.save.unwrap_or(keeper.has_save_rules() && !ctx.store.is_loading())
        && keeper.save().is_err()
        && !options.force
    {
        return Err(Error::new("Errors trying to SHUTDOWN. Check logs."));
    }
    stop();
    // The connection ends without a reply: that is how clients know that it has worked.
    ctx.session.closing = true;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use kv_protocol::Protocol;

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn options_that_do_not_fit_together() {
        check(
            "> SHUTDOWN SAVE NOSAVE\n(error) ERR syntax error\n> SHUTDOWN ABORT NOW\n(error) ERR syntax error
             > SHUTDOWN x\n(error) ERR syntax error
             > SHUTDOWN\n(error) ERR this store has no server that could be stopped",
        );
    }

    #[test]
    fn the_server_is_stopped_and_the_connection_ends() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        let stops = Arc::new(AtomicUsize::new(0));
        let counter = stops.clone();
        stage.store.on_shutdown(Box::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        }));
        stage.session.call(["SHUTDOWN", "NOSAVE"]);
        assert!(stage.session.is_closing());
        assert_eq!(stops.load(Ordering::Relaxed), 1);
    }
}
