//! COMMAND GETKEYS, GETKEYSANDFLAGS

use kv_protocol::{ReplyWriter, RequestBuf};

use super::FLAGS;
use super::info::key_flags;
use crate::command::{Access, Arg, Arity, Command, Group, Handler, KeySink, Keys, Log, Shape};
use crate::dispatch;
use crate::{Args, Ctx, Error};

pub(super) static GETKEYS: Command = Command {
    name: "COMMAND GETKEYS",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) where N is the number of arguments",
    summary: "Returns which arguments of a whole command are keys.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: FULL_COMMAND,
    reply: Shape::Array(&Shape::Bulk),
    examples: "> COMMAND GETKEYS SET k v EX 10\n1) \"k\"\n> COMMAND GETKEYS PING\n(error) ERR The command has no key arguments",
    handler: Handler::Fn(getkeys),
};

pub(super) static GETKEYSANDFLAGS: Command = Command {
    name: "COMMAND GETKEYSANDFLAGS",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) where N is the number of arguments",
    summary: "Returns which arguments of a whole command are keys, and how it uses each.",
    arity: Arity::AtLeast(3),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: FULL_COMMAND,
    reply: Shape::Array(&Shape::Array(&Shape::Any)),
    examples: "> COMMAND GETKEYSANDFLAGS GET k\n1) 1) \"k\"\n2) 1) RO\n2) access",
    handler: Handler::Fn(getkeysandflags),
};

const FULL_COMMAND: &[Arg] =
    &[Arg::String("command"), Arg::Optional(&Arg::Multiple(&Arg::String("arg")))];

fn getkeys(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let keys = find(ctx, args)?;
    out.array(keys.len());
    keys.iter().for_each(|(key, _)| out.bulk(key));
    Ok(())
}

fn getkeysandflags(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let keys = find(ctx, args)?;
    out.array(keys.len());
    for (key, access) in keys {
        let flags = key_flags(access);
        out.array(2);
        out.bulk(key);
        out.set(flags.len());
        flags.iter().for_each(|flag| out.simple(flag));
    }
    Ok(())
}

/// The keys of the command that the arguments left are, and how it uses them.
fn find<'a>(ctx: &Ctx<'_>, args: &Args<'a>) -> Result<Vec<(&'a [u8], Access)>, Error> {
    let words: Vec<_> = args.rest().collect();
    let mut request = RequestBuf::new();
    words.iter().for_each(|word| request.push_arg(*word));
    let request = request.as_request();
    let call = dispatch::find(ctx.store.registry(), request)
        .map_err(|_| Error::new("Invalid command specified"))?;
    let keys = &call.command.keys;
    if matches!(keys, Keys::None | Keys::Database(_) | Keys::Databases(..) | Keys::Everything(_)) {
        return Err(Error::new("The command has no key arguments"));
    }
    if !call.command.arity.accepts(request.len()) {
        return Err(Error::new("Invalid number of arguments specified for command"));
    }
    let mut sink = KeySink::default();
    keys.find(request, ctx.db(), &mut sink)?;
    let mut found: Vec<_> = sink.iter().map(|(at, _, access)| (at, access)).collect();
    // MOVE has the same argument in two databases.
    found.dedup_by_key(|(at, _)| *at);
    let key = |(at, access): (usize, Access)| {
        words.get(at).and_then(|word| word.text()).map(|key| (key, access)).ok_or(Error::NotText)
    };
    found.into_iter().map(key).collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn keys_of_whole_commands() {
        check(
            "
            > COMMAND GETKEYS get k
            1) \"k\"
            > COMMAND GETKEYSANDFLAGS SET k v NX
            1) 1) \"k\"
            2) 1) RW
            2) access
            3) update
            > COMMAND GETKEYS MSET a 1 b 2 c
            1) \"a\"
            2) \"b\"
            3) \"c\"
            > COMMAND GETKEYS MOVE k 1
            1) \"k\"
            > COMMAND GETKEYS object encoding k
            1) \"k\"
            > COMMAND GETKEYSANDFLAGS COPY from to
            1) 1) \"from\"
            2) 1) RO
            2) access
            2) 1) \"to\"
            2) 1) RW
            2) access
            3) update
            > COMMAND GETKEYS NOSUCH a
            (error) ERR Invalid command specified
            > COMMAND GETKEYS CLIENT NOSUCH
            (error) ERR Invalid command specified
            > COMMAND GETKEYS CLIENT
            (error) ERR The command has no key arguments
            > COMMAND GETKEYS PING a b c
            (error) ERR The command has no key arguments
            > COMMAND GETKEYSANDFLAGS GET a b
            (error) ERR Invalid number of arguments specified for command
            > COMMAND GETKEYS
            (error) ERR wrong number of arguments for 'command|getkeys' command
            ",
        );
    }
}
