//! COMMAND INFO

use kv_protocol::ReplyWriter;

use super::{FLAGS, by_wire_name};
use crate::command::{Access, Arg, Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

/// The ten things told about a command.
pub(super) const ENTRY: Shape = Shape::Array(&Shape::Any);

pub(super) static INFO: Command = Command {
    name: "COMMAND INFO",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) where N is the number of names given",
    summary: "Returns arity, flags, keys and categories of these commands, or of all.",
    arity: Arity::AtLeast(2),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Optional(&Arg::Multiple(&Arg::String("command-name")))],
    reply: Shape::Array(&Shape::OneOf(&[ENTRY, Shape::Null])),
    examples: "> COMMAND INFO get nosuch\n1)  1) \"get\"\n2) (integer) 2\n3) 1) readonly\n2) fast\n…",
    handler: Handler::Fn(info),
};

fn info(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    if args.is_empty() {
        return all(ctx, args, out);
    }
    out.array(args.remaining());
    while !args.is_empty() {
        match by_wire_name(ctx.store.registry(), args.bytes()?) {
            Some(command) => describe(command, out),
            None => out.null(),
        }
    }
    Ok(())
}

/// What COMMAND alone answers: every command.
pub(super) fn all(
    ctx: &mut Ctx<'_>,
    _args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let commands = ctx.store.registry().iter();
    out.array(commands.len());
    commands.for_each(|command| describe(command, out));
    Ok(())
}

fn describe(command: &Command, out: &mut ReplyWriter<'_>) {
    let (first, last, step) = command.keys.wire();
    out.array(10);
    out.bulk(command.wire_name().as_bytes());
    out.int(command.arity.wire());
    let movable = command.keys.is_movable().then_some("movablekeys");
    words(command.flags.wire_names().chain(movable), "", out);
    out.int(first as i64);
    out.int(i64::from(last));
    out.int(step as i64);
    words(command.categories(), "@", out);
    out.set(0); // hints for routers of clusters: no command has any yet
    key_specs(command, out);
    let subcommands = command.subcommands();
    out.array(subcommands.len());
    subcommands.iter().for_each(|command| describe(command, out));
}

/// A set of status words, each behind `mark`.
fn words<'a>(words: impl Iterator<Item = &'a str>, mark: &str, out: &mut ReplyWriter<'_>) {
    let set = out.begin_set();
    let mut count = 0;
    for word in words {
        out.simple(&format!("{mark}{word}"));
        count += 1;
    }
    out.end(set, count);
}

/// The flags of a key that is used like this.
pub(super) fn key_flags(access: Access) -> &'static [&'static str] {
    match access {
        Access::Read => &["RO", "access"],
        Access::Write => &["RW", "access", "update"],
    }
}

/// Where the keys are, in the newer notation: the same as first, last and step say, with their use.
fn key_specs(command: &Command, out: &mut ReplyWriter<'_>) {
    let (first, last, step) = command.keys.wire();
    let access = match command.keys {
        Keys::Counted { destination, count, step, access } => {
            return counted_key_specs(destination, count, step, access, out);
        }
        Keys::One(_, access) | Keys::Range { access, .. } => access,
        _ if command.is_write() => Access::Write,
        _ => Access::Read,
    };
    if first == 0 {
        return out.set(0);
    }
    // Counted from the first key; from the end if it is negative.
    let last = if last < 0 { i64::from(last) } else { i64::from(last) - first as i64 };
    out.set(1);
    range_spec(key_flags(access), first, (last, step as i64), out);
}

/// A destination, and keys behind their number.
fn counted_key_specs(
    destination: Option<usize>,
    count: usize,
    step: usize,
    access: Access,
    out: &mut ReplyWriter<'_>,
) {
    out.set(1 + usize::from(destination.is_some()));
    if let Some(at) = destination {
        range_spec(&["OW", "update"], at, (0, 1), out);
    }
    begin_spec(key_flags(access), count, out);
    let numbers = [("keynumidx", 0), ("firstkey", 1), ("keystep", step as i64)];
    spec("find_keys", "keynum", &numbers, out);
}

/// Keys from `first` on: the last one, counted from there, and their distance.
fn range_spec(flags: &[&str], first: usize, (last, step): (i64, i64), out: &mut ReplyWriter<'_>) {
    begin_spec(flags, first, out);
    let range = [("lastkey", last), ("keystep", step), ("limit", 0)];
    spec("find_keys", "range", &range, out);
}

fn begin_spec(flags: &[&str], first: usize, out: &mut ReplyWriter<'_>) {
    out.map(3);
    out.bulk(b"flags");
    words(flags.iter().copied(), "", out);
    spec("begin_search", "index", &[("index", first as i64)], out);
}

fn spec(name: &str, kind: &str, numbers: &[(&str, i64)], out: &mut ReplyWriter<'_>) {
    out.bulk(name.as_bytes());
    out.map(2);
    out.bulk(b"type");
    out.bulk(kind.as_bytes());
    out.bulk(b"spec");
    out.map(numbers.len());
    for (name, number) in numbers {
        out.bulk(name.as_bytes());
        out.int(*number);
    }
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn an_entry_as_a_real_server_prints_it() {
        check(
            "
            > COMMAND INFO Get
            1)  1) \"get\"
            2) (integer) 2
            3) 1) readonly
            2) fast
            4) (integer) 1
            5) (integer) 1
            6) (integer) 1
            7) 1) @read
            2) @string
            3) @fast
            8) (empty array)
            9) 1) 1) \"flags\"
            2) 1) RO
            2) access
            3) \"begin_search\"
            4) 1) \"type\"
            2) \"index\"
            3) \"spec\"
            4) 1) \"index\"
            2) (integer) 1
            5) \"find_keys\"
            6) 1) \"type\"
            2) \"range\"
            3) \"spec\"
            4) 1) \"lastkey\"
            2) (integer) 0
            3) \"keystep\"
            4) (integer) 1
            5) \"limit\"
            6) (integer) 0
            10) (empty array)
            > COMMAND INFO nosuch client|id client|nosuch
            1) (nil)
            2)  1) \"client|id\"
            2) (integer) 2
            3) 1) noscript
            2) loading
            3) stale
            4) allow_busy
            4) (integer) 0
            5) (integer) 0
            6) (integer) 0
            7) 1) @slow
            2) @connection
            8) (empty array)
            9) (empty array)
            10) (empty array)
            3) (nil)
            ",
        );
    }

    #[test]
    fn without_names_all_commands_are_told() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        let all = stage.run("COMMAND");
        assert_eq!(stage.run("COMMAND INFO"), all);
        let Some(Frame::Array(entries)) = all else { panic!("an array") };
        assert_eq!(stage.run("COMMAND COUNT"), Some(Frame::Integer(entries.len() as i64)));
        let Some(Frame::Array(reply)) = stage.run("COMMAND INFO client get") else { panic!() };
        let [client, get] = [&reply[0], &reply[1]].map(|e| e.as_array().expect("an entry"));
        assert_eq!(
            get[2],
            Frame::Set(vec![Frame::Simple("readonly".into()), Frame::Simple("fast".into())])
        );
        assert!(matches!(&get[8], Frame::Set(specs) if matches!(specs[0], Frame::Map(_))));
        let subcommands = client[9].as_array().expect("subcommands");
        assert_eq!(subcommands[0].as_array().expect("an entry")[0], Frame::from("client|getname"));
    }
}
