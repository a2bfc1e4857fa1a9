//! What the two servers say of every command that both have.

use anyhow::{Context, Result, bail, ensure};
use kv_protocol::Frame;
use kv_store::Registry;

use super::exceptions;
use super::peer::{Peer, Reply};
use super::play::Servers;

/// A command, what of its declaration may differ, and why.
type Excuse = (&'static str, &'static str, &'static str);

const EXCUSES: &[Excuse] = &[
    ("bgrewriteaof", "flags", "no_async_loading is about replicas, of which there are none yet"),
    ("bgsave", "flags", "no_async_loading is about replicas, of which there are none yet"),
    ("bitop", "arguments", "operators of Redis 8.2 are here, and not in Valkey 9.1"),
    ("client|kill", "arguments", "Valkey 9 has filters of its own"),
    ("client|list", "arguments", "Valkey 9 has filters of its own"),
    ("config|get", "arguments", "a parameter is a pattern, and said to be one"),
    ("geosearch", "arguments", "a polygon has three vertices at least, and no middle"),
    ("geosearchstore", "arguments", "a polygon has three vertices at least, and no middle"),
    ("lastsave", "categories", "its flags do not say that it is for administrators"),
    ("save", "flags", "no_async_loading is about replicas, of which there are none yet"),
    ("set", "arguments", "conditions of Redis 8.4 are here, and not in Valkey 9.1"),
    (
        "shutdown",
        "arguments",
        "Valkey 9 can shut down for a failover, and what is optional is put otherwise",
    ),
    ("sort", "categories", "it is among the commands on keys of any type, as its group says"),
    ("sort_ro", "categories", "it is among the commands on keys of any type, as its group says"),
];

/// What `COMMAND INFO` tells, by its place; the rest is about clusters, or the same in finer words.
const FACTS: [(usize, &str); 4] = [(1, "arity"), (2, "flags"), (6, "categories"), (3, "first key")];
const KEYS: [(usize, &str); 2] = [(4, "last key"), (5, "step between keys")];

/// What `COMMAND DOCS` tells of an argument that counts; the rest is for the eye.
const ARGUMENT: [&str; 4] = ["name", "type", "token", "flags"];

/// Compares arity, flags, keys and categories, group and arguments.
///
/// # Errors
/// If anything differs that has no excuse, or an excuse is no longer needed.
pub(super) fn compare(servers: Servers) -> Result<()> {
    let (mut ours, mut theirs) = connect(servers)?;
    let names = shared();
    let mut found = Vec::new();
    for name in &names {
        let mut both = |what: &str| -> Result<(Frame, Frame)> {
            Ok((ask(&mut ours, what, name)?, ask(&mut theirs, what, name)?))
        };
        let (our_info, their_info) = both("INFO")?;
        let (our_docs, their_docs) = both("DOCS")?;
        let mut differs = |what: &str, ours: String, theirs: String| {
            if ours != theirs {
                found.push((name.clone(), what.to_owned(), ours, theirs));
            }
        };
        if their_info == Frame::Null {
            differs("existence", "known".to_owned(), "unknown".to_owned());
            continue;
        }
        for (at, what) in FACTS.into_iter().chain(KEYS) {
            differs(what, fact(&our_info, at), fact(&their_info, at));
        }
        differs("group", text(&our_docs, "group"), text(&their_docs, "group"));
        differs("arguments", arguments(&our_docs), arguments(&their_docs));
    }
    let is = |excuse: &Excuse, name: &str, what: &str| (excuse.0, excuse.1) == (name, what);
    let (excused, unexcused): (Vec<_>, Vec<_>) =
        found.iter().partition(|(name, what, ..)| EXCUSES.iter().any(|e| is(e, name, what)));
    let stale = EXCUSES.iter().filter(|e| !found.iter().any(|(name, what, ..)| is(e, name, what)));
    let lines = unexcused
        .iter()
        .map(|(name, what, ours, theirs)| {
            format!("{name}: {what}:\n  ours:   {ours}\n  theirs: {theirs}")
        })
        .chain(stale.map(|(name, what, _)| format!("{name}: {what}: does not differ any more")));
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        bail!("declarations differ:\n{}", lines.join("\n"));
    }
    EXCUSES.iter().for_each(|(name, what, why)| println!("  {name}: {what} differ: {why}"));
    println!("differential: {} declarations, {} differ", names.len(), excused.len());
    Ok(())
}

/// Compares the arguments of one command.
///
/// # Errors
/// If they differ.
pub(super) fn compare_arguments(servers: Servers, name: &str) -> Result<()> {
    let (mut ours, mut theirs) = connect(servers)?;
    let ours = arguments(&ask(&mut ours, "DOCS", name)?);
    let theirs = arguments(&ask(&mut theirs, "DOCS", name)?);
    ensure!(ours == theirs, "{name}: arguments:\n  ours:   {ours}\n  theirs: {theirs}");
    Ok(())
}

fn connect(servers: Servers) -> Result<(Peer, Peer)> {
    Ok((
        Peer::connect(servers.ours, 3).context("our server")?,
        Peer::connect(servers.theirs, 3).context("the real server")?,
    ))
}

/// The names of the commands that both servers have.
fn shared() -> Vec<String> {
    let registry = Registry::builtin();
    let named = registry.iter().flat_map(|command| match command.subcommands() {
        // The real server declares no subcommands of this one.
        subcommands if command.name != "DEBUG" => [&[command], subcommands].concat(),
        _ => vec![command],
    });
    let shared = named.filter(|command| !exceptions::is_never_sent(command.name));
    shared.map(|command| command.wire_name()).collect()
}

fn ask(peer: &mut Peer, what: &str, name: &str) -> Result<Frame> {
    let request = ["COMMAND", what, name].map(|word| word.as_bytes().to_vec());
    let reply = peer.call(&request)?;
    let found = match &reply {
        Reply::Frame(Frame::Array(commands)) => commands.first(),
        Reply::Frame(Frame::Map(commands)) => commands.first().map(|(_, docs)| docs),
        _ => None,
    };
    Ok(found.cloned().unwrap_or(Frame::Null))
}

/// A fact as text; a set in the order of its words.
fn fact(info: &Frame, at: usize) -> String {
    shown(info.as_array().and_then(|facts| facts.get(at)))
}

fn text(docs: &Frame, field: &str) -> String {
    shown(get(docs, field))
}

fn shown(frame: Option<&Frame>) -> String {
    match frame {
        Some(Frame::Set(words) | Frame::Array(words)) => {
            let mut words: Vec<String> = words.iter().map(Frame::pretty).collect();
            words.sort_unstable();
            words.join(" ")
        }
        Some(frame) => frame.pretty(),
        None => "nothing".to_owned(),
    }
}

fn get<'f>(map: &'f Frame, field: &str) -> Option<&'f Frame> {
    let found = map.as_map()?.iter().find(|(key, _)| key.as_str() == Some(field));
    found.map(|(_, value)| value)
}

/// A tree of arguments in one line.
fn arguments(docs: &Frame) -> String {
    let argument = |argument: &Frame| {
        // A token is named as itself here, and sometimes by what it stands for there.
        let is_token = get(argument, "type").and_then(Frame::as_str) == Some("pure-token");
        let told = ARGUMENT.iter().filter(|field| !(is_token && **field == "name"));
        let told = told.filter_map(|field| Some((field, get(argument, field)?)));
        let told: Vec<String> =
            told.map(|(field, value)| format!("{field}={}", shown(Some(value)))).collect();
        let inner = arguments(argument);
        if inner.is_empty() { told.join(" ") } else { format!("{} [{inner}]", told.join(" ")) }
    };
    let listed = get(docs, "arguments").and_then(Frame::as_array).unwrap_or_default();
    listed.iter().map(argument).collect::<Vec<_>>().join(", ")
}
