//! CONFIG and its subcommands

use std::borrow::Cow;

use kv_protocol::ReplyWriter;

use super::save::IN_MEMORY;
use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::settings::{PERSISTENCE_SETTINGS, SettingError};
use crate::{Args, Ctx, Error, Store};

pub(crate) static CONFIG: Command = Command {
    name: "CONFIG",
    group: Group::Server,
    since: "0.1.0",
    complexity: "Depends on the subcommand.",
    summary: "Shows the settings and changes them.",
    arity: Arity::AtLeast(2),
    flags: Flags::empty(),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Any,
    examples: "> CONFIG GET databases\n1) \"databases\"\n2) \"16\"",
    handler: Handler::Container { alone: None, subcommands: &[&GET, &RESETSTAT, &REWRITE, &SET] },
};

const FLAGS: Flags = Flags::ADMIN.and(Flags::NOSCRIPT).and(Flags::LOADING).and(Flags::STALE);

static GET: Command = Command {
    name: "CONFIG GET",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) where N is the number of settings",
    summary: "Returns the values of the settings that any of the glob patterns names.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Multiple(&Arg::Pattern("parameter"))],
    reply: Shape::Map,
    examples: "> CONFIG GET proto-max-* databases\n1) \"databases\"\n2) \"16\"\n3) \"proto-max-bulk-len\"\n4) \"536870912\"",
    handler: Handler::Fn(get),
};

static SET: Command = Command {
    name: "CONFIG SET",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) where N is the number of settings given",
    summary: "Changes settings while the server runs: all that are given, or none.",
    arity: Arity::AtLeast(4),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Multiple(&Arg::Block("data", &[Arg::String("parameter"), Arg::String("value")]))],
    reply: Shape::Ok,
    examples: "> CONFIG SET proto-max-bulk-len 1mb\nOK\n> CONFIG GET proto-max-bulk-len\n1) \"proto-max-bulk-len\"\n2) \"1048576\"",
    handler: Handler::Fn(set),
};

static RESETSTAT: Command = Command {
    name: "CONFIG RESETSTAT",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Sets the counts that INFO shows to zero.",
    arity: Arity::Exactly(2),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Ok,
    examples: "> CONFIG RESETSTAT\nOK",
    handler: Handler::Fn(resetstat),
};

static REWRITE: Command = Command {
    name: "CONFIG REWRITE",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Would write the settings to the config file; this server never writes to that.",
    arity: Arity::Exactly(2),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Ok,
    examples: "> CONFIG REWRITE\n(error) ERR The server is running without a config file",
    handler: Handler::Fn(rewrite),
};

fn get(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let patterns = texts(args)?;
    let patterns: Vec<&str> = patterns.iter().map(|pattern| &**pattern).collect();
    let found = ctx.store.settings().matching(&patterns);
    out.map(found.len());
    for (name, value) in found {
        out.bulk(name.as_bytes());
        out.bulk(value.as_bytes());
    }
    Ok(())
}

fn set(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let words = texts(args)?;
    let (pairs, []) = words.as_chunks::<2>() else { return Err(Error::Syntax) };
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|[name, value]| (&**name, &**value)).collect();
    refuse_without_keeper(ctx.store, &pairs)?;
    ctx.store.settings().change(&pairs).map_err(refused)?;
    out.ok();
    Ok(())
}

/// Refuses to change how data is kept on disk where nobody keeps it there.
fn refuse_without_keeper(store: &Store, pairs: &[(&str, &str)]) -> Result<(), Error> {
    if store.keeper().is_some() {
        return Ok(());
    }
    for (name, value) in pairs {
        let setting = PERSISTENCE_SETTINGS.iter().find(|it| it.name.eq_ignore_ascii_case(name));
        if let Some(setting) = setting
            && !store.settings().text(setting).eq_ignore_ascii_case(value)
        {
            let reason = SettingError::Invalid(IN_MEMORY.to_owned());
            return Err(refused((setting.name.to_owned(), reason)));
        }
    }
    Ok(())
}

fn refused((name, error): (String, SettingError)) -> Error {
    match error {
        SettingError::Unknown(_) => Error::quoting(
            "Unknown option or number of arguments for CONFIG SET - '",
            name.as_bytes(),
            "'",
        ),
        _ => {
            let before = "CONFIG SET failed (possibly related to argument '";
            Error::quoting(before, name.as_bytes(), &format!("') - {error}"))
        }
    }
}

/// All arguments that are left. Settings are text: bytes that are not are replaced, and then match
/// no name and no value that there is.
fn texts<'a>(args: &mut Args<'a>) -> Result<Vec<Cow<'a, str>>, Error> {
    let mut texts = Vec::with_capacity(args.remaining());
    while !args.is_empty() {
        texts.push(String::from_utf8_lossy(args.bytes()?));
    }
    Ok(texts)
}

fn resetstat(
    ctx: &mut Ctx<'_>,
    _args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    ctx.session.stats.clear();
    ctx.store.stats().reset();
    out.ok();
    Ok(())
}

fn rewrite(
    _ctx: &mut Ctx<'_>,
    _args: &mut Args<'_>,
    _out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    Err(Error::new("The server is running without a config file"))
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn get_takes_names_and_globs_in_any_case() {
        check(
            "
            > CONFIG GET databases DATABASES data*
            1) \"databases\"
            2) \"16\"
            > CONFIG GET DataBases
            1) \"DataBases\"
            2) \"16\"
            > CONFIG GET SAV? appendonly
            1) \"appendonly\"
            2) \"no\"
            3) \"save\"
            4) \"\"
            > CONFIG GET nosuch
            (empty array)
            > CONFIG GET
            (error) ERR wrong number of arguments for 'config|get' command
            ",
        );
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        let pair = (Frame::from("save"), Frame::from(""));
        assert_eq!(stage.run("CONFIG GET save"), Some(Frame::Map(vec![pair])));
    }

    #[test]
    fn set_changes_all_or_nothing() {
        check(
            "
            > CONFIG SET save \"\" PROTO-MAX-BULK-LEN 2MB
            OK
            > CONFIG GET proto-max-bulk-len
            1) \"proto-max-bulk-len\"
            2) \"2097152\"
            > CONFIG SET proto-max-bulk-len 3mb databases 3
            (error) ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config
            > CONFIG SET proto-max-bulk-len 3mb save x
            (error) ERR CONFIG SET failed (possibly related to argument 'save') - this store is in memory only: start the server with --dir
            > CONFIG SET proto-max-bulk-len 3mb Proto-Max-Bulk-Len 4mb
            (error) ERR CONFIG SET failed (possibly related to argument 'Proto-Max-Bulk-Len') - duplicate parameter
            > CONFIG SET proto-max-bulk-len x nosuch 4
            (error) ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'
            > CONFIG SET databases 4 nosuch 4
            (error) ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config
            > CONFIG SET proto-max-bulk-len -1
            (error) ERR CONFIG SET failed (possibly related to argument 'proto-max-bulk-len') - argument must be a memory value
            > CONFIG SET proto-max-bulk-len 1
            (error) ERR CONFIG SET failed (possibly related to argument 'proto-max-bulk-len') - argument must be between 1048576 and 2147483647 inclusive
            > CONFIG SET proto-max-bulk-len 3mb save
            (error) ERR syntax error
            > CONFIG SET a
            (error) ERR wrong number of arguments for 'config|set' command
            > CONFIG GET proto-max-bulk-len
            1) \"proto-max-bulk-len\"
            2) \"2097152\"
            ",
        );
    }

    #[test]
    fn the_rest() {
        check(
            "
            > CONFIG RESETSTAT
            OK
            > CONFIG REWRITE
            (error) ERR The server is running without a config file
            > CONFIG nosuch
            (error) ERR unknown subcommand 'nosuch'. Try CONFIG HELP.
            > CONFIG RESETSTAT x
            (error) ERR wrong number of arguments for 'config|resetstat' command
            ",
        );
    }
}
