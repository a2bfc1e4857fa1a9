//! Where the two servers may answer differently, and why. All other replies must be equal.

use std::collections::BTreeSet;

use kv_protocol::Frame;

use super::peer::Reply;

/// One documented exception.
struct Exception {
    /// The command; a container's name stands for it only as `COMMAND alone`, and for all of its
    /// subcommands as `DEBUG *`. `* HELP` is every container's.
    command: &'static str,
    rule: Rule,
    reason: &'static str,
}

/// What is required instead of equality. Several rules for one command are alternatives. Under all
/// but those about errors, an error must equal the other's reply.
enum Rule {
    /// The command is not sent.
    NeverSent,
    /// Both replies are of the same types, through and through.
    Types,
    /// Both replies are of the same type on the surface.
    Surface,
    /// Both are lists of the same items.
    AnyOrder,
    /// Both are integers, equal or, if positive, at most this far apart.
    Near(i64),
    /// What this function leaves of them is equal.
    Partly(fn(&Frame) -> Frame),
    /// Both are errors that begin with this.
    Errors(&'static str),
    /// Theirs is an error that begins with this.
    Refused(&'static str),
    /// Ours is an error that is cut short, theirs goes on.
    Cut,
    /// Anything, if this function says so of the request.
    When(fn(&[Vec<u8>]) -> bool),
    /// They pass for one another, says this function.
    Alike(fn(&[Vec<u8>], &Frame, &Frame) -> bool),
}

use Rule::{Alike, AnyOrder, Cut, Errors, Near, NeverSent, Partly, Refused, Surface, Types, When};

/// Seconds, and milliseconds, by which the two may differ that read their clocks one after the other.
const SECONDS_APART: i64 = 20;
const MILLIS_APART: i64 = 20_000;

/// Bytes of a client's own words that our errors repeat at most.
const QUOTED: usize = 128;

/// Bytes of a key that change how Valkey stores its value.
const LONG_KEY: usize = 40;

/// A row of the table.
const fn except(command: &'static str, rule: Rule, reason: &'static str) -> Exception {
    Exception { command, rule, reason }
}

const REDIS_8: &str = "Redis 8 has it, Valkey 9.1 has not";

const EXCEPTIONS: &[Exception] = &[
    except("DELETE", NeverSent, "ours only: the native DEL"),
    except("FLUSH", NeverSent, "ours only: the native FLUSHDB"),
    except(
        "PFDEBUG SIMD",
        NeverSent,
        "ours has nothing to switch there; the real server answers twice",
    ),
    except("SADDEX", NeverSent, "ours only: SADD with a time to live"),
    except("CL.THROTTLE", NeverSent, "a module of Redis has it"),
    except("DELEX", NeverSent, REDIS_8),
    except("DIGEST", NeverSent, REDIS_8),
    except("INCREX", NeverSent, REDIS_8),
    except("SET IFNE", NeverSent, REDIS_8),
    except("SET IFDEQ", NeverSent, REDIS_8),
    except("SET IFDNE", NeverSent, REDIS_8),
    except("BITOP DIFF", NeverSent, REDIS_8),
    except("BITOP DIFF1", NeverSent, REDIS_8),
    except("BITOP ANDOR", NeverSent, REDIS_8),
    except("BITOP ONE", NeverSent, REDIS_8),
    except(
        "QUIT after CLIENT REPLY OFF",
        NeverSent,
        "the real server then forgets to close the connection",
    ),
    except("*", Cut, "our errors repeat a bounded number of a client's bytes, wherever they do"),
    except("TTL", Near(SECONDS_APART), "two clocks"),
    except("PTTL", Near(MILLIS_APART), "two clocks"),
    except("EXPIRETIME", Near(SECONDS_APART), "two clocks"),
    except("PEXPIRETIME", Near(MILLIS_APART), "two clocks"),
    except("OBJECT IDLETIME", Near(SECONDS_APART), "two clocks"),
    except("TIME", Types, "two clocks"),
    except("RANDOMKEY", Types, "chance"),
    except("KEYS", AnyOrder, "the order of keys is nowhere defined"),
    except(
        "SCAN",
        Alike(scans),
        "cursors and the order of keys are a server's own; scans in one step are compared",
    ),
    except(
        "SCAN",
        Refused("ERR unknown type name"),
        "Valkey 9 alone refuses the name of an unknown type; to Redis 7.2 no key has it",
    ),
    except(
        "SCAN",
        When(has_odd_cursor),
        "Valkey 9 and Redis 7.2 disagree over signs and blanks before a cursor",
    ),
    except(
        "OBJECT ENCODING",
        Alike(encodings),
        "INCRBYFLOAT leaves a text there even when it is a whole number",
    ),
    except(
        "OBJECT ENCODING",
        When(|request| request.get(2).is_some_and(|key| key.len() > LONG_KEY)),
        "Valkey 9 embeds a value where the key leaves it room, Redis 7.2 whatever the key",
    ),
    except("MEMORY USAGE", Types, "bytes are a server's own"),
    except("OBJECT FREQ", Types, "chance"),
    except("INFO", Types, "what a server says about itself"),
    except("LOLWUT", When(|_| true), "each server draws what it likes, and as one likes it to"),
    except("* HELP", Types, "the sentences are each server's own"),
    except("DEBUG *", Errors("ERR"), "a tool of test suites, of which there is a part here"),
    except(
        "DEBUG OBJECT",
        Alike(debug_objects),
        "it prints addresses and bytes; as OBJECT ENCODING",
    ),
    except("CONFIG SET", Errors("ERR"), "the values that a setting takes are each server's own"),
    except("CONFIG GET", Types, "each server has settings of its own"),
    except(
        "HELLO",
        Partly(protocol_and_role),
        "name, version, modules and client number are a server's own",
    ),
    except("CLIENT KILL", Types, "a connection that has closed may be counted a moment longer"),
    except("CLIENT ID", Types, "each server counts its own clients"),
    except("CLIENT INFO", Partly(client_state), "addresses, ages, buffers are a server's own"),
    except("CLIENT LIST", Partly(client_state), "addresses, ages, buffers are a server's own"),
    except("COMMAND alone", Surface, "each server has commands of its own"),
    except(
        "COMMAND INFO",
        When(|request| request.len() == 2),
        "without names it tells of all commands, and each server has commands of its own",
    ),
    except(
        "COMMAND GETKEYSANDFLAGS",
        Partly(keys),
        "commands declare that they read or write a key, those of the real server in finer words",
    ),
    except("COMMAND COUNT", Types, "each server has commands of its own"),
    except("COMMAND LIST", Types, "each server has commands of its own"),
    except("COMMAND DOCS", Surface, "the sentences are each server's own"),
    except(
        "COMMAND INFO",
        Partly(command_facts),
        "tips and the spelling of key specifications are each server's own",
    ),
];

/// Whether a command is left out, or one with this word among its arguments.
pub(super) fn is_never_sent(command: &str) -> bool {
    EXCEPTIONS.iter().any(|e| e.command == command && matches!(e.rule, NeverSent))
}

/// Every exception as a line of text.
pub(super) fn list() -> impl Iterator<Item = String> {
    EXCEPTIONS.iter().map(|e| {
        let rule = match e.rule {
            NeverSent => "not sent",
            Types | Surface => "types compared",
            AnyOrder => "any order",
            Near(_) => "nearly equal",
            Partly(_) | Alike(_) => "compared in part",
            Errors(_) => "errors of other words",
            Cut => "errors cut short",
            Refused(_) => "may be refused by the real server",
            When(_) => "not compared in some cases",
        };
        format!("{}: {rule}: {}", e.command, e.reason)
    })
}

/// Whether the two replies to `request` agree.
pub(super) fn agree(request: &[Vec<u8>], ours: &Reply, theirs: &Reply) -> bool {
    if ours == theirs {
        return *ours != Reply::Nothing;
    }
    let (Reply::Frame(ours), Reply::Frame(theirs)) = (ours, theirs) else { return false };
    rules(request).any(|rule| permits(rule, request, ours, theirs))
}

fn permits(rule: &Rule, request: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    let begins = |reply: &Frame, with: &str| {
        reply.as_error().is_some_and(|text| text.starts_with(with.as_bytes()))
    };
    match rule {
        Errors(with) => return begins(ours, with) && begins(theirs, with),
        Refused(with) => return begins(theirs, with),
        Cut => return is_cut(ours, theirs),
        When(is_so) => return is_so(request),
        _ if ours.is_error() || theirs.is_error() => return false,
        _ => {}
    }
    match rule {
        NeverSent | Errors(_) | Refused(_) | When(_) | Cut => false,
        Surface => std::mem::discriminant(ours) == std::mem::discriminant(theirs),
        Types => types(ours) == types(theirs),
        AnyOrder => sorted(ours) == sorted(theirs),
        Near(apart) => match (ours.as_int(), theirs.as_int()) {
            (Some(a), Some(b)) => a >= 0 && b >= 0 && a.abs_diff(b) <= apart.unsigned_abs(),
            _ => false,
        },
        Partly(part) => part(ours) == part(theirs),
        Alike(alike) => alike(request, ours, theirs),
    }
}

/// The rules for a request: its subcommand's and its command's.
fn rules(request: &[Vec<u8>]) -> impl Iterator<Item = &'static Rule> {
    let word = |at: usize| {
        let word = request.get(at).map(Vec::as_slice).unwrap_or_default();
        String::from_utf8_lossy(word).to_uppercase()
    };
    let (name, sub) = (word(0), word(1));
    let both = format!("{name} {sub}");
    let any = format!("{name} *");
    let alone = if request.len() == 1 { format!("{name} alone") } else { String::new() };
    let help = sub == "HELP" && request.len() == 2;
    let names = move |e: &&Exception| {
        [&name, &both, &alone, &any, "*"].contains(&e.command) || (help && e.command == "* HELP")
    };
    EXCEPTIONS.iter().filter(names).map(|e| &e.rule)
}

/// The types of a frame and of what it holds, each named once.
fn types(frame: &Frame) -> String {
    let (name, inner): (_, Vec<&Frame>) = match frame {
        Frame::Array(items) => ("array", items.iter().collect()),
        Frame::Set(items) => ("set", items.iter().collect()),
        Frame::Push(items) => ("push", items.iter().collect()),
        Frame::Map(pairs) => ("map", pairs.iter().flat_map(|(key, value)| [key, value]).collect()),
        Frame::Simple(_) => ("simple", vec![]),
        Frame::Error(_) | Frame::BulkError(_) => ("error", vec![]),
        Frame::Integer(_) => ("integer", vec![]),
        Frame::Bulk(_) => ("bulk", vec![]),
        Frame::Null => ("null", vec![]),
        Frame::NullArray => ("null array", vec![]),
        Frame::Boolean(_) => ("boolean", vec![]),
        Frame::Double(_) => ("double", vec![]),
        Frame::BigNumber(_) => ("big number", vec![]),
        Frame::Verbatim { .. } => ("verbatim", vec![]),
        Frame::Attribute { frame, .. } => ("attribute", vec![frame]),
    };
    let inner: BTreeSet<String> = inner.into_iter().map(types).collect();
    format!("{name}{inner:?}")
}

fn sorted(frame: &Frame) -> Option<Vec<&[u8]>> {
    let mut items: Vec<&[u8]> =
        frame.as_array()?.iter().map(Frame::as_bytes).collect::<Option<_>>()?;
    items.sort_unstable();
    Some(items)
}

fn is_cut(ours: &Frame, theirs: &Frame) -> bool {
    match (ours.as_error(), theirs.as_error()) {
        (Some(ours), Some(theirs)) => {
            // The quotation mark behind the word is ours.
            let ours = ours.strip_suffix(b"'").unwrap_or(ours);
            ours.len() > QUOTED && theirs.starts_with(ours)
        }
        _ => false,
    }
}

fn has_odd_cursor(request: &[Vec<u8>]) -> bool {
    request.get(1).is_some_and(|cursor| cursor.starts_with(b"-") || cursor.starts_with(b" "))
}

/// Steps of a scan. Two that went from start to end must have found the same.
fn scans(request: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    let from_start = request.get(1).is_some_and(|cursor| cursor == b"0");
    let everything = |reply: &Frame| match reply.as_array() {
        Some([cursor, keys]) if from_start && cursor.as_bytes() == Some(b"0") => Some(keys.clone()),
        _ => None,
    };
    match (everything(ours), everything(theirs)) {
        (Some(ours), Some(theirs)) => sorted(&ours) == sorted(&theirs),
        _ => types(ours).starts_with("array") && types(theirs).starts_with("array"),
    }
}

fn encodings(_: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    ours.as_str() == Some("int") && theirs.as_str() == Some("embstr")
}

fn debug_objects(request: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    let encoding = |reply: &Frame| {
        let mut fields = reply.as_str()?.split(' ');
        fields.find_map(|field| field.strip_prefix("encoding:")).map(Frame::from)
    };
    match (encoding(ours), encoding(theirs)) {
        (Some(ours), Some(theirs)) => ours == theirs || encodings(request, &ours, &theirs),
        _ => false,
    }
}

fn protocol_and_role(reply: &Frame) -> Frame {
    let pairs: Vec<(&Frame, &Frame)> = match reply {
        Frame::Map(pairs) => pairs.iter().map(|(key, value)| (key, value)).collect(),
        Frame::Array(items) => items.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).collect(),
        _ => return reply.clone(),
    };
    let compared = |(key, value): (&Frame, &Frame)| match key.as_str() {
        Some("server" | "version" | "id") => Frame::from(types(value)),
        Some("modules") => Frame::Null,
        _ => value.clone(),
    };
    Frame::Map(pairs.into_iter().map(|pair| (pair.0.clone(), compared(pair))).collect())
}

/// Of the last client that is listed, which is the one that asks: others may not have gone yet.
fn client_state(reply: &Frame) -> Frame {
    const FIELDS: [&str; 10] =
        ["name", "flags", "db", "sub", "psub", "ssub", "multi", "cmd", "user", "resp"];
    let last = reply.as_str().unwrap_or_default().lines().next_back().unwrap_or_default();
    let known = |field: &&str| FIELDS.contains(&field.split('=').next().unwrap_or_default());
    last.split(' ').filter(known).collect::<Vec<_>>().join(" ").as_str().into()
}

/// The keys without their flags.
fn keys(reply: &Frame) -> Frame {
    let key = |pair: &Frame| pair.as_array().and_then(|pair| pair.first()).cloned();
    reply.as_array().unwrap_or_default().iter().filter_map(key).collect::<Vec<_>>().into()
}

/// Name, arity, flags, first key, last key, step and categories of each command; flags and categories
/// in any order.
fn command_facts(reply: &Frame) -> Frame {
    let facts = |command: &Frame| match command.as_array() {
        Some(facts) => {
            let facts = facts.iter().take(7);
            facts
                .map(|fact| Frame::from(format!("{:?}", unordered(fact))))
                .collect::<Vec<_>>()
                .into()
        }
        None => command.clone(),
    };
    reply.as_array().unwrap_or_default().iter().map(facts).collect::<Vec<_>>().into()
}

/// A fact, as itself or as the sorted texts of a list.
fn unordered(fact: &Frame) -> Vec<String> {
    match fact.as_array() {
        Some(items) => {
            let mut texts: Vec<String> = items.iter().map(Frame::pretty).collect();
            texts.sort_unstable();
            texts
        }
        None => vec![fact.pretty()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(request: &str, ours: impl Into<Frame>, theirs: impl Into<Frame>) -> bool {
        let words: Vec<Vec<u8>> = request.split(' ').map(|w| w.as_bytes().to_vec()).collect();
        agree(&words, &Reply::Frame(ours.into()), &Reply::Frame(theirs.into()))
    }

    fn list(items: &[&str]) -> Vec<Frame> {
        items.iter().map(|item| Frame::from(*item)).collect()
    }

    #[test]
    fn replies_must_be_equal_unless_the_table_says_otherwise() {
        assert!(check("GET k", "v", "v"));
        assert!(!check("GET k", "v", "w"));
        assert!(!check("GET k", 1, "1"));
        assert!(!check("MGET a b", list(&["a", "b"]), list(&["b", "a"])));
        assert!(check("keys *", list(&["a", "b"]), list(&["b", "a"])));
        assert!(!check("keys *", list(&["a", "b"]), list(&["b", "b"])));
    }

    #[test]
    fn clocks_may_differ_a_little_but_not_in_their_sign() {
        assert!(check("TTL k", 1000, 1001));
        assert!(!check("TTL k", 1000, 2000));
        assert!(!check("TTL k", -1, -2));
        assert!(!check("TTL k", -1, 1));
    }

    #[test]
    fn an_error_is_excused_by_rules_about_errors_only() {
        assert!(!check("TTL k", Frame::Error("ERR a".into()), Frame::Error("ERR b".into())));
        assert!(!check("TIME", Frame::Error("ERR a".into()), list(&["1", "2"])));
        assert!(check("DEBUG x", Frame::Error("ERR a".into()), Frame::Error("ERR b".into())));
        assert!(!check("DEBUG x", Frame::Error("ERR a".into()), 1));
        let long = |len| Frame::Error(format!("ERR no {}", "x".repeat(len)).into());
        assert!(check("GET k", long(QUOTED), long(QUOTED + 1)));
        let word = |len| Frame::Error(format!("ERR no '{}'", "x".repeat(len)).into());
        assert!(check("GET k", word(QUOTED), word(QUOTED + 1)));
        assert!(!check("GET k", long(QUOTED + 1), long(QUOTED)));
        assert!(!check("GET k", long(9), long(10)));
        let ttl = [b"TTL".to_vec()];
        assert!(!agree(&ttl, &Reply::Closed, &Reply::Frame(Frame::Integer(1))));
        assert!(agree(&ttl, &Reply::Closed, &Reply::Closed));
        assert!(!agree(&ttl, &Reply::Nothing, &Reply::Nothing));
    }

    #[test]
    fn subcommands_and_help_have_rules_of_their_own() {
        assert!(check("client id", 7, 8));
        assert!(!check("client getname", "a", "b"));
        assert!(check("COMMAND", list(&["a"]), list(&[])));
        assert!(!check("COMMAND GETKEYS get a", list(&["a"]), list(&[])));
        assert!(check("CLIENT help", list(&["a"]), list(&["b", "c"])));
    }

    #[test]
    fn scans_of_everything_find_the_same() {
        let step = |cursor: &str, keys: &[&str]| vec![cursor.into(), Frame::Array(list(keys))];
        assert!(check("SCAN 0", step("0", &["a", "b"]), step("0", &["b", "a"])));
        assert!(!check("SCAN 0", step("0", &["a", "b"]), step("0", &["b"])));
        assert!(check("SCAN 0", step("5", &["a"]), step("0", &["b", "a"])));
    }
}
