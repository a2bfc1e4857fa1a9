//! Laws over the registry: what every declaration must hold to, whoever writes it.

use std::collections::BTreeSet;

use kv_store::command::Handler;
use kv_store::protocol::{Protocol, RequestBuf};
use kv_store::testing::Stage;
use kv_store::{Access, Arg, Arity, Command, Flags, Keys, Log, MAX_NAME, Registry};

/// Asserts `law` of every command and subcommand.
fn for_all(law: impl Fn(&Command)) {
    for command in Registry::builtin().iter() {
        law(command);
        command.subcommands().iter().copied().for_each(&law);
    }
}

fn is_container(command: &Command) -> bool {
    matches!(command.handler, Handler::Container { .. })
}

/// Whether arguments decide where the keys are and how they are used, each by itself.
fn has_key_arguments(keys: &Keys) -> bool {
    matches!(keys, Keys::One(..) | Keys::Range { .. } | Keys::Counted { .. } | Keys::Custom { .. })
}

/// The fewest words that an argument is made of.
fn fewest(arg: &Arg) -> usize {
    match *arg {
        Arg::Optional(_) => 0,
        Arg::Option(_, value) => 1 + fewest(value),
        Arg::Multiple(inner) => fewest(inner),
        // A choice that is made is at least a word.
        Arg::OneOf(_, choices) => choices.iter().map(|c| fewest(c).max(1)).min().unwrap_or(0),
        Arg::Block(_, parts) => parts.iter().map(fewest).sum(),
        _ => 1,
    }
}

/// Whether an argument may be made of more words than the fewest.
fn varies(arg: &Arg) -> bool {
    match *arg {
        Arg::Optional(_) | Arg::Multiple(_) => true,
        Arg::Option(_, value) => varies(value),
        Arg::Block(_, parts) => parts.iter().any(varies),
        Arg::OneOf(_, choices) => {
            choices.iter().any(varies) || choices.iter().any(|c| fewest(c) != fewest(&choices[0]))
        }
        _ => false,
    }
}

/// Whether one of these arguments is a key.
fn names_a_key(args: &[Arg]) -> bool {
    args.iter().any(|arg| match *arg {
        Arg::Key(_) => true,
        Arg::Option(_, inner) | Arg::Optional(inner) | Arg::Multiple(inner) => {
            names_a_key(&[*inner])
        }
        Arg::OneOf(_, parts) | Arg::Block(_, parts) => names_a_key(parts),
        _ => false,
    })
}

/// The words of the shortest request, with `1` where a text or a number belongs: it is both, and as a
/// number of keys it is the least.
fn shortest(command: &Command) -> RequestBuf {
    fn push(request: &mut RequestBuf, arg: &Arg) {
        match *arg {
            Arg::Optional(_) => {}
            Arg::Token(word) => request.push(word.as_bytes()),
            Arg::Option(word, value) => {
                request.push(word.as_bytes());
                push(request, value);
            }
            Arg::Multiple(inner) => push(request, inner),
            Arg::Block(_, parts) => parts.iter().for_each(|part| push(request, part)),
            Arg::OneOf(_, choices) => {
                if let Some(choice) = choices.iter().min_by_key(|choice| fewest(choice).max(1)) {
                    push(request, choice);
                }
            }
            _ => request.push(b"1"),
        }
    }
    let mut request = RequestBuf::new();
    command.name.split(' ').for_each(|word| request.push(word.as_bytes()));
    command.args.iter().for_each(|arg| push(&mut request, arg));
    request
}

/// The keys of the shortest request: their positions, and how they are used.
fn keys_of_shortest(command: &Command) -> Vec<(usize, Access)> {
    let mut sink = Default::default();
    let request = shortest(command);
    command.keys.find(request.as_request(), 0, &mut sink).expect("the shortest request fits");
    sink.iter().map(|(at, _, access)| (at, access)).collect()
}

fn fewest_words(arity: Arity) -> usize {
    match arity {
        Arity::Exactly(words) | Arity::AtLeast(words) => words,
    }
}

#[test]
fn names_are_unique_capitals() {
    let mut seen = BTreeSet::new();
    for_all(|command| {
        let fits = |byte: u8| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
        };
        let words: Vec<&str> = command.name.split(' ').collect();
        assert!(words.len() <= 2, "{}", command.name);
        for word in words {
            assert!(!word.is_empty() && word.len() <= MAX_NAME, "{}", command.name);
            assert!(word.bytes().all(fits), "{}", command.name);
        }
    });
    for command in Registry::builtin().iter() {
        assert!(!command.name.contains(' '), "{} is a subcommand by itself", command.name);
        for command in std::iter::once(&command).chain(command.subcommands()) {
            assert!(seen.insert(command.name), "{} is declared twice", command.name);
        }
    }
}

#[test]
fn subcommands_are_named_with_their_container() {
    for container in Registry::builtin().iter() {
        for command in container.subcommands() {
            let prefix = command.name.split_once(' ').map(|(container, _)| container);
            assert_eq!(prefix, Some(container.name), "{}", command.name);
            assert!(!is_container(command), "{} is nested too deep", command.name);
            assert_ne!(command.name, format!("{} HELP", container.name), "HELP is generic");
        }
        assert_eq!(is_container(container), !container.subcommands().is_empty());
    }
}

#[test]
fn wire_names_find_their_command() {
    let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
    for_all(|command| {
        let wire = command.wire_name();
        assert_eq!(wire, wire.to_lowercase());
        assert_eq!(wire.replace('|', " ").to_uppercase(), command.name);
    });
    let commands: Vec<_> = Registry::builtin().iter().map(Command::wire_name).collect();
    for wire in commands {
        let reply = stage.session.call(["COMMAND", "INFO", &wire]);
        let entry = reply.as_array().and_then(|entries| entries[0].as_array());
        assert_eq!(entry.and_then(|entry| entry[0].as_str()), Some(wire.as_str()));
    }
}

#[test]
fn everything_is_said() {
    for_all(|command| {
        let name = command.name;
        assert!(command.summary.ends_with('.'), "{name}: the summary is a sentence");
        assert!(command.summary.len() > 10 && !command.summary.contains('\n'), "{name}: summary");
        assert!(!command.complexity.is_empty(), "{name}: complexity");
        let version: Vec<_> = command.since.split('.').map(str::parse::<u32>).collect();
        assert!(version.len() == 3 && version.iter().all(Result::is_ok), "{name}: since");
        assert!(!command.examples.is_empty(), "{name}: examples");
    });
}

#[test]
fn arity_agrees_with_the_arguments() {
    for_all(|command| {
        if is_container(command) {
            // Its own words are its subcommands'.
            assert!(command.args.is_empty(), "{}", command.name);
            let Handler::Container { alone, .. } = command.handler else { return };
            let words = if alone.is_some() { 1 } else { 2 };
            assert_eq!(command.arity, Arity::AtLeast(words), "{}", command.name);
            return;
        }
        let words =
            command.name.split(' ').count() + command.args.iter().map(fewest).sum::<usize>();
        assert_eq!(words, fewest_words(command.arity), "{}", command.name);
        assert_eq!(words, shortest(command).as_request().len(), "{}", command.name);
        let is_fixed = matches!(command.arity, Arity::Exactly(_));
        let varies = command.args.iter().any(varies);
        assert!(!(is_fixed && varies), "{} takes words that its arity forbids", command.name);
    });
}

#[test]
fn keys_agree_with_the_arguments() {
    for_all(|command| {
        let name = command.name;
        assert_eq!(has_key_arguments(&command.keys), names_a_key(command.args), "{name}");
        let words = fewest_words(command.arity);
        let (first, last, step) = command.keys.wire();
        assert!(first < words && step <= words, "{name}");
        assert!(i32::try_from(words).is_ok_and(|words| last < words), "{name}");
        for (at, _) in keys_of_shortest(command) {
            assert!((1..words).contains(&at), "{name}: argument {at} of {words} is no key");
        }
        let mut ats: Vec<_> = keys_of_shortest(command).into_iter().map(|(at, _)| at).collect();
        assert!(ats.is_sorted(), "{name}: keys are added in the order of their arguments");
        ats.dedup();
        assert_eq!(ats.is_empty(), !has_key_arguments(&command.keys), "{name}");
    });
}

#[test]
fn what_writes_says_so() {
    for_all(|command| {
        let name = command.name;
        let writes = command.flags.contains(Flags::WRITE);
        let reads = command.flags.contains(Flags::READONLY);
        assert!(!(writes && reads), "{name} is both");
        assert_eq!(command.is_write(), writes, "{name}");
        assert_eq!(command.log == Log::Nothing, !writes, "{name}: only a write is logged");
        let uses: Vec<Access> = match command.keys {
            Keys::None => vec![],
            Keys::Database(access) | Keys::Databases(access, _) | Keys::Everything(access) => {
                vec![access]
            }
            Keys::One(..) | Keys::Range { .. } | Keys::Counted { .. } | Keys::Custom { .. } => {
                keys_of_shortest(command).into_iter().map(|(_, access)| access).collect()
            }
        };
        if !uses.is_empty() {
            // A read may keep in a value what it has found out about it, as PFCOUNT does.
            let may_change = uses.contains(&Access::Write);
            // An option may name the key that is written, as SORT's STORE does.
            let by_option = command.keys.is_movable();
            assert!(
                may_change || !writes || by_option,
                "{name} writes to none of its keys: {uses:?}"
            );
            assert!(!may_change || writes || reads, "{name} says not that it reads: {uses:?}");
        }
        let grows = command.flags.contains(Flags::DENYOOM);
        assert!(writes || !grows, "{name} cannot need memory for keys without writing");
    });
}

#[test]
fn categories_cover_every_command() {
    for_all(|command| {
        let found: BTreeSet<&str> = command.categories().collect();
        assert_ne!(found.contains("fast"), found.contains("slow"), "{}", command.name);
        let admin = command.flags.contains(Flags::ADMIN);
        assert!(!admin || found.contains("dangerous"), "{}", command.name);
    });
}

#[test]
fn examples_play_and_show_their_command() {
    for_all(|command| {
        Stage::new(Protocol::Resp2, Registry::builtin()).play(command.examples);
        let shown = command.examples.lines().filter_map(|line| line.strip_prefix("> "));
        let mut shown = shown.map(|line| line.to_uppercase() + " ");
        let own = format!("{} ", command.name);
        assert!(shown.any(|line| line.starts_with(&own)), "{} is in its examples", command.name);
    });
}
