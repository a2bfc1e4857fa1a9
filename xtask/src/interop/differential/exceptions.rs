//! Where the two servers may answer differently, and why. All other replies must be equal.

use kv_protocol::Frame;

use super::compare::*;
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
    /// Both are integers or lists of such, equal or, if positive, at most this far apart.
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
const NO_ORDER: &str = "sets and hashes have no order";
const EQUALLY_FAR: &str = "what is equally far away has no order";
const NOT_SORTED: &str = "what is equal, or in a set that is not to be sorted, has no order";
const SCANS: &str = "cursors and order are a server's own; scans in one step are compared";
const ODD_CURSOR: &str = "Valkey 9 and Redis 7.2 disagree over signs and blanks before a cursor";
const KEY_FIELDS: &str = "the real server takes a key of that name for the word in front of fields";

const EXCEPTIONS: &[Exception] = &[
    except("DELETE", NeverSent, "ours only: the native DEL"),
    except("FLUSH", NeverSent, "ours only: the native FLUSHDB"),
    except(
        "PFDEBUG SIMD",
        NeverSent,
        "ours has nothing to switch there; the real server answers twice",
    ),
    except("CL.THROTTLE", NeverSent, "known from a module for Redis"),
    except("SADDEX", NeverSent, "a time to live of members is known from other servers"),
    except("FIELDTTL", NeverSent, "a time to live of members is known from other servers"),
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
    except(
        "LSET beyond 32 bits",
        NeverSent,
        "the real server takes the lower 32 bits of an index for it, and sets another element",
    ),
    except(
        "ZRANGE and its kin with LIMIT and a negative offset",
        NeverSent,
        "what the real server then finds depends on how the sorted set is stored",
    ),
    except(
        "GEOSEARCH BYPOLYGON around half of the world",
        NeverSent,
        "the real server then does not look at all of it",
    ),
    except(
        "BITFIELD with the least integer",
        NeverSent,
        "the real server reckons with it beyond 64 bits, and takes it for too large",
    ),
    except(
        "RESTORE with a time to live of more than 63 bits from now",
        NeverSent,
        "the real server reckons beyond 64 bits, and takes it for past",
    ),
    except(
        "RESTORE with an idle time of more than 24 bits",
        NeverSent,
        "the real server takes the lower bits for it",
    ),
    except(
        "APPEND and its kin on HyperLogLogs",
        NeverSent,
        "the real server goes on with some that are broken, and refuses others",
    ),
    except(
        "MSETEX with a time that is past",
        NeverSent,
        "the real server keeps such keys, and counts them, until it comes upon them",
    ),
    except("*", Cut, "our errors repeat a bounded number of a client's bytes, wherever they do"),
    except(
        "*",
        Alike(zeros),
        "a score of -0 is 0 where a sorted set is stored as a listpack, if only on the way",
    ),
    except("TTL", Near(SECONDS_APART), "two clocks"),
    except("PTTL", Near(MILLIS_APART), "two clocks"),
    except("EXPIRETIME", Near(SECONDS_APART), "two clocks"),
    except("PEXPIRETIME", Near(MILLIS_APART), "two clocks"),
    except("OBJECT IDLETIME", Near(SECONDS_APART), "two clocks"),
    except(
        "OBJECT IDLETIME",
        Alike(used_lately),
        "what counts as a use: here a write does under CLIENT NO-TOUCH, there one that meets another type",
    ),
    except("HTTL", Near(SECONDS_APART), "two clocks"),
    except("HPTTL", Near(MILLIS_APART), "two clocks"),
    except("HEXPIRETIME", Near(SECONDS_APART), "two clocks"),
    except("HPEXPIRETIME", Near(MILLIS_APART), "two clocks"),
    except("TIME", Types, "two clocks"),
    except("RANDOMKEY", Types, "chance"),
    except("SPOP", Alike(chance), "chance; the key is deleted before anything else looks at it"),
    except("SRANDMEMBER", Alike(chance), "chance"),
    except("HRANDFIELD", Alike(chance), "chance"),
    except("ZRANDMEMBER", Alike(chance), "chance"),
    except("KEYS", AnyOrder, "the order of keys is nowhere defined"),
    except("SMEMBERS", AnyOrder, NO_ORDER),
    except("SINTER", AnyOrder, NO_ORDER),
    except("SUNION", AnyOrder, NO_ORDER),
    except("SDIFF", AnyOrder, NO_ORDER),
    except("HKEYS", AnyOrder, NO_ORDER),
    except("HVALS", AnyOrder, NO_ORDER),
    except("HGETALL", Alike(same_pairs), NO_ORDER),
    except("SORT", Alike(unsorted), NOT_SORTED),
    except("SORT_RO", Alike(unsorted), NOT_SORTED),
    except("GEOSEARCH", Alike(equally_far), EQUALLY_FAR),
    except("GEORADIUS", Alike(equally_far), EQUALLY_FAR),
    except("GEORADIUS_RO", Alike(equally_far), EQUALLY_FAR),
    except("GEORADIUSBYMEMBER", Alike(equally_far), EQUALLY_FAR),
    except("GEORADIUSBYMEMBER_RO", Alike(equally_far), EQUALLY_FAR),
    except("SSCAN", Alike(member_scans), SCANS),
    except("HSCAN", Alike(pair_scans), SCANS),
    except("ZSCAN", Alike(score_scans), SCANS),
    except("DUMP", Types, "which form of the format is written is a server's own"),
    except("SCAN", Alike(scans), SCANS),
    except(
        "SCAN",
        Refused("ERR unknown type name"),
        "Valkey 9 alone refuses the name of an unknown type; to Redis 7.2 no key has it",
    ),
    except("SCAN", When(has_odd_cursor), ODD_CURSOR),
    except("SSCAN", When(has_odd_cursor), ODD_CURSOR),
    except("HSCAN", When(has_odd_cursor), ODD_CURSOR),
    except("ZSCAN", When(has_odd_cursor), ODD_CURSOR),
    except("HGETEX", When(has_key_named_fields), KEY_FIELDS),
    except("HSETEX", When(has_key_named_fields), KEY_FIELDS),
    except(
        "OBJECT ENCODING",
        Alike(encodings),
        "INCRBYFLOAT leaves a text there even when it is a whole number; and a list that has become \
         short stays large in the real server while its elements are in several nodes",
    ),
    except(
        "OBJECT ENCODING",
        When(|request| request.get(2).is_some_and(|key| key.len() > LONG_KEY)),
        "Valkey 9 embeds a value where the key leaves it room, Redis 7.2 whatever the key",
    ),
    except("MEMORY USAGE", Types, "bytes are a server's own"),
    except("OBJECT FREQ", Types, "chance"),
    except("INFO", Types, "what a server says about itself"),
    except("LASTSAVE", Types, "each server has its own last snapshot"),
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
        AnyOrder => same_items(ours, theirs),
        Near(apart) => near(ours, theirs, *apart),
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

/// Whether ours is theirs without something in the middle, of a client's own long words.
fn is_cut(ours: &Frame, theirs: &Frame) -> bool {
    match (ours.as_error(), theirs.as_error()) {
        (Some(ours), Some(theirs)) => {
            let same = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
            same > QUOTED && ours.len() < theirs.len() && theirs.ends_with(&ours[same..])
        }
        _ => false,
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

    #[test]
    fn what_has_no_order_is_compared_without() {
        let set = |items: &[&str]| Frame::Set(list(items));
        assert!(check("SMEMBERS s", set(&["a", "b"]), set(&["b", "a"])));
        assert!(!check("SMEMBERS s", set(&["a", "b"]), set(&["b", "b"])));
        assert!(!check("SMEMBERS s", set(&["a"]), list(&["a"])));
        assert!(check("HGETALL h", list(&["a", "1", "b", "2"]), list(&["b", "2", "a", "1"])));
        assert!(!check("HGETALL h", list(&["a", "1", "b", "2"]), list(&["a", "2", "b", "1"])));
        assert!(!check("LRANGE l 0 -1", list(&["a", "b"]), list(&["b", "a"])));
        let step = |found: &[&str]| vec!["0".into(), Frame::Array(list(found))];
        assert!(check("HSCAN h 0", step(&["a", "1", "b", "2"]), step(&["b", "2", "a", "1"])));
        assert!(!check("HSCAN h 0", step(&["a", "1", "b", "2"]), step(&["a", "2", "b", "1"])));
        assert!(check("HSCAN h 0 NOVALUES", step(&["a", "b"]), step(&["b", "a"])));
        assert!(!check("SSCAN s 0", step(&["a"]), step(&["b"])));
    }

    #[test]
    fn chance_gives_as_many_and_all_where_all_are_asked_for() {
        assert!(check("SRANDMEMBER s 2", list(&["a", "b"]), list(&["b", "c"])));
        assert!(!check("SRANDMEMBER s 2", list(&["a", "b"]), list(&["b"])));
        assert!(check("SRANDMEMBER s 9", list(&["a", "b"]), list(&["b", "a"])));
        assert!(!check("SRANDMEMBER s 9", list(&["a", "b"]), list(&["b", "c"])));
        assert!(check("SPOP s", "a", "b"));
        assert!(!check("SPOP s", "a", Frame::Null));
    }

    #[test]
    fn deadlines_of_fields_are_near_one_by_one() {
        let ends = |ends: &[i64]| ends.iter().map(|&end| Frame::Integer(end)).collect::<Vec<_>>();
        assert!(check("HTTL h FIELDS 2 a b", ends(&[1000, -1]), ends(&[1001, -1])));
        assert!(!check("HTTL h FIELDS 2 a b", ends(&[1000, -1]), ends(&[1001, -2])));
        assert!(!check("HTTL h FIELDS 2 a b", ends(&[1000]), ends(&[1000, -1])));
    }

    #[test]
    fn scores_may_lose_the_sign_of_a_zero_and_places_their_order_but_not_distances() {
        assert!(check("ZSCORE z a", "-0", "0"));
        assert!(!check("INCRBYFLOAT k -0", "-0", "0"));
        assert!(!check("ZSCORE z a", "-1", "1"));
        let place = |name: &str, far: &str| Frame::Array(list(&[name, far]));
        let near = vec![place("a", "1.0000"), place("b", "1.0000")];
        let swapped = vec![place("b", "1.0000"), place("a", "1.0000")];
        let asked = "GEOSEARCH g FROMMEMBER a BYRADIUS 1 km ASC WITHDIST";
        assert!(check(asked, near.clone(), swapped));
        let farther = vec![place("b", "2.0000"), place("a", "1.0000")];
        assert!(!check(asked, vec![place("a", "1.0000"), place("b", "2.0000")], farther));
        assert!(check("SORT s BY nosort", list(&["a", "b"]), list(&["b", "a"])));
        assert!(!check("SORT s ALPHA", list(&["a", "b"]), list(&["b", "a"])));
    }
}
