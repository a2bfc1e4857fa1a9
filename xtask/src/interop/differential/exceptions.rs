//! Where the two servers may answer differently, and why. All other replies must be equal.

use std::collections::BTreeSet;

use kv_protocol::Frame;

use super::peer::Reply;

/// One documented exception.
struct Exception {
    /// The command, or `* HELP` for every container's.
    command: &'static str,
    rule: Rule,
    reason: &'static str,
}

/// What is required instead of equality. Several rules for one command are alternatives. Under all
/// but those about errors, an error must equal the other's reply.
enum Rule {
    /// The command is not sent.
    NeverSent,
    /// Both replies are of the same types.
    Types,
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
    /// They pass for one another, says this function.
    Alike(fn(&[Vec<u8>], &Frame, &Frame) -> bool),
}

use Rule::{Alike, AnyOrder, Errors, Near, NeverSent, Partly, Refused, Types};

/// Seconds, and milliseconds, by which the two may differ that read their clocks one after the other.
const SECONDS_APART: i64 = 20;
const MILLIS_APART: i64 = 20_000;

const EXCEPTIONS: &[Exception] = &[
    Exception { command: "DELETE", rule: NeverSent, reason: "ours only: the native DEL" },
    Exception { command: "FLUSH", rule: NeverSent, reason: "ours only: the native FLUSHDB" },
    Exception {
        command: "QUIT after CLIENT REPLY OFF",
        rule: NeverSent,
        reason: "the real server then forgets to close the connection",
    },
    Exception { command: "TTL", rule: Near(SECONDS_APART), reason: "two clocks" },
    Exception { command: "PTTL", rule: Near(MILLIS_APART), reason: "two clocks" },
    Exception { command: "EXPIRETIME", rule: Near(SECONDS_APART), reason: "two clocks" },
    Exception { command: "PEXPIRETIME", rule: Near(MILLIS_APART), reason: "two clocks" },
    Exception { command: "OBJECT IDLETIME", rule: Near(SECONDS_APART), reason: "two clocks" },
    Exception { command: "TIME", rule: Types, reason: "two clocks" },
    Exception { command: "RANDOMKEY", rule: Types, reason: "chance" },
    Exception { command: "KEYS", rule: AnyOrder, reason: "the order of keys is nowhere defined" },
    Exception {
        command: "SCAN",
        rule: Alike(scans),
        reason: "cursors and the order of keys are a server's own; the keys of a scan in one step \
                 are compared",
    },
    Exception {
        command: "SCAN",
        rule: Refused("ERR unknown type name"),
        reason: "Valkey 9 alone refuses the name of an unknown type; to Redis 7.2 no key has it",
    },
    Exception { command: "MEMORY USAGE", rule: Types, reason: "bytes are a server's own" },
    Exception { command: "OBJECT FREQ", rule: Types, reason: "chance" },
    Exception {
        command: "DEBUG OBJECT",
        rule: Partly(encoding),
        reason: "it prints addresses and bytes",
    },
    Exception { command: "INFO", rule: Types, reason: "what a server says about itself" },
    Exception { command: "LOLWUT", rule: Types, reason: "each server draws what it likes" },
    Exception { command: "LOLWUT", rule: Errors("ERR"), reason: "each server draws what it likes" },
    Exception { command: "LOLWUT", rule: Refused("ERR"), reason: "each draws what it likes" },
    Exception {
        command: "DEBUG",
        rule: Errors("ERR"),
        reason: "a tool of test suites, of which there is a part here",
    },
    Exception {
        command: "CONFIG SET",
        rule: Errors("ERR CONFIG SET failed"),
        reason: "the values that a setting takes are each server's own",
    },
    Exception { command: "* HELP", rule: Types, reason: "the sentences are each server's own" },
    Exception {
        command: "HELLO",
        rule: Partly(protocol_and_role),
        reason: "name, version and client number are a server's own",
    },
    Exception { command: "CLIENT ID", rule: Types, reason: "each server counts its own clients" },
    Exception {
        command: "CLIENT INFO",
        rule: Partly(client_state),
        reason: "addresses, ages and buffers are a server's own",
    },
    Exception {
        command: "CLIENT LIST",
        rule: Partly(client_state),
        reason: "addresses, ages and buffers are a server's own",
    },
    Exception { command: "CONFIG GET", rule: Types, reason: "each server has settings of its own" },
    Exception { command: "COMMAND", rule: Types, reason: "each server has commands of its own" },
    Exception { command: "COMMAND COUNT", rule: Types, reason: "each has commands of its own" },
    Exception { command: "COMMAND LIST", rule: Types, reason: "each has commands of its own" },
    Exception {
        command: "COMMAND DOCS",
        rule: Types,
        reason: "the sentences are each server's own",
    },
];

/// Whether a command is left out.
pub(super) fn is_never_sent(command: &str) -> bool {
    EXCEPTIONS.iter().any(|e| e.command == command && matches!(e.rule, NeverSent))
}

/// Every exception as a line of text.
pub(super) fn list() -> impl Iterator<Item = String> {
    EXCEPTIONS.iter().map(|e| {
        let rule = match e.rule {
            NeverSent => "not sent",
            Types => "types compared",
            AnyOrder => "any order",
            Near(_) => "nearly equal",
            Partly(_) | Alike(_) => "compared in part",
            Errors(_) => "errors of other words",
            Refused(_) => "may be refused by the real server",
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
        _ if ours.is_error() || theirs.is_error() => return false,
        _ => {}
    }
    match rule {
        NeverSent | Errors(_) | Refused(_) => false,
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
    let help = sub == "HELP" && request.len() == 2;
    let names = move |e: &&Exception| {
        e.command == name || e.command == both || (help && e.command == "* HELP")
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

fn encoding(reply: &Frame) -> Frame {
    let text = reply.as_str().unwrap_or_default();
    text.split(' ').find(|field| field.starts_with("encoding:")).unwrap_or_default().into()
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

fn client_state(reply: &Frame) -> Frame {
    const FIELDS: [&str; 10] =
        ["name", "flags", "db", "sub", "psub", "ssub", "multi", "cmd", "user", "resp"];
    let fields = reply.as_str().unwrap_or_default().split([' ', '\n']);
    let kept = fields.filter(|field| FIELDS.contains(&field.split('=').next().unwrap_or_default()));
    kept.collect::<Vec<_>>().join(" ").as_str().into()
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
        let ttl = [b"TTL".to_vec()];
        assert!(!agree(&ttl, &Reply::Closed, &Reply::Frame(Frame::Integer(1))));
        assert!(agree(&ttl, &Reply::Closed, &Reply::Closed));
        assert!(!agree(&ttl, &Reply::Nothing, &Reply::Nothing));
    }

    #[test]
    fn subcommands_and_help_have_rules_of_their_own() {
        assert!(check("client id", 7, 8));
        assert!(!check("client getname", "a", "b"));
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
