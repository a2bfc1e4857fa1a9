//! Where the two servers may answer differently, and why. All other replies must be equal.

use std::collections::BTreeSet;

use kv_protocol::Frame;

/// One documented exception.
struct Exception {
    /// The command, or `* HELP` for every container's.
    command: &'static str,
    rule: Rule,
    reason: &'static str,
}

/// What is required instead of equality. An error must equal the other's reply under every rule.
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
    Partly(fn(&[Vec<u8>], &Frame) -> Frame),
}

use Rule::{AnyOrder, Near, NeverSent, Partly, Types};

/// Seconds, and milliseconds, by which the two may differ that read their clocks one after the other.
const SECONDS_APART: i64 = 20;
const MILLIS_APART: i64 = 20_000;

const EXCEPTIONS: &[Exception] = &[
    Exception { command: "DELETE", rule: NeverSent, reason: "ours only: the native DEL" },
    Exception { command: "FLUSH", rule: NeverSent, reason: "ours only: the native FLUSHDB" },
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
        rule: Partly(whole_scan),
        reason: "cursors and the order of keys are a server's own; the keys of a scan in one step \
                 are compared",
    },
    Exception { command: "MEMORY USAGE", rule: Types, reason: "bytes are a server's own" },
    Exception { command: "OBJECT FREQ", rule: Types, reason: "chance" },
    Exception {
        command: "DEBUG OBJECT",
        rule: Partly(encoding),
        reason: "it prints addresses and bytes",
    },
    Exception { command: "INFO", rule: Types, reason: "what a server says about itself" },
    Exception { command: "LOLWUT", rule: Types, reason: "what a server says about itself" },
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
            Partly(_) => "compared in part",
        };
        format!("{}: {rule}: {}", e.command, e.reason)
    })
}

/// Whether the two replies to `request` agree. No reply is an end of the connection.
pub(super) fn agree(request: &[Vec<u8>], ours: &Option<Frame>, theirs: &Option<Frame>) -> bool {
    if ours == theirs {
        return true;
    }
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return false };
    if ours.is_error() || theirs.is_error() {
        return false;
    }
    match rule(request) {
        None | Some(NeverSent) => false,
        Some(Types) => types(ours) == types(theirs),
        Some(AnyOrder) => sorted(ours) == sorted(theirs),
        Some(Near(apart)) => match (ours.as_int(), theirs.as_int()) {
            (Some(a), Some(b)) => a > 0 && b > 0 && a.abs_diff(b) <= apart.unsigned_abs(),
            _ => false,
        },
        Some(Partly(part)) => part(request, ours) == part(request, theirs),
    }
}

fn rule(request: &[Vec<u8>]) -> Option<&'static Rule> {
    let word = |at: usize| {
        let word = request.get(at).map(Vec::as_slice).unwrap_or_default();
        String::from_utf8_lossy(word).to_uppercase()
    };
    let (name, sub) = (word(0), word(1));
    let both = format!("{name} {sub}");
    let named = |wanted: &str| EXCEPTIONS.iter().find(|e| e.command == wanted).map(|e| &e.rule);
    let help = (sub == "HELP" && request.len() == 2).then(|| named("* HELP")).flatten();
    named(&both).or(help).or_else(|| named(&name))
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

/// A scan from 0 to 0: its keys in order. Of any other, its types.
fn whole_scan(request: &[Vec<u8>], reply: &Frame) -> Frame {
    let from_start = request.get(1).is_some_and(|cursor| cursor == b"0");
    if let Some([cursor, keys]) = reply.as_array()
        && let Some(keys) = sorted(keys)
        && from_start
        && cursor.as_bytes() == Some(b"0")
    {
        return Frame::Array(keys.into_iter().map(Frame::from).collect());
    }
    Frame::Null
}

fn encoding(_: &[Vec<u8>], reply: &Frame) -> Frame {
    let text = reply.as_str().unwrap_or_default();
    text.split(' ').find(|field| field.starts_with("encoding:")).unwrap_or_default().into()
}

fn protocol_and_role(_: &[Vec<u8>], reply: &Frame) -> Frame {
    let pairs: Vec<(&Frame, &Frame)> = match reply {
        Frame::Map(pairs) => pairs.iter().map(|(key, value)| (key, value)).collect(),
        Frame::Array(items) => items.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).collect(),
        _ => return reply.clone(),
    };
    let compared = |(key, value): (&Frame, &Frame)| match key.as_str() {
        Some("server" | "version" | "id" | "modules") => Frame::from(types(value)),
        _ => value.clone(),
    };
    Frame::Map(pairs.into_iter().map(|pair| (pair.0.clone(), compared(pair))).collect())
}

fn client_state(_: &[Vec<u8>], reply: &Frame) -> Frame {
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
        agree(&words, &Some(ours.into()), &Some(theirs.into()))
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
    fn an_error_is_never_excused() {
        assert!(!check("TTL k", Frame::Error("ERR a".into()), Frame::Error("ERR b".into())));
        assert!(!check("TIME", Frame::Error("ERR a".into()), list(&["1", "2"])));
        assert!(!agree(&[b"TTL".to_vec()], &None, &Some(Frame::Integer(1))));
    }

    #[test]
    fn subcommands_and_help_have_rules_of_their_own() {
        assert!(check("client id", 7, 8));
        assert!(!check("client getname", "a", "b"));
        assert!(check("CLIENT help", list(&["a"]), list(&["b", "c"])));
        assert!(check(
            "SCAN 0",
            vec![Frame::from("5"), Frame::Null],
            vec![Frame::from("0"), Frame::Null]
        ));
    }
}
