//! COMMAND DOCS

use kv_protocol::ReplyWriter;

use super::{FLAGS, by_wire_name};
use crate::command::{Arg, Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(super) static DOCS: Command = Command {
    name: "COMMAND DOCS",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) where N is the number of names given",
    summary: "Returns the documentation of these commands, or of all.",
    arity: Arity::AtLeast(2),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Optional(&Arg::Multiple(&Arg::String("command-name")))],
    reply: Shape::Map,
    examples: "> COMMAND DOCS ping\n1) \"ping\"\n2)  1) \"summary\"\n2) \"Answers PONG, or the message that it was given.\"\n…\n> COMMAND DOCS nosuch\n(empty array)",
    handler: Handler::Fn(docs),
};

fn docs(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let registry = ctx.store.registry();
    if args.is_empty() {
        out.map(registry.iter().len());
        registry.iter().for_each(|command| document(command, out));
        return Ok(());
    }
    let map = out.begin_map();
    let mut count = 0;
    while !args.is_empty() {
        if let Some(command) = by_wire_name(registry, args.bytes()?) {
            document(command, out);
            count += 1;
        }
    }
    out.end(map, count);
    Ok(())
}

/// A pair: the command's name, and a map of what is known about it.
fn document(command: &Command, out: &mut ReplyWriter<'_>) {
    out.bulk(command.wire_name().as_bytes());
    let map = out.begin_map();
    let mut count = 0;
    for (name, text) in [
        ("summary", command.summary),
        ("since", command.since),
        ("group", command.group.name()),
        ("complexity", command.complexity),
    ] {
        if !text.is_empty() {
            pair(name, text, out);
            count += 1;
        }
    }
    if !command.args.is_empty() {
        out.bulk(b"arguments");
        arguments(command.args, out);
        count += 1;
    }
    let subcommands = command.subcommands();
    if !subcommands.is_empty() {
        out.bulk(b"subcommands");
        out.map(subcommands.len());
        subcommands.iter().for_each(|command| document(command, out));
        count += 1;
    }
    out.end(map, count);
}

fn pair(name: &str, text: &str, out: &mut ReplyWriter<'_>) {
    out.bulk(name.as_bytes());
    out.bulk(text.as_bytes());
}

fn arguments(args: &[Arg], out: &mut ReplyWriter<'_>) {
    out.array(args.len());
    args.iter().for_each(|arg| argument(arg, out));
}

/// An argument in the terms of `COMMAND DOCS`: where a declaration wraps one argument into another,
/// the documentation has one with a token and flags.
#[derive(Default)]
struct Described {
    name: String,
    kind: &'static str,
    token: Option<&'static str>,
    optional: bool,
    multiple: bool,
    /// The token comes with every repetition.
    multiple_token: bool,
    parts: &'static [Arg],
}

impl Described {
    fn new(arg: &Arg) -> Described {
        let plain =
            |name: &str, kind| Described { name: name.to_owned(), kind, ..Described::default() };
        match *arg {
            Arg::Key(name) => plain(name, "key"),
            Arg::String(name) | Arg::Value(name) => plain(name, "string"),
            Arg::Int(name) => plain(name, "integer"),
            Arg::Float(name) => plain(name, "double"),
            Arg::Pattern(name) => plain(name, "pattern"),
            Arg::UnixTime(name) => plain(name, "unix-time"),
            Arg::Token(word) => {
                let name = word.to_ascii_lowercase();
                Described { token: Some(word), ..plain(&name, "pure-token") }
            }
            Arg::OneOf(name, parts) => Described { parts, ..plain(name, "oneof") },
            Arg::Block(name, parts) => Described { parts, ..plain(name, "block") },
            Arg::Option(word, value) => Described { token: Some(word), ..Described::new(value) },
            Arg::Optional(inner) => Described { optional: true, ..Described::new(inner) },
            Arg::Multiple(inner) => {
                let inner = Described::new(inner);
                Described { multiple: true, multiple_token: inner.token.is_some(), ..inner }
            }
        }
    }

    fn flags(&self) -> impl Iterator<Item = &'static str> {
        let flags = [
            (self.optional, "optional"),
            (self.multiple, "multiple"),
            (self.multiple_token, "multiple_token"),
        ];
        flags.into_iter().filter(|(set, _)| *set).map(|(_, name)| name)
    }
}

fn argument(arg: &Arg, out: &mut ReplyWriter<'_>) {
    let arg = Described::new(arg);
    let map = out.begin_map();
    let mut count = 2;
    pair("name", &arg.name, out);
    pair("type", arg.kind, out);
    if arg.parts.is_empty() {
        pair("display_text", &arg.name, out);
        count += 1;
    }
    if arg.kind == "key" {
        out.bulk(b"key_spec_index");
        out.int(0);
        count += 1;
    }
    if let Some(token) = arg.token {
        pair("token", token, out);
        count += 1;
    }
    let flags: Vec<&str> = arg.flags().collect();
    if !flags.is_empty() {
        out.bulk(b"flags");
        out.set(flags.len());
        flags.iter().for_each(|flag| out.simple(flag));
        count += 1;
    }
    if !arg.parts.is_empty() {
        out.bulk(b"arguments");
        arguments(arg.parts, out);
        count += 1;
    }
    out.end(map, count);
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use super::Described;
    use crate::Registry;
    use crate::command::Arg;
    use crate::testing::{Stage, check};

    #[test]
    fn documents_as_a_real_server_prints_them() {
        check(
            "
            > COMMAND DOCS get nosuch client|no-touch
            1) \"get\"
            2)  1) \"summary\"
            2) \"Returns the value at a key.\"
            3) \"since\"
            4) \"0.1.0\"
            5) \"group\"
            6) \"string\"
            7) \"complexity\"
            8) \"O(1)\"
            9) \"arguments\"
            10) 1) 1) \"name\"
            2) \"key\"
            3) \"type\"
            4) \"key\"
            5) \"display_text\"
            6) \"key\"
            7) \"key_spec_index\"
            8) (integer) 0
            3) \"client|no-touch\"
            4)  1) \"summary\"
            2) \"Lets this connection's reads leave the access times of keys alone, or not.\"
            3) \"since\"
            4) \"0.1.0\"
            5) \"group\"
            6) \"connection\"
            7) \"complexity\"
            8) \"O(1)\"
            9) \"arguments\"
            10) 1) 1) \"name\"
            2) \"enabled\"
            3) \"type\"
            4) \"oneof\"
            5) \"arguments\"
            6) 1) 1) \"name\"
            2) \"on\"
            3) \"type\"
            4) \"pure-token\"
            5) \"display_text\"
            6) \"on\"
            7) \"token\"
            8) \"ON\"
            2) 1) \"name\"
            2) \"off\"
            3) \"type\"
            4) \"pure-token\"
            5) \"display_text\"
            6) \"off\"
            7) \"token\"
            8) \"OFF\"
            ",
        );
    }

    #[test]
    fn options_carry_their_token_and_flags() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        let Some(Frame::Map(docs)) = stage.run("COMMAND DOCS client|list") else { panic!("a map") };
        let field = |frame: &Frame, name: &str| {
            let pairs = frame.as_map().expect("a map");
            let found = pairs.iter().find(|(key, _)| *key == Frame::from(name));
            found.map(|(_, value)| value.clone())
        };
        let arguments = field(&docs[0].1, "arguments").expect("arguments");
        let arguments = arguments.as_array().expect("a list");
        let words = |words: &[&'static str]| {
            let word = |word: &&'static str| Frame::Simple(word.as_bytes().into());
            Some(Frame::Set(words.iter().map(word).collect()))
        };
        let (id, kind) = (&arguments[0], &arguments[1]);
        assert_eq!(field(id, "name"), Some("client-id".into()));
        assert_eq!(field(id, "type"), Some("integer".into()));
        assert_eq!(field(id, "token"), Some("ID".into()));
        assert_eq!(field(id, "flags"), words(&["optional", "multiple"]));
        assert_eq!(field(kind, "type"), Some("oneof".into()));
        assert_eq!(field(kind, "display_text"), None);
        assert_eq!(field(kind, "flags"), words(&["optional"]));
        assert_eq!(field(kind, "arguments").expect("choices").as_array().expect("a list").len(), 4);
    }

    #[test]
    fn a_repeated_option_repeats_its_token() {
        let arg = Arg::Multiple(&Arg::Option("PREFIX", &Arg::String("prefix")));
        let arg = Described::new(&Arg::Optional(Box::leak(Box::new(arg))));
        assert_eq!((arg.kind, arg.token), ("string", Some("PREFIX")));
        let flags: Vec<&str> = arg.flags().collect();
        assert_eq!(flags, ["optional", "multiple", "multiple_token"]);
    }

    #[test]
    fn containers_document_their_subcommands() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        let Some(Frame::Map(docs)) = stage.run("COMMAND DOCS config") else { panic!("a map") };
        let config = docs[0].1.as_map().expect("a map");
        let (name, subcommands) = config.last().expect("fields");
        assert_eq!(name, &Frame::from("subcommands"));
        let names: Vec<_> =
            subcommands.as_map().expect("a map").iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["config|get", "config|resetstat", "config|rewrite", "config|set"]
                .map(Frame::from)
                .iter()
                .collect::<Vec<_>>()
        );
        let Some(Frame::Map(all)) = stage.run("COMMAND DOCS") else { panic!("a map") };
        assert_eq!(all.len(), Registry::builtin().iter().len());
    }
}
